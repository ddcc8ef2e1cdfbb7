// Aim: B-CFG-4, every key has a reader: what it says changes what the box does. Method: for each
// key of the table two boxes that differ in it alone, and something that only the second one does.
// A key without a row here fails the test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "base/base64.h"
#include "config/field.h"
#include "raw_stream.h"
#include "webhook.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kSid = "CA" + std::string(32, '5');

// Members of the configuration by name; "" stands for leaving one out.
struct Text {
  std::map<std::string, std::string> top = {
      {"publicUrl", R"("https://box.example.com")"},
      {"inboundPolicy", R"("open")"},
      {"api", R"({"token":")" + std::string(kToken) + R"("})"}};
  std::map<std::string, std::string> line = {{"id", R"("main")"},
                                             {"provider", R"("twilio")"},
                                             {"accountSid", "\"" + std::string(kAccountSid) + "\""},
                                             {"authToken", "\"" + std::string(kAuthToken) + "\""},
                                             {"fromNumber", "\"" + std::string(kOurNumber) + "\""}};

  static std::string object(const std::map<std::string, std::string>& members) {
    std::string text;
    for (const auto& [name, value] : members) {
      if (!value.empty()) text += (text.empty() ? "\"" : ",\"") + name + "\":" + value;
    }
    return "{" + text + "}";
  }
  [[nodiscard]] std::string json() const {
    auto all = top;
    all["lines"] = "[" + object(line) + "]";
    return object(all);
  }
};

// Writes down what the appliance asks of carriers and apps.
class Tap final : public Core {
 public:
  explicit Tap(Core& core) : core_(core) {}
  void handle(const In& in, Now now) override { core_.handle(in, now); }
  bool next(Out& out) override {
    if (!core_.next(out)) return false;
    if (const auto* send = std::get_if<out::RestSend>(&out)) {
      text += std::string(send->method) + (send->tls ? " https://" : " http://") +
              std::string(send->host) + ":" + std::to_string(send->port) +
              std::string(send->target) + "\n" + std::string(send->headers) +
              std::string(send->body) + "\n";
    }
    if (const auto* dial = std::get_if<out::WsDial>(&out)) {
      text += "dial " + std::string(dial->host) + std::string(dial->target) + "\n";
    }
    return true;
  }
  [[nodiscard]] Instant deadline() const override { return core_.deadline(); }
  std::string text;

