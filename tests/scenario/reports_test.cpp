// Aim: log lines, metrics and health tell what the box really did, and nothing that they may not
// tell. Method: calls of every fate through the real appliance in virtual time; what it wrote is
// read line by line, /metrics is parsed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "platform/crypto/mbed_crypto.h"
#include "platform/sim/appliance_box.h"
#include "signed_webhook.h"

namespace hookflash::sim {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using twilio::carrier::RestFault;

constexpr std::string_view kCaller = "+15551234567";
constexpr std::string_view kCallee = "+15557654321";
constexpr std::string_view kWebhook = "/voice/webhook";

// A box whose log takes everything.
struct Reporter {
  explicit Reporter(const std::string& more = R"("app":"echo","inboundPolicy":"open")",
                    const WorldOptions& options = {})
      : box(crypto, {.config = R"("log":{"level":"debug"},)" + more}, options) {}

  const std::vector<std::string>& lines() { return box.world.core_lines(); }
  // Lines that have this text in them.
  size_t count(std::string_view text) {
    size_t found = 0;
    for (const std::string& line : lines()) found += line.find(text) != std::string::npos ? 1U : 0U;
    return found;
  }
  // /metrics by series. Everything in it must be a sample, or the head of one.
  std::map<std::string, double> metrics() {
    static const std::regex kSample(
        R"re((hookflash_[a-z_]+(?:\{[a-z_]+="[^"\\\n]*"(?:,[a-z_]+="[^"\\\n]*")*\})?) (-?[0-9]+(?:\.[0-9]+)?))re");
    static const std::regex kHead(
        R"(# (HELP hookflash_[a-z_]+ .+|TYPE hookflash_[a-z_]+ (counter|gauge|histogram)))");
    const HttpAnswer answer = box.api_get("/metrics");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("content-type"), Metrics::kContentType);
    std::map<std::string, double> samples;
    std::istringstream text(answer.body);
    for (std::string line; std::getline(text, line);) {
      std::smatch match;
      if (std::regex_match(line, match, kSample)) {
        EXPECT_TRUE(samples.emplace(match[1], std::stod(match[2])).second) << line;
      } else {
        EXPECT_TRUE(std::regex_match(line, kHead)) << line;
      }
    }
    return samples;
  }
  double metric(const std::string& series) {
    const auto all = metrics();
    const auto found = all.find("hookflash_" + series);
    EXPECT_NE(found, all.end()) << series;
    return found == all.end() ? -1 : found->second;
  }
  HttpAnswer place(std::string_view more = R"("mode":"conversation")") {
    return box.api_post("/call/outbound",
                        "{\"to\":\"" + std::string(kCallee) + "\"," + std::string(more) + "}");
  }
  std::string health() { return box.api_get("/health").body; }
  // A webhook without a signature that is right.
  HttpAnswer forged(std::string body = "CallSid=CA1&From=%2B15551234567") {
    HttpRequest request;
    request.method = "POST";
    request.target = std::string(kWebhook) + "?secretQuery=hunter2";
    request.headers = {"Content-Type: application/x-www-form-urlencoded",
                       "X-Twilio-Signature: Zm9yZ2VkZm9yZ2VkZm9yZ2VkZm8="};
    request.body = std::move(body);
    return box.world.request(request);
  }

