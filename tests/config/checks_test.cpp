#include "config/checks.h"

#include "config/formats.h"
#include "config/nearest.h"
#include "config/readiness.h"
#include "config_reading.h"

namespace hookflash {
namespace {

class ChecksTest : public ConfigReading {
 protected:
  std::string readiness(size_t index = 0) {
    char text[300];
    TextWriter out(text);
    write_readiness(config_->lines[index], readiness_of(config_->lines[index]), out);
    return std::string(out.view());
  }
};

// Aim: B-CFG-2, a configuration that is as it should be has no problem of any kind. Method: one
// line; the example.
TEST_F(ChecksTest, LeavesGoodOnesAlone) {
  EXPECT_EQ(read(with_line()), Status::kOk);
  EXPECT_EQ(listing(), "");
  EXPECT_EQ(read(example_config()), Status::kOk);
  EXPECT_EQ(listing(), "");
}

// Aim: B-LIFE-6 and B-CFG-2, a line without what its carrier needs cannot start; one message names
// every missing key; the configuration is good all the same, so that other lines start. Method:
// every carrier with nothing, then with everything.
TEST_F(ChecksTest, NamesEveryMissingKey) {
  EXPECT_EQ(read(R"({"lines":[{"id":"a","provider":"twilio"},)"
                 R"({"id":"b","provider":"plivo","serve":{"path":"/b"}},)"
                 R"({"id":"c","provider":"telnyx","serve":{"path":"/c"}},)"
                 R"({"id":"d","provider":"mock","serve":{"path":"/d"}}]})"),
            Status::kOk)
      << listing();
  EXPECT_EQ(at("lines[0]", Severity::kLine),
            "missing: publicUrl (https, reachable from the internet), accountSid, authToken");
  EXPECT_EQ(readiness(), at("lines[0]", Severity::kLine));
  EXPECT_FALSE(readiness_of(config_->lines[0]).ready());
  EXPECT_EQ(
      at("lines[1]", Severity::kLine),
      "plivo is not available in this build yet; missing: publicUrl (https, reachable from the "
      "internet), authId, authToken");
  EXPECT_EQ(
      at("lines[2]", Severity::kLine),
      "telnyx is not available in this build yet; missing: publicUrl (https, reachable from the "
      "internet), apiKey, connectionId, publicKey");
  EXPECT_EQ(at("lines[3]", Severity::kLine), "mock is not available in this build yet");
  EXPECT_EQ(problems_->line_problems(), 4U);

  EXPECT_EQ(read(with_line()), Status::kOk);
  EXPECT_TRUE(readiness_of(config_->lines[0]).ready());
  EXPECT_EQ(readiness(), "");
}

// Aim: a bench line whose webhooks could never verify is warned about, with what to write. Method:
// a loopback apiBaseUrl without publicUrl, and each of the ways out.
TEST_F(ChecksTest, BenchLineWithoutPublicUrlIsWarnedAbout) {
  const auto bench = [](const std::string& top, const std::string& line) {
    return "{" + top + R"("serve":{"port":4000},"lines":[{"id":"a","provider":"twilio",)" + line +
           R"("fromNumber":"+15551234567","accountSid":"AC00000000000000000000000000000000",)" +
           R"("authToken":"0123456789abcdef0123456789abcdef",)" +
           R"("apiBaseUrl":"http://127.0.0.1:4001"}]})";
  };
  EXPECT_EQ(read(bench("", "")), Status::kOk) << listing();
  EXPECT_NE(at("lines[0].publicUrl", Severity::kWarning).find("http://127.0.0.1:4000"),
            std::string::npos)
      << listing();
  EXPECT_EQ(read(bench(R"("publicUrl":"http://127.0.0.1:4000",)", "")), Status::kOk);
  EXPECT_EQ(listing().find("lines[0].publicUrl"), std::string::npos) << listing();
  EXPECT_EQ(read(bench("", R"("skipSignatureVerification":true,)")), Status::kOk);
  EXPECT_EQ(listing().find("lines[0].publicUrl"), std::string::npos) << listing();
}

// Aim: an app's parameters do not hide those that every application gets, and none is longer than
// carriers allow. Method: a name of each kind; the longest that fits and one byte more.
TEST_F(ChecksTest, AppParametersKeepOffTheBoxsOwn) {
  const auto with_param = [](const std::string& name, const std::string& value) {
    return R"({"apps":{"bot":{"protocol":"twilio","url":"wss://bot.example.com/","params":{")" +
           name + "\":\"" + value + "\"}}}}";
  };
  for (const char* name : {"callId", "from", "to", "direction", "line", "sessionKey", "resumed"}) {
    EXPECT_NE(read(with_param(name, "x")), Status::kOk) << name;
    EXPECT_NE(at("apps.bot.params." + std::string(name), Severity::kError), "") << listing();
  }
  EXPECT_EQ(read(with_param("callid", "x")), Status::kOk) << listing();
  EXPECT_EQ(read(with_param(std::string(64, 'n'), std::string(400, 'v'))), Status::kOk)
      << listing();
  EXPECT_NE(read(with_param("n", std::string(401, 'v'))), Status::kOk);
  EXPECT_NE(read(with_param(std::string(65, 'n'), "v")), Status::kOk);
}

// Aim: B-CFG-2, a disabled line is checked like the others, but never ready. Method: one without
// credentials, one complete.
TEST_F(ChecksTest, ChecksDisabledLines) {
  EXPECT_EQ(read(R"({"lines":[{"id":"a","provider":"twilio","enabled":false}]})"), Status::kOk);
  EXPECT_NE(at("lines[0]", Severity::kLine), "");
  EXPECT_EQ(read(with_line(R"("enabled":false)")), Status::kOk);
  EXPECT_EQ(listing(), "");
  EXPECT_FALSE(readiness_of(config_->lines[0]).ready());
  EXPECT_TRUE(readiness_of(config_->lines[0]).missing.empty());
}

// Aim: B-LIFE-6, publicUrl must be https and not loopback, private, link-local, unique-local or
// CGNAT; a bench line needs none. Method: addresses of each kind and names.
TEST_F(ChecksTest, WantsAPublicUrl) {
  const auto ready = [&](std::string_view url) {
    const Status status =
        read(R"({"publicUrl":")" + std::string(url) +
             R"(","lines":[{"id":"a","provider":"twilio","fromNumber":"+15551234567",)"
             R"("accountSid":"AC00112233445566778899aabbccddeeff","authToken":"t"}]})");
    EXPECT_EQ(status, Status::kOk) << url << listing();
    return readiness_of(config_->lines[0]).ready();
  };
  for (const char* good : {"https://calls.example.com", "HTTPS://calls.example.com:8443/hook",
                           "https://8.8.8.8", "https://[2606:4700::1111]"}) {
    EXPECT_TRUE(ready(good)) << good;
  }
  for (const char* bad :
       {"http://localhost", "https://localhost", "http://127.0.0.1:3334", "https://127.9.9.9",
        "https://[::1]", "https://10.0.0.1", "https://172.16.0.1", "https://192.168.1.1",
        "https://169.254.1.1", "https://100.64.0.1", "https://[fe80::1]", "https://[fd00::1]",
        "https://0.0.0.0", "https://box.local", "https://box", "https://a.localhost",
        "https://[::ffff:10.0.0.1]"}) {
    EXPECT_FALSE(ready(bad)) << bad;
    EXPECT_NE(readiness().find("not reachable from the internet"), std::string::npos) << bad;
  }
  EXPECT_EQ(read(R"({"lines":[{"id":"a","provider":"twilio","fromNumber":"+15551234567",)"
                 R"("apiBaseUrl":"http://127.0.0.1:4000",)"
                 R"("accountSid":"AC00112233445566778899aabbccddeeff","authToken":"t"}]})"),
            Status::kOk);
  EXPECT_TRUE(readiness_of(config_->lines[0]).ready());
  EXPECT_NE(warning("lines[0].apiBaseUrl"), "");
}

// Aim: B-SIG-7, skipping signatures is taken only on a loopback listener with publicUrl unset or
// loopback, in general and in a line, and warned about. Method: all combinations.
TEST_F(ChecksTest, RefusesToSkipSignaturesInPublic) {
  const auto skip = [&](const char* bind, const char* url) {
    const std::string more = *url == '\0' ? "" : R"(,"publicUrl":")" + std::string(url) + "\"";
    return read(R"({"serve":{"bind":")" + std::string(bind) +
                R"("},"skipSignatureVerification":true)" + more + "}");
  };
  EXPECT_EQ(skip("127.0.0.1", ""), Status::kOk);
  EXPECT_NE(warning("skipSignatureVerification"), "");
  EXPECT_EQ(skip("::1", "http://localhost:3334"), Status::kOk);
  EXPECT_EQ(skip("127.0.0.1", "https://127.0.0.1"), Status::kOk);
  EXPECT_EQ(skip("127.0.0.1", "https://calls.example.com"), Status::kInvalid);
  EXPECT_NE(at("skipSignatureVerification"), "");
  EXPECT_EQ(skip("127.0.0.1", "https://192.168.1.2"), Status::kInvalid);
  EXPECT_EQ(skip("0.0.0.0", ""), Status::kInvalid);
  EXPECT_EQ(skip("::", ""), Status::kInvalid);
  EXPECT_EQ(skip("192.168.1.2", ""), Status::kInvalid);
  EXPECT_EQ(read(with_line(R"("skipSignatureVerification":true)")), Status::kInvalid);
  EXPECT_NE(at("lines[0].skipSignatureVerification"), "");
  // In general allowed, but this line has a public URL of its own.
  EXPECT_EQ(read(with_line("", R"("skipSignatureVerification":true)")), Status::kInvalid);
  EXPECT_NE(at("lines[0].skipSignatureVerification"), "");
  EXPECT_EQ(read(with_line(R"("skipSignatureVerification":false)",
                           R"("skipSignatureVerification":true)")),
            Status::kOk)
      << listing();
}

// Aim: B-INB-5, pairing is refused with what to use instead. Method: at the top, in a line, in
// numbers.
TEST_F(ChecksTest, RefusesPairing) {
  const std::string message = "pairing is not available yet; use allowlist";
  EXPECT_EQ(read(R"({"inboundPolicy":"pairing"})"), Status::kInvalid);
  EXPECT_EQ(at("inboundPolicy"), message);
  EXPECT_EQ(read(with_line(R"("inboundPolicy":"pairing")")), Status::kInvalid);
  EXPECT_EQ(at("lines[0].inboundPolicy"), message);
  EXPECT_EQ(read(R"({"numbers":{"+15551234567":{"inboundPolicy":"pairing"}}})"), Status::kInvalid);
  EXPECT_EQ(at("numbers[\"+15551234567\"].inboundPolicy"), message);
}

// Aim: B-REAP-3, a reaper below the longest call is warned about, 0 and others are not; a line's
// own values count together with the general ones. Method: around the edge.
TEST_F(ChecksTest, WarnsAboutTheReaper) {
  inspect(R"({"staleCallReaperSeconds":120})");
  EXPECT_NE(warning("staleCallReaperSeconds").find("120 to 300"), std::string::npos);
  for (const char* good : {"0", "300", "301"}) {
    inspect(R"({"staleCallReaperSeconds":)" + std::string(good) + "}");
    EXPECT_EQ(warning("staleCallReaperSeconds"), "") << good;
  }
  inspect(R"({"staleCallReaperSeconds":299})");
  EXPECT_NE(warning("staleCallReaperSeconds"), "");
  inspect(with_line(R"("maxDurationSeconds":600)", R"("staleCallReaperSeconds":300)"));
  EXPECT_EQ(warning("staleCallReaperSeconds"), "");
  EXPECT_NE(warning("lines[0].staleCallReaperSeconds"), "");
}

// Aim: B-CFG-2, every line has its own id and path, and no path belongs to another route. Method:
// equal ones, the box's own routes, the stream path.
TEST_F(ChecksTest, WantsUniqueIdsAndPaths) {
  EXPECT_EQ(read(R"({"lines":[)" + line() + "," + line("", "other") + "]}"), Status::kInvalid);
  EXPECT_EQ(at("lines[1].serve.path"), "is the path of lines[0] too; every line needs its own");
  EXPECT_EQ(read(R"({"lines":[)" + line() + "," + line(R"("serve":{"path":"/b"})") + "]}"),
            Status::kInvalid);
  EXPECT_EQ(at("lines[1].id"), "is the id of lines[0] too");
  EXPECT_EQ(read(R"({"lines":[)" + line() + "," + line(R"("serve":{"path":"/b"})", "b") + "]}"),
            Status::kOk);
  for (const char* path : {"/twiml", "/call/outbound", "/health", "/ws", "/metrics",
                           "/api/v1/calls", "/api", "/voice/stream", "/admin"}) {
    EXPECT_EQ(read(with_line(R"("serve":{"path":")" + std::string(path) + "\"}")), Status::kInvalid)
        << path;
    EXPECT_NE(at("lines[0].serve.path"), "") << path;
  }
  EXPECT_EQ(read(with_line(R"("serve":{"path":"/apis"})")), Status::kOk);
  EXPECT_EQ(read(R"({"streaming":{"streamPath":"/ws"}})"), Status::kInvalid);
  for (const char* path :
       {"", "/", "voice", "/a/", "//a", "/a/../b", "/./a", "/a b", "/a%20b", "/a?b"}) {
    EXPECT_EQ(read(R"({"serve":{"path":")" + std::string(path) + "\"}}"), Status::kInvalid) << path;
  }
}

