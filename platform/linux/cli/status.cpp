#include <cstdio>

#include "json/document.h"
#include "platform/linux/cli/box_access.h"
#include "platform/linux/cli/commands.h"
#include "platform/linux/cli/static_memory.h"

namespace hookflash::cli {
namespace {

constexpr std::string_view kHelp =
    "Usage: hookflash status [--config FILE] [--data DIR] [--json]\n\n"
    "Says how the running box is: GET /health. Where none is running, says what its journal "
    "holds,\n"
    "and leaves it as it is.\n\n";
constexpr std::string_view kHelpEnd =
    "  --data DIR     where the journal is; default /var/lib/hookflash\n"
    "  --json         the box's answer as it came\n\n"
    "Exit codes: 0 ok or degraded, 1 failing, 2 wrong usage, 3 the box is not reachable.\n";

class Status final : public Client {
 public:
  Status(const Server& server, bool json) : server_(server), json_(json) {}

 private:
  void begin() override { ask(server_, "GET", "/health", {}, {}, Duration::seconds(10)); }

  void replied(RestId /*id*/, const Reply& reply) override {
    json::Document document(appliance_memory().scratch);
    const bool health = (reply.status == 200 || reply.status == 503) &&
                        ok(document.parse(reply.body)) &&
                        document.root().member("status").is_string();
    if (!health) return finish(explain(server_, reply));
    const bool failing = reply.status == 503;
    if (json_) {
      printf("%.*s\n", static_cast<int>(reply.body.size()), reply.body.data());
      return finish(failing ? kFailure : kSuccess);
    }
    const json::Value root = document.root();
    const auto number = [](json::Value of, std::string_view name) {
      const Result<int64_t> value = of.member(name).integer(0, 1'000'000'000);
      return value.ok() ? static_cast<long long>(*value) : 0LL;
    };
    const json::Value lines = root.member("lines");
    const json::Value calls = root.member("calls");
    printf("%s: %lld of %lld lines ready, %lld of at most %lld calls, version %s at %s\n",
           plain(root.member("status").text()).c_str(), number(lines, "ready"),
           number(lines, "enabled"), number(calls, "active"), number(calls, "limit"),
           plain(root.member("version").text()).c_str(), server_.url().c_str());
    if (ok(root.member("stopping").boolean().status())) puts("the box is stopping");
    for (const json::Value alarm : root.member("alarms").values()) {
      const std::string_view text = alarm.is_string() ? alarm.text() : alarm.member("alarm").text();
      printf("alarm: %s\n", plain(text).c_str());
    }
    finish(failing ? kFailure : kSuccess);
  }

  const Server server_;
  const bool json_;
};

}  // namespace

int status(Words words) {
  BoxAccess access;
  bool json = false;
  std::string_view data = kDefaultData;
  const Option options[] = {{.name = "--config", .text = &access.config},
                            {.name = "--url", .text = &access.url},
                            {.name = "--ca", .text = &access.ca_file},
                            {.name = "--data", .text = &data},
                            {.name = "--json", .flag = &json}};
  const std::string help =
      std::string(kHelp) + std::string(kBoxOptionsHelp) + std::string(kHelpEnd);
  if (const Parsed parsed = parse_options(words, options, {}, help); parsed != Parsed::kGo) {
    return exit_code_of(parsed);
  }
  if (!find_box(access)) return kFailure;
  Status command(access.server, json);
  const int code = command.run_to_end(access.ca_file, Reach::kAnywhere);
  if (code == kUnreachable && access.url.empty() && !json) (void)print_journal(data);  // B-LIFE-7.
  return code;
}

}  // namespace hookflash::cli