 private:
  Core& core_;
};

struct Site {
  explicit Site(const std::string& config) : box(config), tap(box.appliance) {
    EXPECT_EQ(box.configured, Status::kOk) << config;
    box.world.attach(tap, &box);
  }
  void run(Duration time) { box.world.run(time); }
  std::string get(std::string target) {
    return seen(box.world.request({.target = std::move(target),
                                   .headers = {std::string("Authorization: Bearer ") + kToken}}));
  }
  static std::string seen(const HttpAnswer& answer) {
    return "status " + std::to_string(answer.status) + " " + answer.body;
  }
  // A stream of an inbound call that says nothing itself.
  std::shared_ptr<RawStream> stream() {
    EXPECT_EQ(ring(box), 200);
    auto raw = RawStream::open(box.world);
    run(Duration::ms(100));
    raw->start(kRawCallSid, token_of(box));
    return raw;
  }
  Box box;
  Tap tap;
};

// --- What is looked at ---------------------------------------------------------------------------

std::string document(Site& site) { return Site::seen(send(site.box, hook(kSid, "ringing"))); }
std::string second_document(Site& site) {
  (void)document(site);
  return Site::seen(send(site.box, hook("CA" + std::string(32, '6'), "ringing")));
}
std::string unsigned_document(Site& site) { return site.get("/twiml"); }
std::string metrics(Site& site) { return site.get("/metrics"); }
std::string api(Site& site) { return Site::seen(site.box.world.get("/api/v1/calls")); }
std::string other_path(Site& site) {
  return Site::seen(site.box.world.request({.method = "POST", .target = "/other/path"}));
}
std::string unsigned_webhook(Site& site) {
  HttpRequest request = request_of(site.box, hook(kSid, "ringing"));
  request.headers.resize(1);
  return Site::seen(site.box.world.request(request));
}
// The Host is a proxy's own; the carrier signed the public one.
std::string forwarded_webhook(Site& site) {
  HttpRequest request = request_of(site.box, hook(kSid, "ringing"));
  request.headers.push_back("X-Forwarded-Host: box.example.com");
  request.host = "10.1.2.3:8080";
  return Site::seen(site.box.world.request(request));
}
std::string dial_with(Site& site, const std::string& body) {
  const std::string answer = Site::seen(post(site.box, "/call/outbound", body));
  return answer + site.tap.text;
}
std::string dial(Site& site) { return dial_with(site, R"({"to":"+15557654321","message":"m"})"); }
std::string dial_nobody(Site& site) { return dial_with(site, R"({"message":"m"})"); }
std::string turn(Site& site) {
  const HttpAnswer placed =
      post(site.box, "/api/v1/calls", R"({"to":"+15557654321","mode":"conversation"})");
  site.run(Duration::seconds(5));
  const auto answer = post_later(site.box, "/api/v1/calls/" + call_id_of(placed) + "/turn", "{}");
  site.run(Duration::seconds(8));
  return Site::seen(*answer) + site.tap.text;
}
std::string hundred_seconds(Site& site) {
  site.box.world.inbound_call("+15551234567");
  site.run(Duration::seconds(100));
  return "live " + std::to_string(site.box.counts().live_calls);
}
// Whether the app speaks without being spoken to.
std::string sound(Site& site) {
  const auto raw = site.stream();
  site.run(Duration::seconds(8));
  return (raw->count("media") > 0 ? "speaks " : "silent ") + site.tap.text;
}
// Frames in the first 100 ms after the first one.
std::string first_frames(Site& site) {
  site.box.world.add_app("bot.example.com",
                         {.kind = AppBehaviour::Kind::kTalker, .speed_percent = 0});
  const auto raw = site.stream();
  EXPECT_TRUE(
      site.box.world.run_until([&] { return raw->count("media") > 0; }, Duration::seconds(2)));
  site.run(Duration::ms(100));
  return raw->count("media") > 11 ? "many" : "few";
}
std::string mute_socket(Site& site) {
  const auto raw = RawStream::open(site.box.world);
  site.run(Duration::ms(1500));
  return "closed " + std::to_string(raw->close_code);
}
std::string second_socket(Site& site) {
  const std::string_view from = "X-Forwarded-For: 203.0.113.5\r\n";
  const auto first = RawStream::open(site.box.world, "/voice/stream", from);
  site.run(Duration::ms(100));
  const auto second = RawStream::open(site.box.world, "/voice/stream", from);
  site.run(Duration::ms(100));
  return "status " + std::to_string(second->status()) + " closed " +
         std::to_string(second->close_code);
}
std::string lost_stream(Site& site) {
  const auto raw = site.stream();
  site.run(Duration::ms(500));
  raw->drop();
  site.run(Duration::seconds(1));
  return site.tap.text;
}
std::string flood(Site& site) {
  SimApp& app = site.box.world.add_app("bot.example.com", {.kind = AppBehaviour::Kind::kFlooder});
  const auto raw = site.stream();
  EXPECT_TRUE(site.box.world.run_until(
      [&] { return lines_with(site.box, "burst buffer full") > 0; }, Duration::seconds(60)));
  return app.sessions()[0]->sent_media < 1000 ? "small" : "large";
}
std::string app_parameters(Site& site) {
  SimApp& app = site.box.world.add_app("bot.example.com", {.kind = AppBehaviour::Kind::kSilent});
  const auto raw = site.stream();
  site.run(Duration::seconds(1));
  std::string text;
  for (const auto& [name, value] : app.sessions()[0]->parameters) text += name + "=" + value + " ";
  return text;
}
std::string log(Site& site) {
  (void)document(site);
  site.run(Duration::seconds(1));
  std::string text;
  for (const std::string& line : site.box.world.core_lines()) text += line + "\n";
  return text.find(" info ") == std::string::npos ? "quiet" : "talks";
}

// --- The keys ------------------------------------------------------------------------------------

struct Change {
  bool in_line = false;
  std::string member;
  std::string value;  // Empty: left out.
};
constexpr bool kLine = true;
constexpr bool kTop = false;

struct Effect {
  Scope scope;
  std::string key;
  std::vector<Change> both;  // How both boxes differ from the usual one.
  std::vector<Change> second;
  std::string (*look)(Site&);
  std::string mark;  // What is seen with the second box only.
};

const std::vector<Change> kNoUrl = {{kTop, "publicUrl", ""}};
const std::vector<Change> kOneBot = {
    {kTop, "apps", R"({"bot":{"protocol":"twilio","url":"wss://bot.example.com/a"}})"},
    {kTop, "app", R"("bot")"}};
const std::vector<Change> kSpeech = {{kTop, "streaming", R"({"enabled":false})"}};

std::string signed_in(const std::string& user, const std::string& password) {
  const std::string text = user + ":" + password;
  std::string encoded(base64_encoded_size(text.size()), '\0');
  encoded.resize(base64_encode(bytes_of(text), encoded.data()));
  return "Authorization: Basic " + encoded;
}

std::vector<Effect> effects() {
  const std::string other_token(32, 'f');
  const std::string sid(kAccountSid);
  const std::string key_sid = "SK" + std::string(32, '3');
  const Scope general = Scope::kGeneral;
  const Scope either = Scope::kEither;
  const Scope line = Scope::kLine;
  const auto streaming = [](const std::string& member) {
    return std::vector<Change>{{kTop, "streaming", "{" + member + "}"}};
  };
  const auto security = [](const std::string& member) {
    return std::vector<Change>{{kTop, "webhookSecurity", "{" + member + "}"}};
  };
  const auto number = [](const std::string& member) {
    return std::vector<Change>{
        {kTop, "numbers", "{\"" + std::string(kOurNumber) + "\":{" + member + "}}"}};
  };
  const auto both = [](std::vector<Change> first, const std::vector<Change>& more) {
    first.insert(first.end(), more.begin(), more.end());
    return first;
  };
  const std::vector<Change> files = {
      {kTop, "serve", R"({"tls":{"certFile":"/c.pem","keyFile":"/k.pem"}})"}};
  const std::vector<Change> api_key = {{kLine, "apiKeySid", "\"" + key_sid + "\""},
                                       {kLine, "apiKeySecret", R"("hush")"}};
  return {
      {either,
       "publicUrl",
       {},
       {{kTop, "publicUrl", R"("https://other.example.org")"}},
       unsigned_document,
       "wss://other.example.org/voice/stream"},
      {general,
       "serve.bind",
       both(kNoUrl, {{kTop, "api", ""}}),
       {{kTop, "serve", R"({"bind":"0.0.0.0"})"}},
       api,
       "status 404"},
      {general,
       "serve.port",
       kNoUrl,
       {{kTop, "serve", R"({"port":4000})"}},
       unsigned_document,
       "ws://127.0.0.1:4000/"},
      {either,
       "serve.path",
       {},
       {{kTop, "serve", R"({"path":"/other/path"})"}},
       other_path,
       "status 401"},
      {general, "serve.tls.certFile", kNoUrl, files, unsigned_document, "wss://127.0.0.1"},
      {general, "serve.tls.keyFile", kNoUrl, files, unsigned_document, "wss://127.0.0.1"},
      {general,
       "api.token",
       {},
       {{kTop, "api", R"({"token":")" + other_token + "\"}"}},
       metrics,
       "status 401"},
      {general,
       "api.bind",
       {},
       {{kTop, "api", R"({"bind":"127.0.0.2","token":")" + std::string(kToken) + "\"}"}},
       metrics,
       "status 404"},
      {general,
       "api.port",
       {},
       {{kTop, "api", R"({"port":4001,"token":")" + std::string(kToken) + "\"}"}},
       metrics,
       "status 404"},
      {line, "id", {}, {{kLine, "id", R"("office")"}}, metrics, R"(line="office")"},
      {line, "provider", {}, {{kLine, "provider", R"("telnyx")"}}, dial, "line-unavailable"},
      {line, "enabled", {}, {{kLine, "enabled", "false"}}, document, "status 404"},
      {line,
       "fromNumber",
       {},
       {{kLine, "fromNumber", R"("+15550009999")"}},
       dial,
       "From=%2B15550009999"},
      {line,
       "toNumber",
       {},
       {{kLine, "toNumber", R"("+15550008888")"}},
       dial_nobody,
       "To=%2B15550008888"},
      {line,
       "apiBaseUrl",
       {},
       {{kLine, "apiBaseUrl", R"("http://127.0.0.1:9999")"}},
       dial,
       "POST http://127.0.0.1:9999/"},
      {line,
       "region",
       {},
       {{kLine, "region", R"("ie1")"}, {kLine, "edge", R"("dublin")"}},
       dial,
       "https://api.dublin.ie1.twilio.com:443/"},
      {line,
       "edge",
       {},
       {{kLine, "edge", R"("tokyo")"}},
       dial,
       "https://api.tokyo.us1.twilio.com:443/"},
      {line,
       "accountSid",
       {},
       {{kLine, "accountSid", "\"AC" + std::string(32, '2') + "\""}},
       dial,
       "/Accounts/AC" + std::string(32, '2') + "/"},
      {line,
       "authToken",
       {},
       {{kLine, "authToken", "\"" + other_token + "\""}},
       dial,
       signed_in(sid, other_token)},
      {line, "apiKeySid", {}, api_key, dial, signed_in(key_sid, "hush")},
      {line, "apiKeySecret", {}, api_key, dial, signed_in(key_sid, "hush")},
      {general,
       "maxConcurrentCalls",
       {},
       {{kTop, "maxConcurrentCalls", "1"}},
       second_document,
       R"(<Reject reason="busy"/>)"},
      {either,
       "maxDurationSeconds",
       {},
       {{kTop, "maxDurationSeconds", "10"}},
       dial,
       "TimeLimit=70"},
      {either,
       "staleCallReaperSeconds",
       {},
       {{kTop, "staleCallReaperSeconds", "60"}},
       hundred_seconds,
       "live 0"},
      {either, "ringTimeoutMs", {}, {{kTop, "ringTimeoutMs", "7000"}}, dial, "&Timeout=7&"},
      {either,
       "transcriptTimeoutMs",
       kSpeech,
       {{kTop, "transcriptTimeoutMs", "2000"}},
       turn,
       "status 504"},
      {either,
       "silenceTimeoutMs",
       kSpeech,
       {{kTop, "silenceTimeoutMs", "2500"}},
       turn,
       "speechTimeout%3D%223%22"},
      {either,
       "inboundPolicy",
       {},
       {{kTop, "inboundPolicy", R"("disabled")"}},
       document,
       R"(<Reject reason="rejected"/>)"},
      {either,
       "allowFrom",
       {{kTop, "inboundPolicy", R"("allowlist")"}},
       {{kTop, "allowFrom", R"(["+15551234567"])"}},
       document,
       "<Stream"},
      {either,
       "inboundGreeting",
       {},
       {{kTop, "inboundGreeting", R"("Hello there")"}},
       document,
       "Hello there</Say>"},
      {either, "app", {}, {{kTop, "app", R"("tone")"}}, sound, "speaks"},
      {either,
       "skipSignatureVerification",
       kNoUrl,
       {{kTop, "skipSignatureVerification", "true"}},
       unsigned_webhook,
       "status 200"},
      {either,
       "outbound.defaultMode",
       {},
       {{kTop, "outbound", R"({"defaultMode":"conversation"})"}},
       dial,
       "Url=https"},
      {either,
       "outbound.notifyHangupDelaySec",
       {},
       {{kTop, "outbound", R"({"notifyHangupDelaySec":7})"}},
       dial,
       "length%3D%227%22"},
      {general,
       "outbound.reservedCalls",
       {{kTop, "maxConcurrentCalls", "2"}},
       {{kTop, "outbound", R"({"reservedCalls":1})"}},
       second_document,
       R"(<Reject reason="busy"/>)"},
      {either, "webhookSecurity.allowedHosts", kNoUrl,
       security(R"("allowedHosts":["b.example.org"])"), document, "status 401"},
      {either, "webhookSecurity.trustForwardingHeaders", kNoUrl,
       security(R"("trustForwardingHeaders":true)"), forwarded_webhook, "status 200"},
      {either, "webhookSecurity.trustedProxyIPs",
       both(kNoUrl, security(R"("trustForwardingHeaders":true)")),
       security(R"("trustForwardingHeaders":true,"trustedProxyIPs":["10.9.9.9"])"),
       forwarded_webhook, "status 401"},
      {either, "streaming.enabled", {}, kSpeech, document, "<Pause"},
      {general,
       "streaming.streamPath",
       {},
       streaming(R"("streamPath":"/other/stream")"),
       document,
       "wss://box.example.com/other/stream"},
      {general,
       "streaming.preStartTimeoutMs",
       {},
       streaming(R"("preStartTimeoutMs":1000)"),
       mute_socket,
       "closed 1008"},
      {either,
       "streaming.disconnectGraceMs",
       {},
       streaming(R"("disconnectGraceMs":0)"),
       lost_stream,
       "GET https://"},
      {general,
       "streaming.maxPendingConnections",
       {},
       streaming(R"("maxPendingConnections":1)"),
       second_socket,
       "closed 1013"},
      {general, "streaming.maxPendingConnectionsPerIp",
       security(R"("trustForwardingHeaders":true,"trustedProxyIPs":["127.0.0.1"])"),
       streaming(R"("maxPendingConnectionsPerIp":1)"), second_socket, "closed 1013"},
      {general,
       "streaming.maxConnections",
       {},
       streaming(R"("maxConnections":1)"),
       second_socket,
       "status 503"},
      {general, "streaming.leadMs", kOneBot, streaming(R"("leadMs":160)"), first_frames, "many"},
      {general, "streaming.appBufferMs", kOneBot, streaming(R"("appBufferMs":1000)"), flood,
       "small"},
      {Scope::kApp,
       "protocol",
       {{kTop, "app", R"("x")"}, {kTop, "apps", R"({"x":{"protocol":"echo"}})"}},
       {{kTop, "apps", R"({"x":{"protocol":"tone"}})"}},
       sound,
       "speaks"},
      {Scope::kApp,
       "url",
       kOneBot,
       {{kTop, "apps", R"({"bot":{"protocol":"twilio","url":"wss://bot2.example.com/b"}})"}},
       sound,
       "dial bot2.example.com/b"},
      {Scope::kApp,
       "fallback",
       kOneBot,
       {{kTop, "apps",
         R"({"bot":{"protocol":"twilio","url":"wss://bot.example.com/a","fallback":"tone"}})"}},
       sound,
       "speaks"},
      {Scope::kApp,
       "params",
       kOneBot,
       {{kTop, "apps",
         R"({"bot":{"protocol":"twilio","url":"wss://bot.example.com/a","params":{"tint":"blue"}}})"}},
       app_parameters,
       "tint=blue"},
      {Scope::kNumber, "greeting", {}, number(R"("greeting":"Shop")"), document, "Shop</Say>"},
      {Scope::kNumber, "app", {}, number(R"("app":"tone")"), sound, "speaks"},
      {Scope::kNumber,
       "inboundPolicy",
       {},
       number(R"("inboundPolicy":"disabled")"),
       document,
       R"(<Reject reason="rejected"/>)"},
      {general, "log.level", {}, {{kTop, "log", R"({"level":"error"})"}}, log, "quiet"},
  };
}

// Keys whose effect is shown elsewhere: the platform reads the file; a key of a carrier that this
// build has not is a warning by name; transcripts are kept or dropped where the journal is
// compacted.
struct Elsewhere {
  Scope scope;
  std::string key;
  std::string file;
  std::string test;
};
const Elsewhere kElsewhere[] = {
    {Scope::kApp, "file", "tests/cli/running_test.sh", "announce"},
    {Scope::kLine, "apiKey", "tests/config/checks_test.cpp", "WarnsAboutKeysWithoutEffect"},
    {Scope::kLine, "connectionId", "tests/config/checks_test.cpp", "WarnsAboutKeysWithoutEffect"},
    {Scope::kLine, "publicKey", "tests/config/checks_test.cpp", "WarnsAboutKeysWithoutEffect"},
    {Scope::kLine, "authId", "tests/config/checks_test.cpp", "WarnsAboutKeysWithoutEffect"},
    {Scope::kEither, "webhookSecurity.plivoRequireV3", "tests/config/checks_test.cpp",
     "WarnsAboutKeysWithoutEffect"},
    {Scope::kGeneral, "history.keepTranscripts", "tests/scenario/kept_transcripts_test.cpp",
     "TheKeyDecides"},
};

enum class Which { kFirst, kSecond, kSecondInLine };

std::string seen_with(const Effect& effect, Which which) {
  Text text;
  const auto apply = [&](const std::vector<Change>& changes, bool in_line) {
    for (const Change& change : changes) {
      (in_line || change.in_line ? text.line : text.top)[change.member] = change.value;
    }
  };
  apply(effect.both, false);
  if (which != Which::kFirst) apply(effect.second, which == Which::kSecondInLine);
  Site site(text.json());
  if (site.box.configured != Status::kOk) return {};
  return effect.look(site);
}

TEST(ConfigEffects, EveryKeyChangesSomething) {
  for (const Effect& effect : effects()) {
    SCOPED_TRACE(effect.key);
    EXPECT_THAT(seen_with(effect, Which::kFirst), Not(HasSubstr(effect.mark)));
    EXPECT_THAT(seen_with(effect, Which::kSecond), HasSubstr(effect.mark));
  }
}

// B-CFG-3: what may be set for a line has its effect there too, over the general value.
TEST(ConfigEffects, TheLineWins) {
  for (const Effect& effect : effects()) {
    if (effect.scope != Scope::kEither) continue;
    SCOPED_TRACE(effect.key);
    EXPECT_THAT(seen_with(effect, Which::kSecondInLine), HasSubstr(effect.mark));
  }
}

TEST(ConfigEffects, NoKeyIsLeftOut) {
  std::set<std::pair<Scope, std::string>> shown;
  for (const Effect& effect : effects()) shown.emplace(effect.scope, effect.key);
  for (const Elsewhere& place : kElsewhere) {
    EXPECT_TRUE(shown.emplace(place.scope, place.key).second) << place.key << " is here twice";
    std::ifstream file(std::filesystem::path(HOOKFLASH_SOURCE_DIR) / place.file);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    EXPECT_NE(text.find(place.test), std::string::npos) << place.key;
  }
  for (const Field& field : config_fields()) {
    EXPECT_TRUE(shown.count({field.scope, std::string(field.key)}) > 0)
        << field.key << ": nothing shows its effect";
  }
}

}  // namespace
}  // namespace hookflash::sim
