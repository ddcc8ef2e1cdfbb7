#include "appliance/api_document.h"

#include <span>

#include "appliance/routes.h"
#include "base/check.h"

namespace hookflash {
namespace {

// What docs/api.md says of a route besides what the table of routes holds.
struct Notes {
  RouteId id;
  std::string_view method;
  std::span<const BodyMember> body;
  std::string_view answer;
  std::string_view errors;
};

constexpr std::string_view kPlaceAnswer =
    "201 `{\"callId\",\"state\"}` once the carrier has taken the call. The header "
    "`Idempotency-Key` (at most 128 bytes) makes a repetition within 10 minutes return the first "
    "result and place nothing.";
constexpr std::string_view kPlaceErrors =
    "400 invalid, no-caller-number; 415; 429 limit-reached; 502 carrier-refused (with `detail`, "
    "the carrier's code); 503 storage-failed, stopping, line-unavailable, line-busy, "
    "no-webhook-url; 504 dial-timeout. Behind 502 and 504 `callId` names the call that was tried.";
constexpr std::string_view kStateAnswer = "200 `{\"callId\",\"state\"}`.";

constexpr Notes kNotes[] = {
    {RouteId::kWebhook,
     "POST",
     {},
     "200 TwiML.",
     "In plain text, as carriers do not read them: 400, 401, 413, 429, 503 as of section 18 of the "
     "contract."},
    {RouteId::kStream, "GET", {}, "101, then Twilio Media Streams.", "400, 503."},
    {RouteId::kWs, "GET", {}, "Likewise.", "Likewise."},
    {RouteId::kTwiml, "GET", {}, "200 TwiML.", "401."},
    {RouteId::kOutbound, "POST", kPlaceMembers, kPlaceAnswer, kPlaceErrors},
    {RouteId::kHealth,
     "GET",
     {},
     "200 or 503 `{\"status\",\"version\",\"instance\",\"lines\":{\"enabled\",\"ready\"},"
     "\"calls\":{\"active\",\"limit\"},\"alarms\":[]}`; `status` is `ok`, `degraded` (a line is "
     "not "
     "ready) or, with 503, `failing` (none is, there is no journal, or the box is stopping). "
     "`instance` is new at each "
     "start.",
     ""},
    {RouteId::kMetrics, "GET", {}, "200 text.", ""},
    {RouteId::kCalls,
     "GET",
     {},
     "200 `{\"live\":[call...],\"finished\":[call...]}`. Parameters: `limit` finished calls (50 by "
     "default, at most 200), `live` calls at most (all by default) behind the first `skip`.",
     "400 invalid; 413 when they do not fit into one answer."},
    {RouteId::kCalls, "POST", kPlaceMembers, kPlaceAnswer, kPlaceErrors},
    {RouteId::kCall, "GET", {}, "200 a call.", "404 not-found."},
    {RouteId::kHangup,
     "POST",
     {},
     "200 `{\"callId\",\"state\"}` when the carrier has ended the call, or it had ended before. No "
     "body, or `{}`.",
     "404 not-found; 502 when the carrier does not take it (the call goes on; ask again); 503 "
     "busy."},
    {RouteId::kSpeak, "POST", kSpeakMembers, kStateAnswer,
     "400; 404; 409 ended, not-connected, stream-active (a call whose audio is streamed: use "
     "play); 415; 429 queue-full (eight texts wait already); 502 carrier-refused, "
     "carrier-unreachable; 503 line-busy, busy, storage-failed."},
    {RouteId::kTurn, "POST", kTurnMembers,
     "200 `{\"callId\",\"state\",\"turn\",\"transcript\"}` when the caller has spoken; the request "
     "waits as long, at most `transcriptTimeoutMs` from the moment the carrier listens.",
     "As of speak, and 409 turn-active; 504 transcript-timeout. The end of the call is 409 ended "
     "with its reason as `state`."},
    {RouteId::kPlay, "POST", kPlayMembers, kStateAnswer,
     "400; 404; 409 ended, not-connected, queue-full; 415."},
    {RouteId::kDigits, "POST", kDigitsMembers, kStateAnswer,
     "400; 404; 409 ended, not-connected, busy; 415; 502 carrier-refused, carrier-unreachable; 503 "
     "line-busy."},
    {RouteId::kEvents,
     "GET",
     {},
     "101, then one JSON object a message: see below.",
     "400 without a WebSocket handshake; 503 when all 8 places are taken."},
};
static_assert(std::size(kNotes) == kRoutes.size());

constexpr std::string_view kHead =
    R"(# The API

This document is generated from the table of routes in `firmware/appliance/routes.h`; a test notices when it is stale.

- Access *token*: `Authorization: Bearer` with `api.token`. Without one configured these routes are served only while the
  box is bound to loopback and `publicUrl` is unset or loopback; elsewhere they are 404. With `api.bind` or `api.port`
  they are on that listener only.
- Access *public*: for carriers; the route verifies signatures or stream tokens itself. Not on the API listener.
- Access *open*: everybody, on every listener.
- Bodies are JSON objects of at most 8 KiB in UTF-8 with `Content-Type: application/json`. Unknown members, members twice,
  and more than 16 levels are errors.
- HEAD is taken where GET is. Another method is 405 with `Allow`.

Every error of a route with access token or open has the form

```json
{"error": {"code": "invalid", "message": "must be a number such as +15551234567", "path": "to"}}
```

`code` is stable; `message` is for people; `path` is the member of the request that is wrong, or empty. When a request
to place a call has several faults, `error.errors` has them all as `{"path","message"}`. On every route: 400
invalid, 401 unauthorized, 404 not-found, 405 method-not-allowed, 408 slow, 413 too-large, 415 unsupported-media-type, 429
too-many-requests, 503 unavailable.

## Routes

)";

constexpr std::string_view kTail = R"(## A call

| Member | Meaning |
| --- | --- |
| `callId` | The box's name of the call, a UUID. |
| `providerCallId` | The carrier's; absent until it is known. |
| `line`, `direction`, `mode` | `direction` is `inbound` or `outbound`, `mode` `notify` or `conversation`. |
| `external` | An outbound call that was placed through the carrier's own API. |
| `state` | `initiated`, `ringing`, `answered`, `active`, `speaking`, `listening`, or the end reason. |
| `endReason` | `completed`, `hangup-user`, `hangup-bot`, `timeout`, `error`, `failed`, `no-answer`, `busy`, `voicemail`; absent while it lives. |
| `rejection` | Why an inbound call was refused: `policy`, `capacity`, `stopping`. |
| `endDetail` | The carrier's word or code for the end. |
| `carrierEndConfirmed` | The carrier has said that the call is over. |
| `startedAt`, `ringingAt`, `answeredAt`, `endedAt` | UTC, `2026-01-31T12:00:00.123Z`; absent until it happened. |
| `messageState`, `streams`, `turns`, `transcriptLines` | How far the first message is, and counters. |

Numbers, texts and digits are never shown.

## Events

`GET /api/v1/events` as a WebSocket (RFC 6455, no subprotocol, the token in the handshake). At most 8 listeners. Messages
from a listener are ignored. Each message has `type`, `at` and `callId`:

| `type` | Further members | When |
| --- | --- | --- |
| `call.started` | `line`, `direction`, `state` | A call exists. |
| `call.state` | `line`, `direction`, `state`, `by` | Its state or substate has changed; `by` is the event that did it. |
| `call.dtmf` | `line`, `direction`, `state` | The far end has pressed a key. |
| `call.transcript` | `speaker`, `text` | Somebody has said something the carrier or app has told in words. |
| `call.ended` | `line`, `direction`, `state` | It is over; `state` is the end reason. |
| `lost` | `messages` (no `at`, no `callId`) | This listener was too slow and has missed so many. |

Close code 1001: the box is stopping.
)";

