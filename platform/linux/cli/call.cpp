#include <cstdio>
#include <vector>

#include "json/document.h"
#include "json/writer.h"
#include "platform/linux/cli/box_access.h"
#include "platform/linux/cli/call_text.h"
#include "platform/linux/cli/commands.h"
#include "platform/linux/cli/static_memory.h"

namespace hookflash::cli {
namespace {

constexpr std::string_view kHelp =
    "Usage: hookflash call [NUMBER] [OPTION...]\n\n"
    "Has the running box call NUMBER (default: the line's toNumber), follows the call and says "
    "how\n"
    "it ended. Ctrl-C hangs up; a second one only ends this command.\n\n"
    "  --mode MODE        notify or conversation; default outbound.defaultMode\n"
    "  --message TEXT     spoken first; a notify call ends after it\n"
    "  --app NAME         whom the callee talks to, in place of the line's app\n"
    "  --line ID          default the first one\n"
    "  --from NUMBER      the caller, in place of the line's fromNumber\n"
    "  --dtmf DIGITS      sent when the callee has answered\n"
    "  --session TEXT     handed to the app\n"
    "  --key TEXT         Idempotency-Key: the same one within 10 minutes places no second call\n"
    "  --no-follow        ends once the call is placed\n"
    "  --leave            Ctrl-C leaves the call alone\n";
constexpr std::string_view kHelpEnd =
    "  --json             prints nothing but the call in the end, as of /api/v1/calls/{id}\n\n"
    "Exit codes: 0 it was answered and ended, 1 failed, 2 wrong usage, ";
constexpr std::string_view kHelpLast =
    ",\n5 it refuses the call, 6 the call ended otherwise: busy, no-answer, failed, ...\n";

// With the event stream the call itself is looked at now and then only.
constexpr Duration kPollWithStream = Duration::seconds(5);
constexpr Duration kPollAlone = Duration::seconds(1);
constexpr size_t kEarlyMessagesMax = 1000;

struct Plan {
  std::string_view to, mode, message, app, line, from, dtmf, session, key;
  bool no_follow = false;
  bool leave = false;
  bool json = false;
};

std::string body_of(const Plan& plan) {
  std::string memory(16 * 1024, '\0');
  TextWriter text(memory.data(), memory.size());
  json::Writer json(text);
  json.begin_object();
  const auto member = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) json.text(name, value);
  };
  member("to", plan.to);
  member("mode", plan.mode);
  member("message", plan.message);
  member("app", plan.app);
  member("line", plan.line);
  member("from", plan.from);
  member("dtmfSequence", plan.dtmf);
  member("sessionKey", plan.session);
  json.end_object();
  return text.overflowed() ? std::string() : std::string(text.view());
}

// Listens to the event stream first, so that nothing of the call is missed, then places it.
class PlaceCall final : public Client {
 public:
  PlaceCall(const Server& server, const Plan& plan) : server_(server), plan_(plan) {}

 private:
  void begin() override {
    if (plan_.no_follow) return place();
    dial(server_, "/api/v1/events", Duration::seconds(5));
  }
  void stream_opened() override {
    streaming_ = true;
    if (place_id_ == 0) place();
  }
  void stream_closed(const in::WsClosed& /*closed*/) override {
    streaming_ = false;
    if (place_id_ != 0) return look();
    place();  // Where the stream cannot be had the call is polled; errors show there.
  }

  void place() {
    std::string headers = "Content-Type: application/json\r\n";
    if (!plan_.key.empty()) headers += "Idempotency-Key: " + std::string(plan_.key) + "\r\n";
    place_id_ = ask(server_, "POST", "/api/v1/calls", headers, body_of(plan_),
                    limits::kDialAnswerTimeout + Duration::seconds(5));
  }
  void look() {
    if (id_.empty() || look_id_ != 0) return;
    look_id_ = ask(server_, "GET", "/api/v1/calls/" + id_, {}, {}, Duration::seconds(10));
  }
  void hang_up() {
    hangup_id_ =
        ask(server_, "POST", "/api/v1/calls/" + id_ + "/hangup", {}, {}, Duration::seconds(15));
  }

  void replied(RestId id, const Reply& reply) override {
    if (id == place_id_) return placed(reply);
    if (id == hangup_id_) {
      if (reply.status < 200 || reply.status > 299) explain(server_, reply);
      return look();
    }
    look_id_ = 0;
    looked(reply);
  }

  void placed(const Reply& reply) {
    json::Document document(appliance_memory().scratch);
    const bool good = reply.status == 201 && ok(document.parse(reply.body));
    if (!good) {
      const int code = explain(server_, reply);
      if (reply.status == 0 && reply.sent) {
        fail({"the call may have been placed all the same: hookflash calls"});
      }
      return finish(code);
    }
    id_ = plain(document.root().member("callId").text());
    if (!plan_.json) printf("call %s\n", id_.c_str());
    if (plan_.no_follow) {
      if (plan_.json) printf("%.*s\n", static_cast<int>(reply.body.size()), reply.body.data());
      return finish(kSuccess);
    }
    began_ = now().mono;
    show_state(plain(document.root().member("state").text()));
    for (const std::string& message : std::exchange(early_, {})) take_message(message);
    if (interrupted_) hang_up();
    look();
  }

