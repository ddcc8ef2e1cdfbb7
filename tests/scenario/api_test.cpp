// Aim: the API answers every bad request in the one form {"error":{"code","message","path"}} and
// lists, shows and steers calls. Method: requests to the real appliance in virtual time; each route
// of the table gets each kind of fault that can befall it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "appliance/routes.h"
#include "json/document.h"
#include "webhook.h"

namespace hookflash::sim {
namespace {

using ::testing::HasSubstr;

constexpr const char* kToken = "0123456789abcdef0123456789abcdef";
constexpr const char* kJsonType = "Content-Type: application/json";

std::string token_config(const std::string& more = "") {
  return box_config(R"(,"api":{"token":")" + std::string(kToken) + "\"}" + more);
}

std::string authorization(std::string_view token = kToken) {
  return "Authorization: Bearer " + std::string(token);
}

// The answer is an error of this status in the documented form; returns its code.
std::string error_code(const HttpAnswer& answer, int status, std::string_view what) {
  EXPECT_EQ(answer.status, status) << what << ": " << answer.body;
  EXPECT_EQ(answer.header("content-type"), "application/json") << what;
  auto arena = std::make_unique<json::Arena>();
  json::Document document(*arena);
  EXPECT_EQ(document.parse(answer.body), Status::kOk) << what << ": " << answer.body;
  const json::Value error = document.root().member("error");
  EXPECT_FALSE(error.member("code").text().empty()) << what << ": " << answer.body;
  EXPECT_FALSE(error.member("message").text().empty()) << what << ": " << answer.body;
  EXPECT_TRUE(error.member("path").is_string()) << what << ": " << answer.body;
  return std::string(error.member("code").text());
}

std::string error_path(const HttpAnswer& answer) {
  auto arena = std::make_unique<json::Arena>();
  json::Document document(*arena);
  EXPECT_EQ(document.parse(answer.body), Status::kOk) << answer.body;
  return std::string(document.root().member("error").member("path").text());
}

// The path of a route with some call's id in it.
std::string target_of(const Route& route) {
  std::string path(route.path);
  if (const size_t at = path.find("{id}"); at != std::string::npos) {
    path.replace(at, 4, "00000000-0000-4000-8000-000000000000");
  }
  return path;
}

bool has_body(const Route& route) {
  return route.method == "POST" && route.id != RouteId::kWebhook && route.id != RouteId::kHangup;
}

// B-API-2: the token is asked for on each route, before anything else is looked at.
TEST(ApiErrors, EachRouteWantsTheToken) {
  Box box(token_config());
  for (const Route& route : kRoutes) {
    if (route.access != Access::kLocal) continue;
    const std::string target = target_of(route);
    const std::vector<std::vector<std::string>> wrong = {
        {},
        {authorization("fedcba9876543210fedcba9876543210")},
        {authorization("0123456789abcdef")},
        {authorization(std::string(kToken) + "0")},
        {"Authorization: Basic " + std::string(kToken)},
        {"Authorization: Bearer"}};
    for (const auto& headers : wrong) {
      const HttpAnswer answer = box.world.request(
          {.method = std::string(route.method), .target = target, .headers = headers});
      EXPECT_EQ(error_code(answer, 401, target), "unauthorized");
      EXPECT_EQ(answer.header("www-authenticate"), "Bearer");
    }
  }
}

// B-API-2: without a token nothing is served where the box can be reached from outside.
TEST(ApiErrors, WithoutATokenNothingIsServedBehindAPublicUrl) {
  Box box;  // Its publicUrl is public.
  for (const Route& route : kRoutes) {
    if (route.access != Access::kLocal) continue;
    const HttpAnswer answer =
        box.world.request({.method = std::string(route.method), .target = target_of(route)});
    EXPECT_EQ(error_code(answer, 404, target_of(route)), "not-found");
  }
}

TEST(ApiErrors, EachRouteRefusesOtherMethods) {
  Box box(token_config());
  for (const Route& route : kRoutes) {
    if (route.path.empty() || route.access == Access::kPublic) continue;
    const HttpAnswer answer = box.world.request(
        {.method = "DELETE", .target = target_of(route), .headers = {authorization()}});
    EXPECT_EQ(error_code(answer, 405, target_of(route)), "method-not-allowed");
    EXPECT_THAT(std::string(answer.header("allow")), HasSubstr(std::string(route.method)));
  }
  EXPECT_EQ(error_code(box.world.get("/api/v1/nothing"), 404, "no route"), "not-found");
  EXPECT_EQ(error_code(box.world.get("/api/v1/calls/"), 404, "no id"), "not-found");
  EXPECT_EQ(error_code(box.world.get("/api/v1/calls/a/b/hangup"), 404, "ids"), "not-found");
}

TEST(ApiErrors, EachBodyIsCheckedAllTheSame) {
  Box box(token_config());
  const std::string deep = "{\"to\":" + std::string(5000, '[') + std::string(2000, ']') + "}";
  const std::vector<std::pair<std::string, std::string>> bodies = {
      {"nothing", ""},
      {"no JSON", "to=+15557654321"},
      {"cut off", R"({"to":"+1555)"},
      {"an array", R"(["+15557654321"])"},
      {"a text", R"("+15557654321")"},
      {"a wrong type", R"({"to":15557654321,"text":{},"app":7,"digits":1})"},
      {"a huge number", R"({"to":1e999999,"text":1e999999,"app":1e999999,"digits":1e999999})"},
      {"very many digits", "{\"to\":" + std::string(4000, '9') + "}"},
      {"a bomb", deep},
      {"an unknown member",
       R"({"to":"+15557654321","text":"a","app":"a","digits":"1","colour":7})"},
      {"a member twice", R"({"to":"+15557654321","to":"+15557654321"})"},
      {"null", R"({"to":null,"text":null,"app":null,"digits":null})"},
      {"a NUL", R"({"to":"\u0000","text":"\u0000","app":"\u0000","digits":"\u0000"})"},
      {"broken UTF-8", "{\"to\":\"\xC3\x28\",\"text\":\"\xC3\x28\"}"},
      {"half a surrogate", R"({"to":"\ud800","text":"\ud800","app":"\ud800","digits":"\ud800"})"},
      {"something behind", R"({"to":"+15557654321"} {})"}};
  for (const Route& route : kRoutes) {
    if (!has_body(route)) continue;
    const std::string target = target_of(route);
    for (const auto& [what, body] : bodies) {
      const HttpAnswer answer = box.world.request({.method = "POST",
                                                   .target = target,
                                                   .headers = {authorization(), kJsonType},
                                                   .body = body});
      EXPECT_EQ(error_code(answer, 400, target + " " + what), "invalid");
    }
    const HttpAnswer form = box.world.request(
        {.method = "POST",
         .target = target,
         .headers = {authorization(), "Content-Type: application/x-www-form-urlencoded"},
         .body = "to=1"});
    EXPECT_EQ(error_code(form, 415, target), "unsupported-media-type");
    const HttpAnswer large = box.world.request({.method = "POST",
                                                .target = target,
                                                .headers = {authorization(), kJsonType},
                                                .body = std::string(9000, ' ')});
    EXPECT_EQ(error_code(large, 413, target), "too-large");
  }
  EXPECT_EQ(box.counts().call_slots, 0U);
}

// B-API-1: all problems of a request to place a call, each with its path.
TEST(ApiErrors, PlacingNamesEveryProblem) {
  Box box(token_config());
  const HttpAnswer answer = box.world.post_json(
      "/api/v1/calls",
      R"({"to":"0049","line":"no","mode":"shout","app":"no","dtmfSequence":"x","colour":"red",)"
      R"("message":7})",
      {authorization()});
  EXPECT_EQ(error_code(answer, 400, "place"), "invalid");
  for (const char* path : {"to", "line", "mode", "app", "dtmfSequence", "colour", "message"}) {
    EXPECT_THAT(answer.body, HasSubstr("{\"path\":\"" + std::string(path) + "\"")) << path;
  }
  EXPECT_EQ(answer.body.find("0049"), std::string::npos) << "values are not repeated";
}

// Aim: many unknown members of long names still give an answer that fits. Method: as many as a body
// holds.
TEST(ApiErrors, ManyUnknownMembersAreCutShort) {
  Box box(token_config());
  std::string body = "{";
  for (int i = 0; i < 60; ++i) {
    body += (i == 0 ? "\"" : ",\"") + std::to_string(i) + std::string(100, '\x01') + "\":1";
  }
  for (size_t at = 0; (at = body.find('\x01', at)) != std::string::npos;) body.replace(at, 1, "z");
  const HttpAnswer answer = box.world.post_json("/call/outbound", body + "}", {authorization()});
  EXPECT_EQ(error_code(answer, 400, "many"), "invalid");
}

// B-API-1: an error that no member is to blame for has an empty path, others name theirs.
TEST(ApiErrors, CommandsSayWhatIsWrong) {
  Box box(token_config());
  const CallRef ref = box.world.inbound_call("+15557654321");
  box.world.run(Duration::seconds(3));
  const HttpAnswer list =
      box.world.request({.target = "/api/v1/calls?limit=0", .headers = {authorization()}});
  ASSERT_EQ(list.status, 200);
  const size_t at = list.body.find("callId\":\"");
  ASSERT_NE(at, std::string::npos) << list.body;
  const std::string call = "/api/v1/calls/" + list.body.substr(at + 9, 36);
  const auto post = [&](const std::string& what, const std::string& body) {
    return box.world.post_json(call + what, body, {authorization()});
  };
  EXPECT_EQ(error_code(post("/speak", R"({"text":"hello"})"), 409, "speak"), "stream-active");
  EXPECT_EQ(error_path(post("/speak", R"({"text":""})")), "text");
  EXPECT_EQ(error_path(post("/speak", R"({"text":"a","colour":1})")), "colour");
  EXPECT_EQ(
      error_code(post("/speak", "{\"text\":\"" + std::string(1025, 'a') + "\"}"), 400, "long"),
      "invalid");
  const HttpAnswer play = post("/play", R"({"app":"echo"})");
  EXPECT_EQ(error_code(play, 400, "play"), "invalid");
  EXPECT_EQ(error_path(play), "app");
  EXPECT_EQ(error_path(post("/digits", R"({"digits":"12x"})")), "digits");
  EXPECT_EQ(error_code(post("/hangup", R"({"why":"so"})"), 400, "hangup"), "invalid");
  EXPECT_EQ(post("/hangup", "{}").status, 200);
  box.world.run(Duration::seconds(3));
  EXPECT_EQ(error_code(post("/speak", R"({"text":"hello"})"), 409, "over"), "ended");
  EXPECT_EQ(box.world.call(ref).state, twilio::carrier::CallState::kCompleted);
}

// B-REC-6: a call is found by its callId and by the carrier's id, a live one before a finished one;
// neither number nor text of it is shown.
TEST(ApiList, FindsByEitherId) {
  Box box(token_config());
  const auto show = [&](const std::string& id) {
    return box.world.request({.target = "/api/v1/calls/" + id, .headers = {authorization()}});
  };
  const std::string sid = "CA" + std::string(32, 'd');
  ASSERT_EQ(send(box, hook(sid, "ringing")).status, 200);
  const HttpAnswer live = show(sid);
  ASSERT_EQ(live.status, 200) << live.body;
  EXPECT_THAT(live.body, HasSubstr(R"("state":"ringing")"));
  EXPECT_EQ(show(call_id_of(live)).body, live.body);
  EXPECT_EQ(live.body.find("+1555"), std::string::npos);
  ASSERT_EQ(send(box, hook(sid, "busy").as_status()).status, 200);
  EXPECT_THAT(show(sid).body, HasSubstr(R"("endReason":"busy")"));
  EXPECT_EQ(show(call_id_of(live)).body, show(sid).body);
  EXPECT_EQ(error_code(show("CA" + std::string(32, 'e')), 404, "unknown"), "not-found");
  EXPECT_EQ(error_code(show(std::string(500, 'x')), 404, "long"), "not-found");
}

// B-REC-6: live calls come in pages, finished ones newest last; other parameters are refused.
TEST(ApiList, ComesInPages) {
  Box box(token_config());
  for (int i = 0; i < 5; ++i) box.world.inbound_call("+1555765432" + std::to_string(i));
  box.world.run(Duration::seconds(3));
  const auto list = [&](const std::string& query) {
    return box.world.request({.target = "/api/v1/calls" + query, .headers = {authorization()}});
  };
  const auto count = [](const std::string& body) {
    size_t calls = 0;
    for (size_t at = 0; (at = body.find("\"callId\"", at)) != std::string::npos; ++at) ++calls;
    return calls;
  };
  EXPECT_EQ(count(list("").body), 5U);
  EXPECT_EQ(count(list("?live=2").body), 2U);
  EXPECT_EQ(count(list("?live=2&skip=4").body), 1U);
  EXPECT_EQ(count(list("?skip=5&limit=10").body), 0U);
  std::set<std::string> seen;
  for (int skip = 0; skip < 5; ++skip) {
    seen.insert(list("?live=1&skip=" + std::to_string(skip)).body);
  }
  EXPECT_EQ(seen.size(), 5U);
  // B-REC-6: zero or less gives none; 50 finished ones by default, newest last.
  for (const char* none :
       {"?live=0", "?live=-1", "?live=-9223372036854775808&skip=-9223372036854775808"}) {
    EXPECT_EQ(list(none).status, 200) << none;
    EXPECT_EQ(count(list(none).body), 0U) << none;
  }
  for (int i = 0; i < 60; ++i) {
    ASSERT_EQ(send(box, hook("CA" + std::to_string(1000 + i), "ringing")).status, 200);
    ASSERT_EQ(send(box, hook("CA" + std::to_string(1000 + i), "completed").as_status()).status,
              200);
  }
  EXPECT_EQ(count(list("?live=0").body), 50U);
  EXPECT_EQ(count(list("?live=0&limit=0").body), 0U);
  EXPECT_EQ(count(list("?live=0&limit=-5").body), 0U);
  EXPECT_EQ(count(list("?live=0&limit=60").body), 60U);
  const std::string two = list("?live=0&limit=2").body;
  EXPECT_LT(two.find("\"CA1058\""), two.find("\"CA1059\""));
  EXPECT_NE(two.find("\"CA1059\""), std::string::npos);
  for (const char* query : {"?limit=x", "?limit=", "?live", "?limit=1&limit=2", "?colour=red",
                            "?limit=99999999999999999999", "?&&"}) {
    EXPECT_EQ(error_code(list(query), 400, query), "invalid");
  }
}

}  // namespace
}  // namespace hookflash::sim