  MbedCrypto crypto;
  BoxWorld box;
};

// B-LOG-3, B-MET-1, B-API-1: one info line per start and end, with number hashes in place of
// numbers; the call's metrics. Method: one inbound call, before, while and after.
TEST(Reports, InboundCall) {
  Reporter r;
  EXPECT_EQ(r.metric(R"(calls_active{line="main",direction="inbound"})"), 0);
  const CallRef ref = r.box.world.inbound_call(kCaller);
  r.box.world.run(Duration::seconds(10));
  EXPECT_EQ(r.metric(R"(calls_active{line="main",direction="inbound"})"), 1);
  EXPECT_EQ(r.metric(R"(stream_connections{state="active"})"), 1);
  EXPECT_GT(r.metric(R"(audio_frames_total{direction="inbound"})"), 300);
  r.box.world.hang_up(ref);
  r.box.world.run(Duration::seconds(10));
  EXPECT_EQ(r.count(" info call "), 2U);
  EXPECT_EQ(r.count("started inbound on main, from "), 1U);
  EXPECT_EQ(r.count(" ended completed"), 1U);
  const auto m = r.metrics();
  const auto at = [&](const std::string& name) {
    const auto found = m.find("hookflash_" + name);
    EXPECT_NE(found, m.end()) << name;
    return found == m.end() ? -1 : found->second;
  };
  EXPECT_EQ(at(R"(calls_active{line="main",direction="inbound"})"), 0);
  EXPECT_EQ(at(R"(calls_total{line="main",direction="inbound",end_reason="completed"})"), 1);
  EXPECT_EQ(at(R"(call_duration_seconds_count{line="main"})"), 1);
  EXPECT_EQ(at(R"(call_setup_seconds_count{line="main"})"), 1);
  EXPECT_EQ(at(R"(events_total{line="main",type="initiated",result="applied"})"), 1);
  EXPECT_GE(at(R"(webhook_requests_total{line="main",code="200"})"), 1);
  EXPECT_EQ(at(R"(webhook_duration_seconds_count{line="main"})"),
            at(R"(webhook_requests_total{line="main",code="200"})"));
  EXPECT_GE(at("journal_commit_seconds_count"), 2);
  EXPECT_EQ(at("journal_pending_entries"), 0);
  EXPECT_EQ(at(R"(app_legs_total{protocol="echo",result="ok"})"), 1);
  const double frames = at(R"(audio_frames_total{direction="outbound"})");
  EXPECT_GT(frames, 300);
  EXPECT_EQ(at("audio_lateness_seconds_count"), frames);
  EXPECT_EQ(at("audio_queue_frames_count"), frames);
  EXPECT_GE(at("loop_delay_seconds_count"), 1);
  EXPECT_GT(at(R"(table_size{table="calls"})"), 0);
  EXPECT_GT(at(R"(memory_high_water_bytes{arena="json"})"), 0);
  EXPECT_EQ(at(R"(api_requests_total{code="200"})"), 5);  // Our own questions.
  EXPECT_THAT(r.health(), HasSubstr(R"("status":"ok")"));
}

// B-CON-1, B-CON-2, B-CON-4: each transition once, with its cause; a temporary name until the
// start, then the carrier's; one line at clean-up with every figure. Method: a stream that is
// replaced and one that ends; the id of the call is in both.
TEST(Reports, Streams) {
  Reporter r;
  const CallRef ref = r.box.world.inbound_call(kCaller);
  r.box.world.run(Duration::seconds(4));
  r.box.world.drop_stream(ref);
  r.box.world.run(Duration::seconds(6));
  r.box.world.hang_up(ref);
  r.box.world.run(Duration::seconds(10));
  for (const char* name : {"tmp-1 ", "tmp-2 "}) {
    EXPECT_EQ(r.count(std::string(name) + "idle -> connecting (accepted)"), 1U);
    EXPECT_EQ(r.count(name), 1U);
  }
  const std::string sid(r.box.world.call(ref).sid.view());
  EXPECT_EQ(r.count(sid + " connecting -> active (start)"), 2U);
  EXPECT_EQ(r.count(sid + " active -> error (broken)"), 1U);
  EXPECT_EQ(r.count(sid + " error -> idle (clean)"), 1U);
  EXPECT_EQ(r.count(sid + " active -> stopping (stop)"), 1U);
  EXPECT_EQ(r.count(sid + " stopping -> idle (clean)"), 1U);
  const std::regex summary(
      ".* info stream [0-9a-f-]{36} " + sid +
      R"( closed, generation [12], [0-9]+ ms, frames in [0-9]+ )"
      R"(out [0-9]+, bytes in [0-9]+ out [0-9]+, marks [0-9]+, clears [0-9]+, underruns [0-9]+, )"
      R"(dropped [0-9]+, late [0-9]+, malformed 0, code [0-9]+ by .+)");
  size_t closed = 0;
  for (const std::string& line : r.lines()) closed += std::regex_match(line, summary) ? 1U : 0U;
  EXPECT_EQ(closed, 2U);
  EXPECT_EQ(r.metric(R"(stream_disconnects_total{line="main",outcome="reconnected"})"), 1);
}

// B-LOG-4, B-GEN-5: refusals name their true cause, and each moves its metric. Method: each cause
// by itself, in one box where they do not get in each other's way.
TEST(Reports, RefusalsNameTheirCause) {
  {
    Reporter r(R"("inboundPolicy":"disabled")");
    r.box.world.inbound_call(kCaller);
    r.box.world.run(Duration::seconds(3));
    EXPECT_EQ(r.count("refused inbound on main: policy"), 1U);
    EXPECT_EQ(r.metric(R"(calls_refused_total{line="main",direction="inbound",reason="policy"})"),
              1);
  }
  {
    Reporter r(R"("inboundPolicy":"open","maxConcurrentCalls":1)");
    r.box.world.inbound_call(kCaller);
    r.box.world.run(Duration::seconds(3));
    r.box.world.inbound_call("+15551234568");
    r.box.world.run(Duration::seconds(3));
    EXPECT_EQ(r.count("refused inbound on main: capacity"), 1U);
    EXPECT_EQ(r.place().status, 429);
    EXPECT_EQ(r.count("refused outbound on main: capacity"), 1U);
    const auto m = r.metrics();
    EXPECT_EQ(m.at("hookflash_calls_refused_total{line=\"main\",direction=\"inbound\",reason="
                   "\"capacity\"}"),
              1);
    EXPECT_EQ(m.at("hookflash_calls_refused_total{line=\"main\",direction=\"outbound\",reason="
                   "\"capacity\"}"),
              1);
    EXPECT_EQ(m.at("hookflash_api_requests_total{code=\"429\"}"), 1);
  }
  Reporter r;
  // Signature; the URL is there to compare, its query values are not.
  EXPECT_EQ(r.forged().status, 401);
  EXPECT_EQ(r.count("rejected on main: signature"), 1U);
  EXPECT_THAT(r.lines(), Contains(HasSubstr("https://box.example.com/voice/webhook?secretQuery=")));
  // Token of the API, of a stream.
  HttpRequest request;
  request.target = "/api/v1/calls";
  EXPECT_EQ(r.box.world.request(request).status, 401);
  EXPECT_EQ(r.count("refused GET /api/v1/calls: token"), 1U);
  // No such path.
  EXPECT_EQ(r.box.world.get("/admin.php").status, 404);
  const auto m = r.metrics();
  EXPECT_EQ(m.at("hookflash_webhook_rejected_total{line=\"main\",reason=\"signature\"}"), 1);
  EXPECT_EQ(m.at("hookflash_webhook_requests_total{line=\"main\",code=\"401\"}"), 1);
  EXPECT_EQ(m.at("hookflash_webhook_rejected_total{line=\"none\",reason=\"path\"}"), 1);
  EXPECT_EQ(m.at("hookflash_api_requests_total{code=\"401\"}"), 1);
  EXPECT_EQ(m.at("hookflash_api_requests_total{code=\"404\"}"), 1);
  // Replay.
  twilio::carrier::Person person = r.box.world.speaker();
  person.faults.duplicate_webhooks = true;
  person.faults.duplicate_after = Duration::seconds(1);
  r.box.world.inbound_call(kCaller, person);
  r.box.world.run(Duration::seconds(5));
  EXPECT_GE(r.count("replay on main"), 1U);
  EXPECT_GE(r.metric(R"(webhook_replays_total{line="main"})"), 1);
}

// B-TMR-3: while the wall clock is not set, an alarm says so. Method: the clock jumps back to 1970
// and home.
TEST(Reports, ClockIsNotSet) {
  Reporter r;
  EXPECT_EQ(r.metric("clock_synchronised"), 1);
  const int64_t past = r.box.world.now().wall.ms() - 1000;
  r.box.world.jump_wall(Duration::ms(-past));
  EXPECT_EQ(r.metric("clock_synchronised"), 0);
  EXPECT_EQ(r.metric(R"(alarms{alarm="clock"})"), 1);
  EXPECT_EQ(r.count("alarm clock: the wall clock is not set"), 1U);
  EXPECT_THAT(r.health(), HasSubstr(R"("status":"degraded")"));
  r.box.world.jump_wall(Duration::ms(past));
  EXPECT_THAT(r.health(), HasSubstr(R"("status":"ok")"));
  EXPECT_EQ(r.count("alarm clock is over"), 1U);
}

// B-GEN-5 for REST: refused, timed out and lost requests move provider_requests and dials. Method:
// each fault of the carrier, one dial each.
TEST(Reports, DialsAndRequests) {
  struct Case {
    RestFault fault;
    const char* outcome;
    const char* result;
    const char* line;
  };
  const Case cases[] = {
      {{}, "ok", "accepted", nullptr},
      {{.what = RestFault::What::kStatus, .permille = 1000, .status = 400, .code = 21211},
       "refused",
       "refused",
       "initiate on main failed: status 400, code 21211"},
      {{.what = RestFault::What::kStatus, .permille = 1000, .status = 503},
       "bad_answer",
       "timeout",
       "initiate on main failed: status 503"},
      {{.what = RestFault::What::kStatus, .permille = 1000, .status = 200},
       "bad_answer",
       "timeout",
       "initiate on main failed: status 200, answer not understood"},
      {{.what = RestFault::What::kSilent, .permille = 1000},
       "timeout",
       "timeout",
       "initiate on main failed: timeout"},
      {{.what = RestFault::What::kLost, .permille = 1000},
       "network",
       "timeout",
       "initiate on main failed: connection broken"},
  };
  for (const Case& c : cases) {
    WorldOptions options;
    options.twilio = example_account();
    options.twilio.create = c.fault;
    Reporter r(R"("inboundPolicy":"open")", options);
    (void)r.place();
    r.box.world.run(Duration::seconds(15));
    const auto m = r.metrics();
    const std::string outcome =
        std::string("operation=\"initiate\",outcome=\"") + c.outcome + "\"}";
    EXPECT_EQ(m.at("hookflash_provider_requests_total{line=\"main\"," + outcome), 1) << c.outcome;
    EXPECT_EQ(m.at("hookflash_provider_request_seconds_count{line=\"main\"," + outcome), 1);
    double dials = 0;
    for (const auto& [name, value] : m) {
      if (name.starts_with("hookflash_dials_total")) dials += value;
    }
    EXPECT_EQ(dials, 1) << c.outcome;
    EXPECT_EQ(m.at("hookflash_dials_total{line=\"main\",result=\"" + std::string(c.result) + "\"}"),
              1)
        << c.outcome;
    EXPECT_TRUE(c.line == nullptr || r.count(c.line) == 1U) << c.line;
  }
}

// B-HUP-4, B-LOG-3, B-LOG-5: failed hang-ups warn and count; after five minutes the alarm names
// line and call, and it is over when the carrier takes the hang-up after all. Method: updates and
// status fail for six minutes of a call over its limit.
TEST(Reports, HangupIsGivenUpAndSettled) {
  WorldOptions options;
  options.twilio = example_account();
  options.twilio.update = {.what = RestFault::What::kStatus, .permille = 1000, .status = 503};
  options.twilio.read = {.what = RestFault::What::kStatus, .permille = 1000, .status = 503};
  Reporter r(R"("inboundPolicy":"open","maxDurationSeconds":5)", options);
  r.box.world.inbound_call(kCaller);
  r.box.world.run(Duration::seconds(360));
  const Calls& calls = r.box.box.appliance().calls();
  ASSERT_EQ(calls.history().size(), 1U);
  EXPECT_EQ(calls.history()[0].end_reason, EndReason::kError);
  const std::string id(calls.history()[0].call_id.text());
  EXPECT_EQ(r.count("error alarm hangup-failed: line main, call " + id), 1U);
  EXPECT_GE(r.count(" warn call " + id + " hang-up failed"), 5U);
  auto m = r.metrics();
  EXPECT_EQ(m.at("hookflash_hangup_gave_up_total{line=\"main\"}"), 1);
  EXPECT_GE(m.at("hookflash_hangup_retries_total{line=\"main\"}"), 5);
  EXPECT_EQ(m.at("hookflash_alarms{alarm=\"hangup-failed\"}"), 1);
  EXPECT_EQ(m.at("hookflash_unconfirmed_calls"), 1);
  EXPECT_EQ(m.at("hookflash_max_duration_hangups_total{line=\"main\",result=\"failed\"}"), 1);
  EXPECT_THAT(r.health(), HasSubstr(R"("status":"degraded")"));
  EXPECT_THAT(r.health(), HasSubstr(R"("alarm":"hangup-failed")"));

  r.box.world.twilio().carrier().settings().update = {};
  r.box.world.twilio().carrier().settings().read = {};
  r.box.world.run(Duration::seconds(120));
  m = r.metrics();
  EXPECT_EQ(m.at("hookflash_alarms{alarm=\"hangup-failed\"}"), 0);
  EXPECT_EQ(m.at("hookflash_unconfirmed_calls"), 0);
  EXPECT_EQ(r.count("alarm hangup-failed is over"), 1U);
  EXPECT_THAT(r.health(), HasSubstr(R"("status":"ok")"));
}

// B-JRN-8: after 5 s of failing appends new calls are refused with reason storage, without a
// record; the live call goes on; health is degraded and says why; the first append that succeeds
// ends it all without a restart. Method: storage fails under a live call, then works again; nobody
// calls meanwhile, so the box has to find out by itself.
TEST(Reports, StorageFails) {
  Reporter r(R"("inboundPolicy":"open","app":"echo")");
  const CallRef first = r.box.world.inbound_call(kCaller);
  r.box.world.run(Duration::seconds(5));
  r.box.world.storage().fail_permille(1000);
  r.box.world.inbound_call("+15551234568");  // 500: not recorded.
  r.box.world.run(Duration::seconds(8));
  EXPECT_THAT(r.health(), HasSubstr(R"("status":"degraded")"));
  EXPECT_THAT(r.health(), HasSubstr(R"("alarm":"journal")"));
  EXPECT_THAT(r.health(), HasSubstr(R"("refusesNewCalls":true)"));
  EXPECT_EQ(r.box.api_get("/health").status, 200);
  const HttpAnswer placed = r.place();
  EXPECT_EQ(placed.status, 503);
  EXPECT_THAT(placed.body, HasSubstr("storage-failed"));
  r.box.world.inbound_call("+15551234569");
  r.box.world.run(Duration::seconds(3));
  EXPECT_EQ(r.count("refused inbound on main: storage"), 1U);
  EXPECT_EQ(r.count("refused outbound on main: storage"), 1U);
  auto m = r.metrics();
  EXPECT_EQ(
      m.at("hookflash_calls_refused_total{line=\"main\",direction=\"inbound\",reason=\"storage\"}"),
      1);
  EXPECT_GE(m.at("hookflash_journal_failures_total{reason=\"write\"}"), 5);
  EXPECT_EQ(m.at("hookflash_alarms{alarm=\"journal\"}"), 1);
  EXPECT_EQ(r.box.box.counts().live_calls, 1U);
  EXPECT_EQ(r.box.box.appliance().calls().history().size(), 0U);
  EXPECT_GT(r.box.world.call(first).measures.echoes, 300U);

  r.box.world.storage().fail_permille(0);
  r.box.world.run(Duration::seconds(3));
  EXPECT_THAT(r.health(), HasSubstr(R"("status":"ok")"));
  EXPECT_EQ(r.count("alarm journal is over"), 1U);
  r.box.world.inbound_call("+15551234570");
  r.box.world.run(Duration::seconds(3));
  EXPECT_EQ(r.box.box.counts().live_calls, 2U);
}

// B-LIFE-6, table of B-API: a line that cannot start is an alarm and degrades health; none that
// can, or stopping, fails it with 503. Method: one line of two without credentials, then a stop.
TEST(Reports, HealthOfLines) {
  MbedCrypto crypto;
  const std::string good = R"({"id":"main","provider":"twilio","fromNumber":"+15550001000",)"
                           R"("accountSid":")" +
                           std::string(kAccountSid) + R"(","authToken":")" +
                           std::string(kAuthToken) + "\"}";
  const std::string bad = R"({"id":"second","provider":"twilio","fromNumber":"+15550002000"})";
  const auto config = [](const std::string& lines) {
    return R"({"publicUrl":"https://box.example.com","api":{"token":")" + std::string(kApiToken) +
           R"("},"lines":[)" + lines + "]}";
  };
  BoxWorld both(crypto, {.whole_config = config(good + "," + bad.substr(0, bad.size() - 1) +
                                                R"(,"serve":{"path":"/second"}})")});
  HttpAnswer health = both.api_get("/health");
  EXPECT_EQ(health.status, 200) << health.body;
  EXPECT_THAT(health.body, HasSubstr(R"("status":"degraded")"));
  EXPECT_THAT(health.body, HasSubstr(R"("alarm":"line-down")"));
  EXPECT_THAT(both.world.core_lines(), Contains(HasSubstr("error alarm line-down: ")));
  both.world.reconfigure(config(good));
  EXPECT_THAT(both.api_get("/health").body, HasSubstr(R"("status":"ok")"));
  BoxWorld none(crypto, {.whole_config = config(bad)});
  health = none.api_get("/health");
  EXPECT_EQ(health.status, 503);
  EXPECT_THAT(health.body, HasSubstr(R"("status":"failing")"));
}