  void stream_message(std::string_view text) override {
    if (!id_.empty()) return take_message(text);
    if (early_.size() < kEarlyMessagesMax) early_.emplace_back(text);
  }

  void take_message(std::string_view text) {
    json::Document document(appliance_memory().scratch);
    if (!ok(document.parse(text))) return;
    const json::Value root = document.root();
    const std::string_view type = root.member("type").text();
    if (type == "lost") return look();
    if (root.member("callId").text() != id_) return;
    if (type == "call.ended") return look();
    if (type == "call.state" || type == "call.started") {
      show_state(plain(root.member("state").text()));
    } else if (type == "call.transcript") {
      show(plain(root.member("speaker").text()) + ": " + plain(root.member("text").text()));
    } else if (type == "call.dtmf") {
      show("a digit came");
    }
  }

  void looked(const Reply& reply) {
    wake_in(streaming_ ? kPollWithStream : kPollAlone);
    if (reply.status == 0 || reply.status >= 500) {
      if (++failures_ < 5) return;
      return finish(explain(server_, reply));
    }
    failures_ = 0;
    json::Document document(appliance_memory().scratch);
    if (reply.status != 200 || !ok(document.parse(reply.body))) {
      return finish(explain(server_, reply));
    }
    const json::Value call = document.root();
    if (!call.member("endReason").is_string()) {
      return show_state(plain(call.member("state").text()));
    }
    if (plan_.json) {
      printf("%.*s\n", static_cast<int>(reply.body.size()), reply.body.data());
    } else {
      const std::string talk = talk_time(call);
      show("ended: " + state_of(call) + (talk.empty() ? ", never answered" : ", talked " + talk));
    }
    finish(went_well(call) ? kSuccess : kNoTalk);
  }

  void woken() override { look(); }

  void interrupted() override {
    if (plan_.leave) {
      if (!id_.empty() && !plan_.json) printf("call %s goes on\n", id_.c_str());
      return finish(kSuccess);
    }
    if (place_id_ == 0) return finish(kFailure);
    interrupted_ = true;
    show("hanging up");
    if (!id_.empty()) hang_up();
  }

  void show_state(const std::string& state) {
    if (state.empty() || state == state_) return;
    state_ = state;
    show(state);
  }
  void show(const std::string& words) const {
    if (plan_.json) return;
    const double seconds =
        began_.is_set() ? static_cast<double>((now().mono - began_).us()) / 1e6 : 0.0;
    printf("%7.1f s  %s\n", seconds, words.c_str());
    fflush(stdout);
  }

  const Server server_;
  const Plan plan_;
  std::string id_;
  std::string state_;
  std::vector<std::string> early_;  // Messages before the id was known.
  Instant began_;
  bool streaming_ = false;
  bool interrupted_ = false;
  int failures_ = 0;
  RestId place_id_ = 0;
  RestId look_id_ = 0;
  RestId hangup_id_ = 0;
};

}  // namespace

int call(Words words) {
  BoxAccess access;
  Plan plan;
  const Option options[] = {{.name = "--config", .text = &access.config},
                            {.name = "--url", .text = &access.url},
                            {.name = "--ca", .text = &access.ca_file},
                            {.name = "--mode", .text = &plan.mode},
                            {.name = "--message", .text = &plan.message},
                            {.name = "--app", .text = &plan.app},
                            {.name = "--line", .text = &plan.line},
                            {.name = "--from", .text = &plan.from},
                            {.name = "--dtmf", .text = &plan.dtmf},
                            {.name = "--session", .text = &plan.session},
                            {.name = "--key", .text = &plan.key},
                            {.name = "--no-follow", .flag = &plan.no_follow},
                            {.name = "--leave", .flag = &plan.leave},
                            {.name = "--json", .flag = &plan.json}};
  const std::string help = std::string(kHelp) + std::string(kBoxOptionsHelp) +
                           std::string(kHelpEnd) + std::string(kBoxExitHelp) +
                           std::string(kHelpLast);
  const Parsed parsed = parse_options(words, options, std::span(&plan.to, 1), help);
  if (parsed != Parsed::kGo) return exit_code_of(parsed);
  for (const char c : plan.key) {
    if (c > 0x20 && c < 0x7F) continue;
    fail({"--key wants letters, digits and signs without spaces"});
    return kUsage;
  }
  if (body_of(plan).empty()) return fail({"the request is longer than any box takes"});
  if (!find_box(access)) return kFailure;
  PlaceCall command(access.server, plan);
  return command.run_to_end(access.ca_file, Reach::kAnywhere);
}

}  // namespace hookflash::cli
