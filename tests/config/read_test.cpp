#include "config/read.h"

#include <random>
#include <string>

#include "config/field.h"
#include "config_reading.h"
#include "json/document.h"

namespace hookflash {
namespace {

class ReadTest : public ConfigReading {};

// Aim: an empty object is a configuration with every default of section 26. Method: each value.
TEST_F(ReadTest, HasDefaults) {
  ASSERT_EQ(read("{}"), Status::kOk) << listing();
  EXPECT_EQ(config_->values.public_url, "");
  EXPECT_EQ(config_->serve_bind, "127.0.0.1");
  EXPECT_EQ(config_->serve_port, 3334U);
  EXPECT_EQ(config_->values.path, "/voice/webhook");
  EXPECT_EQ(config_->max_concurrent_calls, limits::kCallsDefault);
  EXPECT_EQ(config_->values.max_duration_seconds, 300U);
  EXPECT_EQ(config_->values.reaper_seconds, 0U);
  EXPECT_EQ(config_->values.ring_timeout_ms, 30'000U);
  EXPECT_EQ(config_->values.transcript_timeout_ms, 180'000U);
  EXPECT_EQ(config_->values.silence_timeout_ms, 800U);
  EXPECT_EQ(config_->values.inbound_policy, PolicyChoice::kDisabled);
  EXPECT_TRUE(config_->values.allow_from.empty());
  EXPECT_EQ(config_->values.inbound_greeting, "");
  EXPECT_FALSE(config_->values.skip_signature_verification);
  EXPECT_EQ(config_->values.default_mode, ModeChoice::kNotify);
  EXPECT_EQ(config_->values.notify_hangup_delay_seconds, 3U);
  EXPECT_EQ(config_->reserved_calls, 0U);
  EXPECT_TRUE(config_->values.allowed_hosts.empty());
  EXPECT_FALSE(config_->values.trust_forwarding_headers);
  EXPECT_TRUE(config_->values.trusted_proxies.empty());
  EXPECT_FALSE(config_->values.plivo_require_v3);
  EXPECT_TRUE(config_->values.streaming);
  EXPECT_EQ(config_->stream_path, "/voice/stream");
  EXPECT_EQ(config_->pre_start_timeout_ms, 5000U);
  EXPECT_EQ(config_->values.disconnect_grace_ms, 2000U);
  EXPECT_EQ(config_->max_pending_connections, 32U);
  EXPECT_EQ(config_->max_pending_connections_per_ip, 16U);
  EXPECT_EQ(config_->max_connections, 128U);
  EXPECT_EQ(config_->lead_ms, 60U);
  EXPECT_EQ(config_->app_buffer_ms, static_cast<uint32_t>(limits::kAppBufferMsDefault));
  EXPECT_EQ(config_->values.app, "echo");
  EXPECT_FALSE(config_->api_token.is_set());
  EXPECT_FALSE(config_->has_api_listener());
  EXPECT_EQ(config_->log_level, LogThreshold::kInfo);
  EXPECT_FALSE(config_->keep_transcripts);
  EXPECT_TRUE(config_->lines.empty());
  EXPECT_TRUE(config_->apps.empty());
  EXPECT_TRUE(config_->numbers.empty());
}

// Aim: a full document ends up in the right places. Method: one with lines, apps and numbers.
TEST_F(ReadTest, ReadsEverything) {
  const std::string json = R"({
    "numbers": {"+15551110000": {"greeting": "Hi", "app": "bot", "inboundPolicy": "open"},
                "+15552220000": {"greeting": ""}, "+15553330000": {}},
    "lines": [{"id": "main", "provider": "twilio", "fromNumber": "+15551234567",
               "toNumber": "+15550000001", "region": "ie1", "edge": "dublin",
               "accountSid": "AC00112233445566778899aabbccddeeff", "authToken": ["one", "two"],
               "apiKeySid": "SK00112233445566778899AABBCCDDEEFF", "apiKeySecret": "key-secret"},
              {"id": "other", "provider": "mock", "enabled": false, "serve": {"path": "/other"}}],
    "apps": {"bot": {"protocol": "twilio", "url": "wss://bot.example.com:8443/x?y=1",
                     "params": {"tenant": "7", "x-y": ""}, "fallback": "sorry"},
             "sorry": {"protocol": "announce", "file": "/var/lib/sorry.wav"}},
    "publicUrl": "https://Calls.example.com/", "api": {"port": 0, "bind": "::1"}})";
  ASSERT_EQ(read(json), Status::kOk) << listing();
  ASSERT_EQ(config_->lines.size(), 2U);
  const LineConfig& main = config_->lines[0];
  EXPECT_EQ(main.id, "main");
  EXPECT_EQ(main.provider, ProviderKind::kTwilio);
  EXPECT_TRUE(main.enabled);
  EXPECT_EQ(main.to_number, "+15550000001");
  EXPECT_EQ(main.region, "ie1");
  EXPECT_EQ(main.account_sid.reveal(), "AC00112233445566778899aabbccddeeff");
  ASSERT_EQ(main.auth_tokens.size(), 2U);
  EXPECT_EQ(main.auth_tokens[0].reveal(), "one");
  EXPECT_EQ(main.auth_tokens[1].reveal(), "two");
  EXPECT_EQ(main.api_key_secret.reveal(), "key-secret");
  EXPECT_EQ(main.values.public_url, "https://Calls.example.com");
  EXPECT_FALSE(config_->lines[1].enabled);
  EXPECT_EQ(config_->lines[1].values.path, "/other");
  ASSERT_EQ(config_->apps.size(), 2U);
  EXPECT_EQ(config_->apps[0].protocol, AppProtocol::kTwilio);
  ASSERT_EQ(config_->apps[0].params.size(), 2U);
  EXPECT_EQ(config_->apps[0].params[0].name, "tenant");
  EXPECT_EQ(config_->apps[0].params[0].value, "7");
  EXPECT_EQ(config_->apps[0].fallback, "sorry");
  EXPECT_EQ(config_->apps[1].fallback, "hangup");
  ASSERT_EQ(config_->numbers.size(), 3U);
  EXPECT_EQ(config_->numbers[0].policy, PolicyChoice::kOpen);
  EXPECT_TRUE(config_->numbers[0].has_policy);
  EXPECT_TRUE(config_->numbers[1].has_greeting);
  EXPECT_EQ(config_->numbers[1].greeting, "");
  EXPECT_FALSE(config_->numbers[2].has_greeting);
  EXPECT_FALSE(config_->numbers[2].has_policy);
  EXPECT_TRUE(config_->has_api_listener());
  EXPECT_EQ(config_->api_port, 0);
}

// Aim: B-CFG-3, a line's own value wins over the general one, wherever in the document either
// stands; the others of the line are the general ones. Method: general values behind the lines,
// lists replaced whole.
TEST_F(ReadTest, LineWins) {
  ASSERT_EQ(
      read(R"({"lines":[)" +
           line(R"("ringTimeoutMs":5000,"streaming":{"enabled":false},"allowFrom":["+4930123"],)"
                R"("outbound":{"defaultMode":"conversation"},"serve":{"path":"/a"})",
                "a") +
           "," + line("", "b") +
           R"(],"ringTimeoutMs":9000,"maxDurationSeconds":60,"inboundPolicy":"allowlist",)"
           R"("allowFrom":["+15550001111","+15550002222"]})"),
      Status::kOk)
      << listing();
  const LineValues& a = config_->lines[0].values;
  const LineValues& b = config_->lines[1].values;
  EXPECT_EQ(a.ring_timeout_ms, 5000U);
  EXPECT_EQ(b.ring_timeout_ms, 9000U);
  EXPECT_EQ(config_->values.ring_timeout_ms, 9000U);
  EXPECT_EQ(a.max_duration_seconds, 60U);
  EXPECT_FALSE(a.streaming);
  EXPECT_TRUE(b.streaming);
  ASSERT_EQ(a.allow_from.size(), 1U);
  EXPECT_EQ(a.allow_from[0], "+4930123");
  EXPECT_EQ(b.allow_from.size(), 2U);
  EXPECT_EQ(a.default_mode, ModeChoice::kConversation);
  EXPECT_EQ(b.default_mode, ModeChoice::kNotify);
  EXPECT_EQ(a.path, "/a");
  EXPECT_EQ(b.path, "/voice/webhook");
  EXPECT_EQ(a.inbound_policy, PolicyChoice::kAllowlist);
}

// Aim: B-CFG-1, all errors come together, each with its path, what was expected and for unknown
// keys the nearest known one. Method: one document with an error in every part of it.
TEST_F(ReadTest, ReportsAllErrorsTogether) {
  EXPECT_EQ(read(R"({
    "publicUrl": 5, "serve": {"prot": 80, "bind": "localhost", "tls": []}, "prot": 1,
    "maxDurationSeconds": 0, "ringTimeoutMs": "30", "inboundPolicy": "allow-list",
    "allowFrom": ["+15551234567", "5551234567", 7], "inboundGreting": "Hi",
    "streaming": {"leadMs": 30, "enabled": "yes"},
    "lines": [{"provider": "twillio", "acountSid": "x", "authToken": []}, 5],
    "apps": {"bo t": {"protocol": "echo"}, "x": {}, "hangup": {"protocol": "echo"},
             "y": {"protocol": "echo", "parms": {}}},
    "numbers": {"15551234567": {"gretting": "x"}}})"),
            Status::kInvalid);
  EXPECT_EQ(at("publicUrl"), "expected a string, found a number");
  EXPECT_EQ(at("serve.prot"), "unknown key; the nearest known one is serve.port");
  EXPECT_EQ(at("serve.bind"), "expected an IP address");
  EXPECT_EQ(at("serve.tls"), "expected an object, found an array");
  EXPECT_EQ(at("prot"), "unknown key; the nearest known one is serve.port");
  EXPECT_EQ(at("maxDurationSeconds"), "expected a whole number from 1 to 86400 s");
  EXPECT_EQ(at("ringTimeoutMs"), "expected a whole number from 1000 to 600000 ms, found a string");
  EXPECT_EQ(at("inboundPolicy"), "expected one of disabled, allowlist, open, pairing");
  EXPECT_EQ(at("allowFrom[0]"), "");
  EXPECT_EQ(at("allowFrom[1]"),
            "expected a number in E.164: plus, a digit 1 to 9, then 1 to 14 digits");
  EXPECT_EQ(at("allowFrom[2]"), "expected a string, found a number");
  EXPECT_EQ(at("inboundGreting"), "unknown key; the nearest known one is inboundGreeting");
  EXPECT_EQ(at("streaming.leadMs"), "expected a whole number from 0 to 160 ms in steps of 20");
  EXPECT_EQ(at("streaming.enabled"), "expected true or false, found a string");
  EXPECT_EQ(at("lines[0].id"), "is required");
  EXPECT_EQ(at("lines[0].provider"), "expected one of twilio, plivo, telnyx, mock");
  EXPECT_EQ(at("lines[0].acountSid"), "unknown key; the nearest known one is accountSid");
  EXPECT_EQ(at("lines[1]"), "expected an object, found a number");
  EXPECT_NE(at("apps[\"bo t\"]"), "");
  EXPECT_EQ(at("apps.x.protocol"), "is required");
  EXPECT_NE(at("apps.hangup"), "");
  EXPECT_EQ(at("apps.y.parms"), "unknown key; the nearest known one is params");
  EXPECT_NE(at("numbers.15551234567"), "");
  EXPECT_EQ(at("numbers.15551234567.gretting"), "unknown key; the nearest known one is greeting");
}

// Aim: B-CFG-1, no more problems than the list holds are kept, the rest is counted. Method: 200
// errors.
TEST_F(ReadTest, CountsProblemsBeyondTheList) {
  std::string json = "{\"allowFrom\":[";
  for (int i = 0; i < 200; ++i) json += i == 0 ? "1" : ",1";
  EXPECT_EQ(read(json + "]}"), Status::kInvalid);
  EXPECT_EQ(problems_->errors(), 200U);
  EXPECT_TRUE(problems_->full());
  EXPECT_EQ(problems_->list().size(), limits::kConfigProblemsMax);
  EXPECT_EQ(problems_->unlisted(),
            problems_->errors() + problems_->warnings() - limits::kConfigProblemsMax);
  EXPECT_EQ(read("{}"), Status::kOk);
  EXPECT_EQ(problems_->unlisted(), 0U);
}

// Aim: text that is no JSON object is one error with its place. Method: syntax errors and wrong
// tops.
TEST_F(ReadTest, ReportsSyntax) {
  EXPECT_EQ(read("{\n  \"app\": \"echo\",\n}"), Status::kInvalid);
  EXPECT_EQ(listing(), "error: not a valid JSON object from here on (line 3, column 1)\n");
  EXPECT_EQ(read("[]"), Status::kInvalid);
  EXPECT_EQ(read(""), Status::kInvalid);
  EXPECT_EQ(read("{\"app\":\"echo\",\"app\":\"tone\"}"), Status::kInvalid);
  EXPECT_EQ(listing(), "error: a name occurs twice in one object\n");
  EXPECT_EQ(read("{\"inboundGreeting\":\"\xFF\"}"), Status::kInvalid);
  EXPECT_EQ(read("{\"inboundGreeting\":\"\\u0000\"}"), Status::kInvalid);
  EXPECT_EQ(read("{\"a\":" + std::string(1000, '[') + "}"), Status::kInvalid);
  EXPECT_EQ(read("{\"serve\":{\"port\":" + std::string(1000, '9') + "}}"), Status::kInvalid);
  EXPECT_EQ(read("{\"inboundGreeting\":\"" + std::string(limits::kConfigBytesMax, 'x') + "\"}"),
            Status::kInvalid);
  EXPECT_EQ(listing(), "error: the document is larger than 256 KiB\n");
}

// --- Every field of the table
// -------------------------------------------------------------------------

std::string sample_of(const Field& field) {
  switch (field.format) {
    case Format::kE164: return "+15551234567";
    case Format::kAddress: return "192.0.2.7";
    case Format::kHost: return "calls.example.com";
    case Format::kPath: return "/some/path";
    case Format::kPublicUrl: return "https://calls.example.com/base";
    case Format::kLoopbackUrl: return "http://127.0.0.1:8080/base";
    case Format::kAppUrl: return "ws://192.168.0.9/app";
    case Format::kAccountSid: return "AC00112233445566778899aabbccddeeff";
    case Format::kKeySid: return "SK00112233445566778899aabbccddeeff";
    case Format::kPem: return "-----BEGIN KEY-----\nAAAA\n";
    default: break;
  }
  if (field.key == "region") return "us1";
  if (field.key == "edge") return "dublin";
  if (field.key == "app") return "tone";
  if (field.key == "fallback") return "hangup";
  return "some-text-that-is-long-enough-for-all";
}

// The field with this JSON value in the smallest document that has its scope; `place` is its path.
std::string document_with(const Field& field, std::string_view value, std::string& place) {
  std::string json = std::string(value);
  std::string_view rest = field.key;
  while (!rest.empty()) {
    const size_t dot = rest.rfind('.');
    const auto name = dot == std::string_view::npos ? rest : rest.substr(dot + 1);
    json = "\"" + std::string(name) + "\":" + json;
    if (dot != std::string_view::npos) json = "{" + json + "}";
    rest = dot == std::string_view::npos ? std::string_view() : rest.substr(0, dot);
  }
  place = std::string(field.key);
  switch (field.scope) {
    case Scope::kGeneral:
    case Scope::kEither: return "{" + json + "}";
    case Scope::kLine:
      place = "lines[0]." + place;
      if (field.key == "id") return R"({"lines":[{"provider":"mock",)" + json + "}]}";
      if (field.key == "provider") return R"({"lines":[{"id":"a",)" + json + "}]}";
      return R"({"lines":[{"id":"a","provider":"mock",)" + json + "}]}";
    case Scope::kApp:
      place = "apps.x." + place;
      if (field.key == "protocol") return R"({"apps":{"x":{)" + json + "}}}";
      return R"({"apps":{"x":{"protocol":"tone",)" + json + "}}}";
    case Scope::kNumber:
      place = R"(numbers["+15551234567"].)" + place;
      return R"({"numbers":{"+15551234567":{)" + json + "}}}";
  }
  return json;
}

bool is_list(const Field& field) {
  return field.access.type == FieldType::kTextList || field.access.type == FieldType::kAddressList;
}

// Aim: B-CFG-1, every key refuses every wrong type, at its path and only there. Method: the whole
// table times all kinds of values.
TEST_F(ReadTest, EveryKeyRefusesWrongTypes) {
  for (const Field& field : config_fields()) {
    for (const char* value : {"null", "true", "12", "-1.5", "\"\\u0007\"", "[]", "{}", "[{}]"}) {
      const std::string_view text = value;
      const bool is_array = text.front() == '[';
      if (field.access.type == FieldType::kBoolean && text == "true") continue;
      if (field.access.type == FieldType::kInteger && text == "12") continue;
      if ((is_list(field) || field.access.type == FieldType::kSecretList) && text == "[]") continue;
      std::string place;
      const std::string json = document_with(field, value, place);
      EXPECT_EQ(read(json), Status::kInvalid) << json;
      const std::string item = place + "[0]";
      EXPECT_NE(at(place) + (is_array ? at(item) : ""), "") << json << "\n" << listing();
      EXPECT_EQ(problems_->errors(), 1U) << json << "\n" << listing();
    }
  }
}

// Aim: B-CFG-1, every number keeps its range. Method: the ends and one beyond of each.
TEST_F(ReadTest, EveryNumberKeepsItsRange) {
  for (const Field& field : config_fields()) {
    if (field.access.type != FieldType::kInteger) continue;
    std::string place;
    const auto refused = [&](int64_t value) {
      inspect(document_with(field, std::to_string(value), place));
      return !at(place).empty() && at(place).find("whole number") != std::string::npos;
    };
    EXPECT_FALSE(refused(field.min)) << field.key;
    EXPECT_FALSE(refused(field.max)) << field.key;
    EXPECT_TRUE(refused(field.min - 1)) << field.key;
    EXPECT_TRUE(refused(field.max + 1)) << field.key;
    EXPECT_TRUE(refused(INT64_MAX)) << field.key;
    EXPECT_TRUE(refused(INT64_MIN)) << field.key;
    inspect(document_with(field, "1e300", place));
    EXPECT_NE(at(place), "") << field.key;
    inspect(document_with(field, "0.5", place));
    EXPECT_NE(at(place), "") << field.key;
  }
}

// Aim: B-CFG-1, every text keeps its limit, is refused beyond it and never cut. Method: each text
// at its limit where its form allows, and one byte over.
TEST_F(ReadTest, EveryTextKeepsItsLimit) {
  for (const Field& field : config_fields()) {
    if (field.access.add == nullptr) continue;
    std::string place;
    const bool list = is_list(field);
    const auto quoted = [&](const std::string& text) {
      return (list ? "[\"" : "\"") + text + (list ? "\"]" : "\"");
    };
    inspect(document_with(field, quoted(std::string(field.access.bytes_max + 1U, 'x')), place));
    EXPECT_EQ(at(list ? place + "[0]" : place),
              "expected at most " + std::to_string(field.access.bytes_max) + " bytes")
        << field.key;
    const bool free = field.format == Format::kPrintable || field.format == Format::kSpeech ||
                      field.format == Format::kFilePath;
    if (!free) continue;
    const std::string longest(field.access.bytes_max, 'x');
    inspect(document_with(field, quoted(longest), place));
    EXPECT_EQ(at(place), "") << field.key;
    if (!field.secret()) {
      EXPECT_NE(redacted().find(longest), std::string::npos) << field.key;
    }
  }
}

// Aim: every key is kept: what is given comes out of the redacted writer under the same key.
// Method: one valid value for each field; secrets come out hidden.
TEST_F(ReadTest, EveryKeyIsKept) {
  for (const Field& field : config_fields()) {
    std::vector<std::string> values;
    switch (field.access.type) {
      case FieldType::kBoolean: values = {"true", "false"}; break;
      case FieldType::kInteger:
        values = {std::to_string(field.min), std::to_string(field.max)};
        if (field.key == "outbound.reservedCalls") values[1] = "1";  // Below the cap.
        break;
      case FieldType::kChoice:
        for (const std::string_view word : field.words) {
          if (!word.empty()) values.push_back("\"" + std::string(word) + "\"");
        }
        break;
      case FieldType::kText:
      case FieldType::kSecret: values = {"\"" + sample_of(field) + "\""}; break;
      case FieldType::kTextList:
      case FieldType::kAddressList:
      case FieldType::kSecretList: values = {"[\"" + sample_of(field) + "\"]"}; break;
    }
    for (const std::string& value : values) {
      if (value.size() > field.access.bytes_max + 4U && field.access.add != nullptr) continue;
      std::string place;
      std::string json = document_with(field, value, place);
      for (size_t i = json.find('\n'); i != std::string::npos; i = json.find('\n')) {
        json.replace(i, 1, "\\n");
      }
      inspect(json);
      EXPECT_EQ(at(place).find("expected"), std::string::npos) << json << listing();
      const std::string text = redacted();
      json::Document document(*arena_);
      ASSERT_EQ(document.parse(text), Status::kOk) << text;
      json::Value found = document.root();
      if (field.scope == Scope::kLine) found = *found.member("lines").values().begin();
      if (field.scope == Scope::kApp) found = found.member("apps").member("x");
      if (field.scope == Scope::kNumber) found = found.member("numbers").member("+15551234567");
      std::string_view rest = field.key;
      while (!rest.empty()) {
        const size_t dot = rest.find('.');
        found = found.member(rest.substr(0, dot));
        rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
      }
      if (is_list(field) || field.access.type == FieldType::kSecretList) {
        ASSERT_EQ(found.size(), 1U) << field.key;
        found = *found.values().begin();
      }
      if (field.secret()) {
        EXPECT_EQ(found.text(), kHiddenSecret) << field.key;
        EXPECT_EQ(text.find(sample_of(field)), std::string::npos) << field.key;
      } else if (field.access.type == FieldType::kBoolean) {
        EXPECT_EQ(found.boolean().value_or(false), value == "true") << field.key;
      } else if (field.access.type == FieldType::kInteger) {
        EXPECT_EQ(std::to_string(found.integer(INT32_MIN, INT32_MAX).value_or(-7)), value)
            << field.key;
      } else if (field.access.type == FieldType::kChoice) {
        EXPECT_EQ("\"" + std::string(found.text()) + "\"", value) << field.key;
      } else {
        EXPECT_EQ(found.text(), sample_of(field)) << field.key;
      }
    }
  }
}

// Aim: lists and maps hold as many entries as section 26 says and refuse one more. Method: full and
// over.
TEST_F(ReadTest, ListsKeepTheirSize) {
  const auto repeated = [](size_t count, const auto& entry) {
    std::string text;
    for (size_t i = 0; i < count; ++i) text += (i == 0 ? "" : ",") + entry(i);
    return text;
  };
  const auto numbers = [&](size_t count) {
    return repeated(count, [](size_t i) { return "\"+4930" + std::to_string(1000 + i) + "\""; });
  };
  inspect("{\"allowFrom\":[" + numbers(256) + "]}");
  EXPECT_EQ(at("allowFrom"), "");
  EXPECT_EQ(config_->values.allow_from.size(), 256U);
  inspect("{\"allowFrom\":[" + numbers(257) + "]}");
  EXPECT_EQ(at("allowFrom"), "expected at most 256 entries");

  const auto hosts = [&](size_t count) {
    return repeated(count, [](size_t i) { return "\"h" + std::to_string(i) + ".example.com\""; });
  };
  inspect("{\"webhookSecurity\":{\"allowedHosts\":[" + hosts(16) + "]}}");
  EXPECT_EQ(problems_->errors(), 0U);
  inspect("{\"webhookSecurity\":{\"allowedHosts\":[" + hosts(17) + "]}}");
  EXPECT_EQ(at("webhookSecurity.allowedHosts"), "expected at most 16 entries");

  const auto routes = [&](size_t count) {
    return repeated(count, [](size_t i) { return "\"+4930" + std::to_string(1000 + i) + "\":{}"; });
  };
  inspect("{\"numbers\":{" + routes(64) + "}}");
  EXPECT_EQ(problems_->errors(), 0U);
  inspect("{\"numbers\":{" + routes(65) + "}}");
  EXPECT_EQ(at("numbers"), "expected at most 64 entries");

  const auto apps = [&](size_t count) {
    return repeated(
        count, [](size_t i) { return "\"a" + std::to_string(i) + "\":{\"protocol\":\"echo\"}"; });
  };
  inspect("{\"apps\":{" + apps(limits::kAppsMax) + "}}");
  EXPECT_EQ(problems_->errors(), 0U);
  inspect("{\"apps\":{" + apps(limits::kAppsMax + 1) + "}}");
  EXPECT_EQ(problems_->errors(), 1U);

  const auto lines = [&](size_t count) {
    return repeated(count, [](size_t i) {
      return R"({"id":"l)" + std::to_string(i) + R"(","provider":"mock","serve":{"path":"/l)" +
             std::to_string(i) + "\"}}";
    });
  };
  inspect("{\"lines\":[" + lines(limits::kLinesMax) + "]}");
  EXPECT_EQ(problems_->errors(), 0U) << listing();
  inspect("{\"lines\":[" + lines(limits::kLinesMax + 1) + "]}");
  EXPECT_EQ(at("lines"), "expected at most 8 lines");