// B-LOG-5, B-APP-5: an app that cannot be reached is an alarm until one of its legs opens. Method:
// unreachable for one call, back for the next.
TEST(Reports, AppUnreachable) {
  Reporter r(R"("inboundPolicy":"open","app":"bot","apps":{"bot":{"protocol":"twilio",)"
             R"("url":"wss://bot.example.com/media"}})");
  AppBehaviour behaviour{.kind = AppBehaviour::Kind::kEcho};
  behaviour.unreachable = true;
  SimApp& app = r.box.world.add_app("bot.example.com", behaviour);
  r.box.world.inbound_call(kCaller);
  r.box.world.run(Duration::seconds(60));
  auto m = r.metrics();
  EXPECT_EQ(m.at("hookflash_alarms{alarm=\"app-unreachable\"}"), 1);
  EXPECT_GE(m.at("hookflash_app_legs_total{protocol=\"twilio\",result=\"failed\"}"), 3);
  EXPECT_GE(m.at("hookflash_app_reconnects_total{protocol=\"twilio\",result=\"failed\"}"), 2);
  EXPECT_EQ(r.count("alarm app-unreachable: app bot"), 1U);
  app.behaviour().unreachable = false;
  r.box.world.inbound_call(kCaller);
  r.box.world.run(Duration::seconds(5));
  m = r.metrics();
  EXPECT_EQ(m.at("hookflash_alarms{alarm=\"app-unreachable\"}"), 0);
  EXPECT_EQ(m.at("hookflash_app_legs_total{protocol=\"twilio\",result=\"ok\"}"), 1);
}

// B-GEN-4, B-GEN-5, B-LOG-3: an over-long text of the API is refused with its path; one of the
// carrier is cut at a character boundary, with a warning; an over-long identifier refuses its event
// (400). Each moves a metric. Method: one byte too many each, the carrier's texts of two-byte
// characters.
TEST(Reports, OverlongTexts) {
  Reporter r(R"("inboundPolicy":"open","streaming":{"enabled":false})");
  const HttpAnswer placed =
      r.place(R"("mode":"notify","message":")" + std::string(1025, 'x') + "\"");
  EXPECT_EQ(placed.status, 400);
  EXPECT_THAT(placed.body, HasSubstr(R"("path":"message")"));
  EXPECT_EQ(r.metric(R"(api_requests_total{code="400"})"), 1);
  EXPECT_EQ(r.box.world.twilio().rest_requests(), 0U);

  const CallRef ref = r.box.world.inbound_call(kCaller);
  r.box.world.run(Duration::seconds(3));
  std::string speech = "a";
  while (speech.size() <= limits::kTranscriptLineBytesMax) speech += "\u00e9";
  HttpAnswer answer =
      r.box.world.request(signed_webhook(r.crypto, {{"CallSid", r.box.world.call(ref).sid.view()},
                                                    {"CallStatus", "in-progress"},
                                                    {"Direction", "inbound"},
                                                    {"SpeechResult", speech}}));
  EXPECT_EQ(answer.status, 200) << answer.body;
  const Calls& calls = r.box.box.appliance().calls();
  const CallHandle call = calls.table().find(0, r.box.world.call(ref).sid);
  ASSERT_TRUE(call.is_set());
  const Transcript& transcript = calls.table().get(call)->transcript;
  ASSERT_EQ(transcript.size(), 1U);
  EXPECT_EQ(transcript[0].text, speech.substr(0, limits::kTranscriptLineBytesMax - 1));
  EXPECT_EQ(r.metric(R"(limit_hits_total{limit="text_cut"})"), 1);
  EXPECT_EQ(r.count("a text of the carrier was too long and is cut"), 1U);

  const std::string long_id = "CA" + std::string(127, '0');
  answer = r.box.world.request(signed_webhook(
      r.crypto, {{"CallSid", long_id}, {"CallStatus", "ringing"}, {"Direction", "inbound"}}));
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(r.metric(R"(webhook_rejected_total{line="main",reason="parse"})"), 1);
  EXPECT_EQ(r.box.box.counts().live_calls, 1U);
}

