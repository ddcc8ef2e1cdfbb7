#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"
#include "providers/twilio/carrier/settings.h"

namespace hookflash::twilio::carrier {

// Names one simulated call for as long as its place is not used again. Generation 0 is "none".
struct CallRef {
  uint16_t index = 0;
  uint16_t generation = 0;

  [[nodiscard]] constexpr bool is_set() const { return generation != 0; }
  constexpr bool operator==(const CallRef&) const = default;
};

// Names one request to the appliance. Never used again within a call.
struct FetchId {
  CallRef call;
  uint16_t number = 0;
  constexpr bool operator==(const FetchId&) const = default;
};

// Names one media stream connection.
struct StreamId {
  CallRef call;
  uint16_t number = 0;
  constexpr bool operator==(const StreamId&) const = default;
};

using ExchangeId = uint32_t;

enum class FetchKind : uint8_t { kDocument, kStatus };

// A request to make. The implementer sends exactly these bytes and answers with fetched() or
// fetch_failed().
struct Fetch {
  FetchId id;
  FetchKind kind = FetchKind::kDocument;
  std::string_view method;
  std::string_view url;        // Absolute; no credentials, no fragment.
  std::string_view body;       // application/x-www-form-urlencoded; charset=UTF-8. Empty with GET.
  std::string_view signature;  // X-Twilio-Signature.
  std::string_view idempotency_token;  // I-Twilio-Idempotency-Token; empty on the first try.
  Duration connect_timeout;
  uint8_t pieces = 1;  // Send the body in this many pieces.
};

// What came back.
struct Fetched {
  int status = 0;
  std::string_view content_type;
  std::string_view location;
  std::string_view body;
};
enum class FetchFailure : uint8_t { kConnect, kRead };

// A REST request that arrived. `authorization` and `content_type` are the header values.
struct RestRequest {
  ExchangeId id = 0;
  std::string_view method;
  std::string_view target;
  std::string_view authorization;
  std::string_view content_type;
  std::string_view body;
};
struct RestReply {
  ExchangeId id = 0;
  uint16_t status = 0;    // 0: close the connection without an answer.
  std::string_view body;  // application/json.
};

// One line of what happens.
struct StoryEvent {
  enum class Kind : uint8_t { kPlaced, kRequest, kState, kVerb, kStream, kRest, kProblem, kEnded };
  CallRef call;
  std::string_view sid;
  Duration at;  // Since the call began.
  Kind kind = Kind::kState;
  std::string_view text;
};

// Where the carrier's doings go. Obligations on the implementer: carry them out in order, never
// call back into the Carrier from inside, and take copies: texts and spans live only until the call
// returns.
class Outlet {
 public:
  virtual void fetch(const Fetch& fetch) = 0;
  // The request is not waited for any longer; close its connection.
  virtual void abandon(FetchId id) = 0;
  virtual void reply(const RestReply& reply) = 0;

  // Opens a WebSocket; answered by stream_opened() or stream_refused().
  virtual void stream_connect(StreamId id, std::string_view url, std::string_view signature) = 0;
  // One text message. kStreamHeadroom bytes before it may be overwritten, and the text itself too.
  virtual void stream_send(StreamId id, std::span<char> text) = 0;
  // Close handshake; what was sent before still arrives. Answered by stream_closed().
  virtual void stream_close(StreamId id, uint16_t code) = 0;
  // Breaks the connection. Not answered.
  virtual void stream_drop(StreamId id) = 0;

  // Who picks up when this number is dialled.
  virtual Person callee(std::string_view to) = 0;

  virtual void story(const StoryEvent& event) = 0;
  // A piece of what the far end heard, and when its first sample was heard.
  virtual void heard(CallRef call, Instant at, Bytes mulaw) = 0;
  // The words of a Say, in the order in which they are spoken.
  virtual void said(CallRef call, std::string_view words) = 0;
  // Each answer as it came, for transcripts and checks.
  virtual void answered(FetchId id, FetchKind kind, bool duplicate, const Fetched& fetched) = 0;
  virtual void call_ended(CallRef call) = 0;

 protected:
  ~Outlet() = default;
};

inline constexpr size_t kStreamHeadroom = 32;

}  // namespace hookflash::twilio::carrier