// Aim: B-CFG-2, a Twilio line that streams is warned about a port other than 443. Method: ports,
// own and general URL, streams off.
TEST_F(ChecksTest, WarnsAboutPorts) {
  const auto general = [&](const char* url, const char* more = "") {
    inspect(R"({"publicUrl":")" + std::string(url) +
            R"(","lines":[{"id":"a","provider":"twilio","fromNumber":"+15551234567")" + more +
            "}]}");
    return !warning("publicUrl").empty();
  };
  EXPECT_FALSE(general("https://calls.example.com"));
  EXPECT_FALSE(general("https://calls.example.com:443/x"));
  EXPECT_TRUE(general("https://calls.example.com:8443"));
  EXPECT_FALSE(general("https://calls.example.com:8443", R"(,"streaming":{"enabled":false})"));
  inspect(R"({"lines":[{"id":"a","provider":"twilio","publicUrl":"https://x.example.com:8443"}]})");
  EXPECT_NE(warning("lines[0].publicUrl"), "");
}

// Aim: a key that the provider or protocol cannot honour is a warning by name. Method: every such
// key on another provider's line; app keys.
TEST_F(ChecksTest, WarnsAboutKeysWithoutEffect) {
  inspect(with_line(R"("apiKey":"k","connectionId":"c","publicKey":"p","authId":"i")"));
  EXPECT_EQ(problems_->warnings(), 4U) << listing();
  EXPECT_EQ(warning("lines[0].apiKey"), "has no effect with provider twilio");
  inspect(
      R"({"lines":[{"id":"a","provider":"mock","region":"us1","edge":"dublin","authToken":"t",)"
      R"("accountSid":"AC00112233445566778899aabbccddeeff","apiBaseUrl":"http://127.0.0.1"}]})");
  for (const char* key : {"region", "edge", "authToken", "accountSid", "apiBaseUrl"}) {
    EXPECT_NE(warning("lines[0]." + std::string(key)), "") << key;
  }
  inspect(with_line("", R"("webhookSecurity":{"plivoRequireV3":true})"));
  EXPECT_NE(warning("webhookSecurity.plivoRequireV3"), "");
  inspect(with_line("", R"("history":{"keepTranscripts":true})"));
  EXPECT_EQ(warning("history.keepTranscripts"), "");
  inspect(R"({"apps":{"x":{"protocol":"echo","url":"ws://a.b/","file":"/f","fallback":"echo"}}})");
  EXPECT_EQ(problems_->warnings(), 4U) << listing();  // With that of no line.
}

// Aim: region and edge name hosts that the carrier has (B-PRV-3's list), with the nearest edge for
// a slip. Method: good and bad pairs.
TEST_F(ChecksTest, KnowsRegionsAndEdges) {
  EXPECT_EQ(read(with_line(R"("region":"us1")")), Status::kOk);
  EXPECT_EQ(read(with_line(R"("edge":"frankfurt")")), Status::kOk);
  EXPECT_EQ(read(with_line(R"("region":"ie1","edge":"dublin")")), Status::kOk);
  EXPECT_EQ(read(with_line(R"("region":"au1")")), Status::kInvalid);
  EXPECT_NE(at("lines[0].edge"), "");
  EXPECT_EQ(read(with_line(R"("region":"de1","edge":"frankfurt")")), Status::kInvalid);
  EXPECT_EQ(read(with_line(R"("edge":"frankfrut")")), Status::kInvalid);
  EXPECT_EQ(at("lines[0].edge"), "is no edge of the carrier; the nearest one is frankfurt");
}

// Aim: an apiBaseUrl leads to loopback and nowhere else. Method: other hosts in every disguise.
TEST_F(ChecksTest, KeepsApiBaseUrlOnLoopback) {
  const auto taken = [&](std::string_view url) {
    return read(with_line(R"("apiBaseUrl":")" + std::string(url) + "\"")) == Status::kOk;
  };
  for (const char* good : {"http://127.0.0.1:4000", "https://localhost:1/base", "http://[::1]:8080",
                           "http://127.255.0.9"}) {
    EXPECT_TRUE(taken(good)) << good;
  }
  for (const char* bad :
       {"http://example.com", "http://192.168.0.1", "http://0.0.0.0",
        "http://localhost.example.com", "http://127.0.0.1@example.com",
        "http://example.com#@127.0.0.1", "http://127.0.0.1?x", "http://127.1", "http://2130706433",
        "http://0x7f.0.0.1", "http://127.0.0.1.nip.io", "ws://127.0.0.1", "127.0.0.1", "",
        "http://", "http://[::1", "http://[::ffff:8.8.8.8]"}) {
    EXPECT_FALSE(taken(bad)) << bad;
  }
}

// Aim: the rest of the checks. Method: each rule broken once.
TEST_F(ChecksTest, ChecksPairsAndNames) {
  EXPECT_EQ(read(R"({"serve":{"tls":{"certFile":"/c.pem"}}})"), Status::kInvalid);
  EXPECT_NE(at("serve.tls.keyFile"), "");
  EXPECT_EQ(read(R"({"serve":{"tls":{"keyFile":"/k.pem"}}})"), Status::kInvalid);
  EXPECT_NE(at("serve.tls.certFile"), "");
  EXPECT_EQ(read(R"({"serve":{"tls":{"certFile":"/c.pem","keyFile":"/k.pem"}}})"), Status::kOk);

  EXPECT_EQ(read(R"({"api":{"token":")" + std::string(31, 'x') + "\"}}"), Status::kInvalid);
  EXPECT_EQ(at("api.token"), "expected at least 32 characters");
  EXPECT_EQ(read(R"({"api":{"token":")" + std::string(32, 'x') + "\"}}"), Status::kOk);

  EXPECT_EQ(read(R"({"maxConcurrentCalls":2,"outbound":{"reservedCalls":2}})"), Status::kInvalid);
  EXPECT_NE(at("outbound.reservedCalls"), "");
  EXPECT_EQ(read(R"({"maxConcurrentCalls":2,"outbound":{"reservedCalls":1}})"), Status::kOk);

  EXPECT_EQ(read(with_line(R"("apiKeySid":"SK00112233445566778899aabbccddeeff")")),
            Status::kInvalid);
  EXPECT_NE(at("lines[0].apiKeySecret"), "");
  EXPECT_EQ(read(with_line(R"("apiKeySecret":"s")")), Status::kInvalid);
  EXPECT_NE(at("lines[0].apiKeySid"), "");

  EXPECT_EQ(read(R"({"app":"ecco"})"), Status::kInvalid);
  EXPECT_EQ(at("app"), "there is no app of this name; the nearest one is echo");
  EXPECT_EQ(read(R"({"apps":{"bot":{"protocol":"echo"}},"app":"bit"})"), Status::kInvalid);
  EXPECT_EQ(at("app"), "there is no app of this name; the nearest one is bot");
  EXPECT_EQ(read(with_line(R"("app":"no")")), Status::kInvalid);
  EXPECT_NE(at("lines[0].app"), "");
  EXPECT_EQ(read(R"({"numbers":{"+15551234567":{"app":"no"}}})"), Status::kInvalid);
  EXPECT_NE(at("numbers[\"+15551234567\"].app"), "");

  EXPECT_EQ(read(R"({"apps":{"x":{"protocol":"twilio"},"y":{"protocol":"announce"},)"
                 R"("z":{"protocol":"openai-realtime","url":"wss://a.example.com/"}}})"),
            Status::kInvalid);
  EXPECT_NE(at("apps.x.url"), "");
  EXPECT_NE(at("apps.y.file"), "");
  EXPECT_NE(at("apps.z.protocol").find("not available"), std::string::npos);

  const auto app = [](const char* name, const char* fallback) {
    return "\"" + std::string(name) +
           R"(":{"protocol":"twilio","url":"ws://127.0.0.1/","fallback":")" + fallback + "\"}";
  };
  EXPECT_EQ(read("{\"apps\":{" + app("a", "a") + "}}"), Status::kInvalid);
  EXPECT_NE(at("apps.a.fallback"), "");
  EXPECT_EQ(read("{\"apps\":{" + app("a", "b") + "," + app("b", "a") + "}}"), Status::kInvalid);
  EXPECT_EQ(read("{\"apps\":{" + app("a", "b") + "," + app("b", "tone") + "}}"), Status::kOk);
  EXPECT_EQ(read("{\"apps\":{" + app("a", "no") + "}}"), Status::kInvalid);

  inspect(R"({"serve":{"bind":"0.0.0.0"}})");
  EXPECT_NE(warning("api.token"), "");
  inspect(R"({"api":{"bind":"0.0.0.0"}})");
  EXPECT_NE(warning("api.token"), "");
  inspect("{}");
  EXPECT_EQ(warning("api.token"), "");
  EXPECT_NE(warning("lines"), "");
  inspect(R"({"inboundPolicy":"allowlist"})");
  EXPECT_NE(warning("allowFrom"), "");
  inspect(R"({"maxDurationSeconds":14401})");
  EXPECT_NE(warning("maxDurationSeconds"), "");
  inspect(R"({"lines":[{"id":"a","provider":"twilio"}]})");
  EXPECT_NE(warning("lines[0].fromNumber"), "");
}

// Aim: B-CFG-1, E.164 is plus, a digit 1 to 9, then 1 to 14 digits. Method: edges.
TEST(Formats, KnowE164) {
  for (const char* good : {"+12", "+15551234567", "+123456789012345"}) EXPECT_TRUE(is_e164(good));
  for (const char* bad :
       {"", "+", "+1", "+0123456", "15551234567", "+1234567890123456", "+1555-123", "+1 555",
        "++1555", "+1555x", "tel:+1555", " +1555", "+1555 "}) {
    EXPECT_FALSE(is_e164(bad)) << bad;
  }
}

// Aim: hosts are told apart. Method: names and addresses of every kind and broken ones.
TEST(Formats, KnowHosts) {
  for (const char* bad :
       {"", ".", "a..b", "-a.com", "a-.com", "a_b.com", "a.com.", "a b", "1.2.3", "256.1.1.1",
        "1.2.3.4.5", "[1.2.3.4]", "::1", "[::1", "[]", "[fe80::1%25eth0]", "a:80", "a@b"}) {
    EXPECT_EQ(reach_of_host(bad), Reach::kInvalid) << bad;
  }
  EXPECT_EQ(reach_of_host(std::string(63, 'a') + ".com"), Reach::kPublic);
  EXPECT_EQ(reach_of_host(std::string(64, 'a') + ".com"), Reach::kInvalid);
  EXPECT_EQ(reach_of_host("LOCALHOST"), Reach::kLoopback);
  EXPECT_EQ(reach_of_host("notlocalhost"), Reach::kInside);
  EXPECT_EQ(reach_of_host("127.0.0.1"), Reach::kLoopback);
  EXPECT_EQ(reach_of_host("10.1.2.3"), Reach::kInside);
  EXPECT_EQ(reach_of_host("1.1.1.1"), Reach::kPublic);
  EXPECT_EQ(reach_of_host("xn--nxasmq6b.example"), Reach::kPublic);
}

// Aim: the distance counts what a typing finger does. Method: one slip of each kind, case, long
// texts.
TEST(Nearest, CountsSlips) {
  EXPECT_EQ(edit_distance("port", "port"), 0U);
  EXPECT_EQ(edit_distance("Port", "pORT"), 0U);
  EXPECT_EQ(edit_distance("prot", "port"), 1U);
  EXPECT_EQ(edit_distance("por", "port"), 1U);
  EXPECT_EQ(edit_distance("ports", "port"), 1U);
  EXPECT_EQ(edit_distance("pxrt", "port"), 1U);
  EXPECT_EQ(edit_distance("", "port"), 4U);
  EXPECT_EQ(edit_distance("ca", "abc"), 3U);
  EXPECT_EQ(edit_distance(std::string(500, 'a'), std::string(500, 'b')), 64U);
  NearestKey nearest("leadms");
  for (const char* key : {"serve.port", "streaming.leadMs", "log.level"}) nearest.consider(key);
  EXPECT_EQ(nearest.key(), "streaming.leadMs");
}

}  // namespace
}  // namespace hookflash