// B-LOG-1, B-MET-2: of whole runs no line, metric or health answer has a number, credential, token,
// signature, digit sequence, message or query value in it. Method: runs in which all of them occur:
// calls both ways, digits, speech, refusals, forgeries, failing REST and storage, reload, stop.
TEST(Reports, NothingPrivateIsTold) {
  WorldOptions options;
  options.twilio = example_account();
  Reporter r(R"("app":"bot","inboundPolicy":"open","inboundGreeting":"Moonlight greeting",)"
             R"("apps":{"bot":{"protocol":"twilio","url":"wss://bot.example.com/m?key=hunter3",)"
             R"("params":{"secret":"hunter4"}}})",
             options);
  r.box.world.add_app("bot.example.com", {.kind = AppBehaviour::Kind::kEcho});
  twilio::carrier::Person person = r.box.world.speaker();
  person.faults.duplicate_webhooks = true;
  const CallRef ref = r.box.world.inbound_call(kCaller, person);
  (void)r.place(R"("mode":"conversation","message":"Moonlight call","dtmfSequence":"98765w43")");
  (void)r.place(R"("mode":"notify","message":"Moonlight notice","sessionKey":"hunter5")");
  r.box.world.run(Duration::seconds(8));
  r.box.world.press(ref, "13579");
  r.box.world.drop_stream(ref);
  (void)r.forged();
  (void)r.forged(std::string(70'000, 'a'));
  HttpRequest stolen;
  stolen.target = "/metrics?token=hunter6";
  stolen.headers = {"Authorization: Bearer hunter7-hunter7-hunter7-hunter7-hunter7"};
  (void)r.box.world.request(stolen);
  (void)r.box.world.get("/admin?password=hunter8");
  r.box.world.storage().fail_next(2);
  r.box.world.twilio().carrier().settings().update = {
      .what = RestFault::What::kStatus, .permille = 1000, .status = 401, .code = 20003};
  r.box.world.run(Duration::seconds(20));
  r.box.world.inbound_call("+15551234569");
  r.box.world.run(Duration::seconds(10));
  r.box.world.reconfigure(R"({"lines":[{"id":"main","provider":"twilio","authToken":"hunter9"}]})");
  const std::string told = r.box.api_get("/metrics").body + r.health();
  r.box.world.stop(in::StopMode::kEnd);
  r.box.world.run(Duration::seconds(30));

  const std::string_view kSecrets[] = {
      "5551234567", "5557654321", "5550001000",
      "5551234569",                                       // Numbers.
      kAuthToken,   kApiToken,    kAccountSid.substr(2),  // Credentials.
      "hunter",     "Zm9yZ2Vk",   "Bearer",
      "Basic ",                              // Query values, signatures, headers.
      "Moonlight",  "98765",      "13579"};  // Messages and digits.
  // A stream token is 104 hex digits: no line has so many in a row.
  const std::regex token("[0-9a-f]{64}");
  EXPECT_GT(r.lines().size(), 40U);
  for (const std::string& line : r.lines()) {
    for (const std::string_view secret : kSecrets) EXPECT_THAT(line, Not(HasSubstr(secret)));
    EXPECT_FALSE(std::regex_search(line, token)) << line;
    EXPECT_LE(line.size(), limits::kLogLineBytesMax);
  }
  for (const std::string_view secret : kSecrets) {
    EXPECT_EQ(told.find(secret), std::string::npos) << secret;
  }
  // B-LOG-1: the same number has the same hash, 8 hex digits.
  std::set<std::string> hashes;
  const std::regex started(R"(.*started inbound on main, from ([0-9a-f]{8}) to ([0-9a-f]{8}))");
  for (const std::string& line : r.lines()) {
    std::smatch match;
    if (std::regex_match(line, match, started)) hashes.insert({match[1], match[2]});
  }
  EXPECT_EQ(hashes.size(), 3U);  // Two callers, one number of ours.
}

// B-MET-2: labels are of fixed sets: the series of /metrics are the same before and after calls of
// every kind, but for those of no line. Method: names with labels are compared.
TEST(Reports, SeriesNeverGrow) {
  Reporter r;
  const auto before = r.metrics();
  const CallRef ref = r.box.world.inbound_call(kCaller);
  (void)r.place();
  (void)r.forged();
  r.box.world.run(Duration::seconds(10));
  r.box.world.hang_up(ref);
  r.box.world.run(Duration::seconds(10));
  const auto after = r.metrics();
  for (const auto& [name, value] : after) EXPECT_EQ(before.count(name), 1U) << name;
  EXPECT_EQ(before.size(), after.size());
}

}  // namespace
}  // namespace hookflash::sim