std::string_view name_of(Access access) {
  switch (access) {
    case Access::kPublic: return "public";
    case Access::kOpen: return "open";
    case Access::kLocal: return "token";
  }
  return "token";
}

std::string_view path_of(const Route& route) {
  if (!route.path.empty()) return route.path;
  return route.id == RouteId::kWebhook ? "/voice/webhook" : "/voice/stream";
}

}  // namespace

void write_api_document(TextWriter& out) {
  out.put(kHead);
  for (size_t i = 0; i < kRoutes.size(); ++i) {
    const Route& route = kRoutes[i];
    const Notes& notes = kNotes[i];
    CHECK(notes.id == route.id && notes.method == route.method);
    out.put("### ").put(route.method).put(' ').put(path_of(route)).put("\n\n");
    out.put(route.summary).put(" Access: ").put(name_of(route.access)).put(".\n\n");
    if (!notes.body.empty()) {
      out.put("| Member | Range | Meaning |\n| --- | --- | --- |\n");
      for (const BodyMember& member : notes.body) {
        out.put("| `").put(member.name).put("` | ").put(member.range).put(" | ");
        out.put(member.meaning).put(" |\n");
      }
      out.put('\n');
    }
    out.put("Answer: ").put(notes.answer);
    if (!notes.errors.empty()) out.put(" Errors: ").put(notes.errors);
    out.put("\n\n");
  }
  out.put(kTail);
}

}  // namespace hookflash
