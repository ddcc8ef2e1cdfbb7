#include <cstdio>

#include "json/document.h"
#include "json/writer.h"
#include "platform/linux/cli/box_access.h"
#include "platform/linux/cli/call_text.h"
#include "platform/linux/cli/commands.h"
#include "platform/linux/cli/static_memory.h"

namespace hookflash::cli {
namespace {

constexpr std::string_view kHelp =
    "Usage: hookflash calls [CALL-ID [--hangup]] [--finished N] [--config FILE] [--json]\n\n"
    "Lists the live calls of the running box and its newest finished ones, or shows one call.\n\n"
    "  --finished N   so many finished ones, at most 200; default 20\n"
    "  --hangup       hangs up the call\n";
constexpr std::string_view kHelpEnd =
    "  --json         JSON as of /api/v1/calls\n\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage, ";

// Live calls asked for at a time, so that the answer fits limits::kRestAnswerBytesMax.
constexpr size_t kPage = 90;

struct Wanted {
  std::string_view id;  // Empty: all.
  uint32_t finished = 20;
  bool hang_up = false;
  bool json = false;
};

void print_row(json::Value call) {
  printf("%-36s  %-12s %-9s %-12s %-20.19s %s\n", plain(call.member("callId").text()).c_str(),
         plain(call.member("line").text()).c_str(), plain(call.member("direction").text()).c_str(),
         state_of(call).c_str(), plain(call.member("startedAt").text()).c_str(),
         talk_time(call).c_str());
}

class CallList final : public Client {
 public:
  CallList(const Server& server, const Wanted& wanted) : server_(server), wanted_(wanted) {}

 private:
  void begin() override {
    if (wanted_.id.empty()) return ask_page();
    std::string target = "/api/v1/calls/" + std::string(wanted_.id);
    if (wanted_.hang_up) target += "/hangup";
    ask(server_, wanted_.hang_up ? "POST" : "GET", target, {}, {}, Duration::seconds(15));
  }

  void ask_page() {
    const uint32_t finished = live_ == 0 ? wanted_.finished : 0;
    const std::string query = "?limit=" + std::to_string(finished) +
                              "&live=" + std::to_string(kPage) + "&skip=" + std::to_string(live_);
    ask(server_, "GET", "/api/v1/calls" + query, {}, {}, Duration::seconds(15));
  }

  void replied(RestId /*id*/, const Reply& reply) override {
    json::Document document(appliance_memory().scratch);
    if (reply.status != 200 || !ok(document.parse(reply.body))) {
      return finish(explain(server_, reply));
    }
    if (wanted_.id.empty()) return take_page(document.root());
    if (wanted_.json) {
      printf("%.*s\n", static_cast<int>(reply.body.size()), reply.body.data());
    } else if (wanted_.hang_up) {
      printf("%s: hung up\n", std::string(wanted_.id).c_str());
    } else {
      for (const json::Value value : document.root().values()) print_member(value);
    }
    finish(kSuccess);
  }

  static void print_member(json::Value value) {
    std::string text;
    if (value.is_string()) {
      text = plain(value.text());
    } else if (value.is_bool()) {
      text = value.boolean().value() ? "yes" : "no";
    } else if (const auto number = value.integer(0, int64_t{1} << 50); number.ok()) {
      text = std::to_string(*number);
    }
    printf("%-20s %s\n", plain(value.key()).c_str(), text.c_str());
  }

  // Pages of live calls come one after the other; the finished ones came with the first.
  void take_page(json::Value root) {
    const json::Value live = root.member("live");
    if (live_ == 0) {
      for (const json::Value call : root.member("finished").values()) keep(call, finished_);
    }
    for (const json::Value call : live.values()) keep(call, live_rows_);
    live_ += live.size();
    if (live.size() == kPage) return ask_page();
    if (wanted_.json) {
      printf("{\"live\":[%s],\"finished\":[%s]}\n", live_rows_.c_str(), finished_.c_str());
    } else if (live_ == 0 && finished_.empty()) {
      puts("no calls");
    }
    finish(kSuccess);
  }

  // Rows are printed as they come, JSON when all is there.
  void keep(json::Value call, std::string& rows) {
    if (!wanted_.json) {
      if (rows.empty() && live_rows_.empty() && finished_.empty()) {
        printf("%-36s  %-12s %-9s %-12s %-20s %s\n", "call", "line", "direction", "state",
               "started (UTC)", "talked");
      }
      print_row(call);
      rows = "-";
      return;
    }
    if (!rows.empty()) rows += ',';
    char memory[2048];
    TextWriter text(memory, sizeof memory);
    json::Writer json(text);
    json.begin_object();
    for (const json::Value value : call.values()) {
      if (value.is_string()) {
        json.text(value.key(), value.text());
      } else if (value.is_bool()) {
        json.boolean(value.key(), value.boolean().value());
      } else if (const auto number = value.integer(0, int64_t{1} << 50); number.ok()) {
        json.number(value.key(), *number);
      }
    }
    json.end_object();
    rows += text.view();
  }

  const Server server_;
  const Wanted wanted_;
  size_t live_ = 0;
  std::string live_rows_;
  std::string finished_;
};

bool is_id(std::string_view text) {
  return text.size() <= limits::kCallIdBytes &&
         text.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
}

}  // namespace

int calls(Words words) {
  BoxAccess access;
  Wanted wanted;
  const Option options[] = {{.name = "--config", .text = &access.config},
                            {.name = "--url", .text = &access.url},
                            {.name = "--ca", .text = &access.ca_file},
                            {.name = "--finished", .number = &wanted.finished, .most = 200},
                            {.name = "--hangup", .flag = &wanted.hang_up},
                            {.name = "--json", .flag = &wanted.json}};
  const std::string help = std::string(kHelp) + std::string(kBoxOptionsHelp) +
                           std::string(kHelpEnd) + std::string(kBoxExitHelp) +
                           ",\n5 it refuses the request.\n";
  const Parsed parsed = parse_options(words, options, std::span(&wanted.id, 1), help);
  if (parsed != Parsed::kGo) return exit_code_of(parsed);
  if (wanted.hang_up && wanted.id.empty()) {
    fail({"--hangup wants the id of a call"});
    return kUsage;
  }
  if (!is_id(wanted.id)) {
    fail({"this is no id of a call: ", wanted.id});
    return kUsage;
  }
  if (!find_box(access)) return kFailure;
  CallList command(access.server, wanted);
  return command.run_to_end(access.ca_file, Reach::kAnywhere);
}

}  // namespace hookflash::cli