  const auto params = [&](size_t count) {
    return "{\"apps\":{\"x\":{\"protocol\":\"echo\",\"params\":{" +
           repeated(count, [](size_t i) { return "\"p" + std::to_string(i) + "\":\"v\""; }) +
           "}}}}";
  };
  inspect(params(limits::kAppParamsMax));
  EXPECT_EQ(problems_->errors(), 0U);
  inspect(params(limits::kAppParamsMax + 1));
  EXPECT_EQ(at("apps.x.params"), "expected at most 8 entries");
  inspect(R"({"apps":{"x":{"protocol":"echo","params":{"a b":"","n":5,"l":")" +
          std::string(401, 'x') + "\"}}}}");
  EXPECT_EQ(problems_->errors(), 3U) << listing();
  inspect(with_line(R"("authToken2":"x")"));
  EXPECT_EQ(at("lines[0].authToken2"), "unknown key; the nearest known one is authToken");
  inspect(R"({"lines":[{"id":"a","provider":"twilio","authToken":["a","b","c"]}]})");
  EXPECT_EQ(at("lines[0].authToken"), "expected at most 2 entries");
}

// Aim: texts are kept in one form. Method: hosts, addresses and URLs in other spellings.
TEST_F(ReadTest, KeepsOneForm) {
  ASSERT_EQ(
      read(R"({"publicUrl":"https://x.example.com/hook/","webhookSecurity":{"allowedHosts":)"
           R"(["Calls.Example.COM","[2001:DB8:0:0::1]"],"trustedProxyIPs":["::ffff:192.0.2.1"]},)"
           R"("lines":[{"id":"a","provider":"twilio","apiBaseUrl":"http://localhost:9/api/"}]})"),
      Status::kOk)
      << listing();
  EXPECT_EQ(config_->values.public_url, "https://x.example.com/hook/");
  EXPECT_EQ(config_->values.allowed_hosts[0], "calls.example.com");
  EXPECT_EQ(config_->values.allowed_hosts[1], "[2001:db8::1]");
  EXPECT_EQ(config_->values.trusted_proxies[0], IpAddress::from_v4({192, 0, 2, 1}));
  EXPECT_EQ(config_->lines[0].api_base_url, "http://localhost:9/api");
}

// Aim: nobody's secret or phone number comes back in a problem's message, and the path for the log
// has no number either. Method: wrong values that are secrets and numbers, in every place that
// takes them.
TEST_F(ReadTest, TellsNoSecrets) {
  inspect(
      R"({"api":{"token":"hunter2"},"allowFrom":["555-0100-x"],"lines":[{"id":"a","provider":"twilio",)"
      R"("accountSid":"hunter2","authToken":"hun ter2","apiKeySid":"hunter2","fromNumber":"5550100"}],)"
      R"("numbers":{"+1 555 0100":{"greetin":"x"},"15550100":{"greetin":"x"},"+15550100":{"app":"no"}}})");
  EXPECT_GT(problems_->errors(), 8U);
  for (const Problem& problem : problems_->list()) {
    EXPECT_EQ(problem.message.view().find("hunter"), std::string_view::npos);
    EXPECT_EQ(problem.message.view().find("0100"), std::string_view::npos);
    EXPECT_EQ(problem.path_for_log().view().find("0100"), std::string_view::npos)
        << problem.path_for_log().view();
  }
  Problem problem;
  problem.path.set("numbers[\"+15550100\"].greetin");
  EXPECT_EQ(problem.path_for_log(), "numbers[...].greetin");
  problem.path.set("numbers.15550100");
  EXPECT_EQ(problem.path_for_log(), "numbers[...]");
  problem.path.set("lines[2].authToken");
  EXPECT_EQ(problem.path_for_log(), "lines[2].authToken");
}

// Aim: damaged documents are refused or taken, and nothing else happens. Method: the example cut at
// every byte, then 5,000 seeded damages of it.
TEST_F(ReadTest, SurvivesDamage) {
  const std::string whole(example_config());
  for (size_t size = 0; size + 2 < whole.size(); ++size) {
    EXPECT_EQ(read(std::string_view(whole).substr(0, size)), Status::kInvalid);
  }
  constexpr std::string_view kBytes = "{}[]\",:\\u0e-+.tfn \x01\x80\xFF/=";
  for (uint32_t seed = 1; seed <= 5000; ++seed) {
    std::mt19937 random(seed);
    std::string text = whole;
    for (size_t i = 1 + random() % 3; i > 0; --i) {
      const size_t place = random() % text.size();
      if (random() % 2 == 0) {
        text[place] = kBytes[random() % kBytes.size()];
      } else {
        text.erase(place, 1 + random() % 20);
      }
    }
    if (read(text) == Status::kOk) {
      EXPECT_FALSE(redacted().empty());
    }
  }
}

}  // namespace
}  // namespace hookflash
