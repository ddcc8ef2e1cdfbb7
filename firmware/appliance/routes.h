#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace hookflash {

// Who a route is served to (B-API-2). One table says it for every route; nothing else decides.
enum class Access : uint8_t {
  kPublic,  // Everybody; the route itself verifies signatures or tokens. Never on the api listener.
  kOpen,    // Everybody, without secrets: health.
  kLocal,   // The API token; without one configured only on a loopback listener without a public
            // URL.
};

enum class RouteId : uint8_t {
  kWebhook,
  kStream,
  kWs,
  kTwiml,
  kOutbound,
  kHealth,
  kMetrics,
  kCalls,
  kCall,
  kHangup,
  kSpeak,
  kTurn,
  kPlay,
  kDigits,
  kEvents,
};

struct Route {
  RouteId id;
  std::string_view method;
  // `{id}` stands for one callId. Empty: the path is configured.
  std::string_view path;
  Access access;
  std::string_view summary;  // For docs/api.md.
};

inline constexpr std::array kRoutes = {
    Route{RouteId::kWebhook, "POST", "", Access::kPublic,
          "The carrier's webhooks, at `serve.path` or a line's own `path`; verified by signature."},
    Route{RouteId::kStream, "GET", "", Access::kPublic,
          "The carrier's media streams (WebSocket), at `streaming.streamPath`; verified by token."},
    Route{RouteId::kWs, "GET", "/ws", Access::kPublic, "Alias of the media-stream endpoint."},
    Route{RouteId::kTwiml, "GET", "/twiml", Access::kPublic,
          "Signed: the answer document of an inbound call. Unsigned: the same without a token, to "
          "look at."},
    Route{RouteId::kOutbound, "POST", "/call/outbound", Access::kLocal, "Places a call."},
    Route{RouteId::kHealth, "GET", "/health", Access::kOpen, "State of the box, without numbers."},
    Route{RouteId::kMetrics, "GET", "/metrics", Access::kLocal,
          "Metrics in Prometheus text format."},
    Route{RouteId::kCalls, "GET", "/api/v1/calls", Access::kLocal,
          "Live and finished calls; `?limit=` finished ones, 50 by default, newest last."},
    Route{RouteId::kCalls, "POST", "/api/v1/calls", Access::kLocal,
          "Places a call, like /call/outbound."},
    Route{RouteId::kCall, "GET", "/api/v1/calls/{id}", Access::kLocal,
          "One call, live or finished; `{id}` is its callId or the carrier's own id."},
    Route{RouteId::kHangup, "POST", "/api/v1/calls/{id}/hangup", Access::kLocal, "Hangs up."},
    Route{RouteId::kSpeak, "POST", "/api/v1/calls/{id}/speak", Access::kLocal,
          "Carrier speech, `{\"text\"}`; only where the call is not streamed."},
    Route{RouteId::kTurn, "POST", "/api/v1/calls/{id}/turn", Access::kLocal,
          "Speaks `{\"text\"}`, if any, listens, and answers with what the caller said as "
          "`{\"transcript\"}`; only where the call is not streamed."},
    Route{RouteId::kPlay, "POST", "/api/v1/calls/{id}/play", Access::kLocal,
          "Plays the prompt of an app of protocol announce, `{\"app\"}`."},
    Route{RouteId::kDigits, "POST", "/api/v1/calls/{id}/digits", Access::kLocal,
          "Sends DTMF, `{\"digits\"}`."},
    Route{RouteId::kEvents, "GET", "/api/v1/events", Access::kLocal,
          "Event stream over WebSocket: one JSON object a message."},
};

// A member of a request's JSON body. Texts are for docs/api.md.
struct BodyMember {
  std::string_view name;
  std::string_view range;
  std::string_view meaning;
};
inline constexpr std::array kPlaceMembers = {
    BodyMember{"to", "E.164", "Whom to call. Default: the line's `toNumber`."},
    BodyMember{"line", "name of a line", "Default: the first line."},
    BodyMember{"from", "E.164", "The caller id. Default: the line's `fromNumber`."},
    BodyMember{"mode", "`notify`, `conversation`",
               "notify speaks `message` and hangs up; conversation connects the app. Default: "
               "`outbound.defaultMode`."},
    BodyMember{"message", "at most 1,024 bytes", "What the callee hears first."},
    BodyMember{"dtmfSequence", "1 to 32 of `0-9 * #` and the pauses `w p , W P`",
               "Sent by the carrier when the callee has answered. Not with notify."},
    BodyMember{"app", "name of an app", "Whom the callee talks to. Default: the line's `app`."},
    BodyMember{"sessionKey", "at most 64 bytes", "Kept with the call and handed to the app."},
};
inline constexpr std::array kSpeakMembers = {
    BodyMember{"text", "1 to 1,024 bytes", "What the carrier speaks. Required."},
};
inline constexpr std::array kTurnMembers = {
    BodyMember{"text", "1 to 1,024 bytes", "What the carrier speaks first. Default: it listens."},
};
inline constexpr std::array kPlayMembers = {
    BodyMember{"app", "name of an app of protocol announce", "Whose prompt is played. Required."},
};
inline constexpr std::array kDigitsMembers = {
    BodyMember{"digits", "1 to 32 of `0-9 * #` and the pauses `w p , W P`", "Required."},
};

// What of a path stood for `{id}`; matched is false when the pattern is another one.
struct PathMatch {
  bool matched = false;
  std::string_view id;
};
constexpr PathMatch match_path(std::string_view pattern, std::string_view path) {
  constexpr std::string_view kId = "{id}";
  const size_t at = pattern.find(kId);
  if (at == std::string_view::npos) return {.matched = pattern == path};
  const std::string_view before = pattern.substr(0, at);
  const std::string_view after = pattern.substr(at + kId.size());
  if (path.size() <= before.size() + after.size() || !path.starts_with(before) ||
      !path.ends_with(after)) {
    return {};
  }
  const std::string_view id =
      path.substr(before.size(), path.size() - before.size() - after.size());
  if (id.find('/') != std::string_view::npos) return {};
  return {.matched = true, .id = id};
}

}  // namespace hookflash
