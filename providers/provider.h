#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/fixed_text.h"
#include "base/status.h"
#include "base/text_writer.h"
#include "base/time.h"
#include "call/event.h"
#include "call/state.h"
#include "hal/crypto.h"
#include "http/request_head.h"
#include "limits.h"
#include "providers/media_dialect.h"
#include "webhook/form.h"
#include "webhook/origin.h"
#include "webhook/verification.h"

// The border between the call engine and one carrier's dialect: Provider, at the end, and the
// values it speaks in. A provider opens nothing, keeps no state and never waits. What a carrier
// says becomes an Event (call/event.h); what the engine wants becomes requests and documents in the
// carrier's words.
namespace hookflash {

// What the engine asks a carrier to do over REST (B-PRV table).
enum class Operation : uint8_t {
  kNone,
  kInitiate,
  kHangup,
  kStatus,
  kUpdate,  // Replace the instructions of a live call (digits, speech, re-attachment, redirect).
};
inline constexpr size_t kOperations = 5;

constexpr std::string_view name_of(Operation operation) {
  switch (operation) {
    case Operation::kNone: return "none";
    case Operation::kInitiate: return "initiate";
    case Operation::kHangup: return "hangup";
    case Operation::kStatus: return "status";
    case Operation::kUpdate: return "update";
  }
  return "none";
}

// What to say in a document (B-TWI-2). Exactly the pieces that are set are written, in this order.
struct Document {
  enum class Kind : uint8_t {
    kEmpty,  // Nothing to say.
    kRejectPolicy,
    kRejectBusy,
    kHangup,
    kStream,    // [digits] [say] stream, then back to us.
    kSpeech,    // [say] or [listen], then back to us.
    kPause,     // Nothing at present; wait and come back.
    kRedirect,  // Only back to us.
    kNotify,    // say, pause, hang up: all in one.
    kResumeBy,  // Pause `pause_seconds`, then back to us (B-LIFE-5).
  };
  Kind kind = Kind::kEmpty;
  std::string_view digits;
  std::string_view say;
  bool listen = false;
  int64_t silence_timeout_ms = 0;  // End-of-speech silence for the carrier's recogniser (B-TURN-6).
  int64_t listen_timeout_seconds = 5;
  int64_t pause_seconds = 0;
  std::string_view stream_url;
  std::string_view token;
  std::string_view call_id;
  std::string_view turn_action_url;  // Where recognised speech goes.
  std::string_view redirect_url;     // The call's own URL with its document number.
};

// Everything a dial needs. Texts are unescaped.
struct DialRequest {
  std::string_view to;
  std::string_view from;
  std::string_view url;       // Instruction URL; used when `document` is empty.
  std::string_view document;  // Inline document.
  std::string_view status_url;
  int64_t ring_seconds = 30;
  int64_t limit_seconds = 360;
};

// Who we are at the carrier's REST API.
struct RestAccount {
  std::string_view id;
  std::string_view user;
  std::string_view password;
};

// Where one REST request is written: its method, and the memory for the other parts.
struct RestRequest {
  std::string_view method;  // Set by the provider; a literal.
  TextWriter target;
  TextWriter body;
};

// How a carrier answered (B-PRV-1, B-HUP-1). `kUnknown` keeps every option open.
struct RestOutcome {
  enum class Kind : uint8_t {
    kOk,             // Done as asked.
    kActive,         // Status: live. `answered` tells ringing from talking.
    kTerminal,       // Status: over, with `reason` where given.
    kNotFound,       // The carrier does not know the call: over.
    kEnded,          // "Already ended" for a hang-up or an update.
    kNotInProgress,  // The call is not in a state that allows it (Twilio 21220).
    kRefused,        // A definite no, `code` says why.
    kUnknown,        // Anything else.
  };
  Kind kind = Kind::kUnknown;
  bool answered = false;
  EndReason reason = EndReason::kNone;
  FixedText<limits::kProviderCallIdBytesMax> provider_call_id;
  FixedText<limits::kEndDetailBytesMax> code;
};

// One request to a line's webhook.
struct WebhookRequest {
  const PublicUrl* url = nullptr;  // As the carrier signed it.
  const RequestHead* head = nullptr;
  Bytes body;                       // As received.
  const FormView* form = nullptr;   // Of the body; empty where is_form() said no.
  const FormView* query = nullptr;  // Of the URL as received.
  std::string_view line;            // The line's id, for the request key.
};

// The keys a line's webhooks may be signed with: its own and, during a rotation, the other one.
// Empty ones verify nothing.
using WebhookKeys = std::array<std::string_view, 2>;

// What one verified request says.
struct Webhook {
  Event event;              // Without line and key.
  std::string_view speech;  // Final transcript; points into the request.
  uint8_t retries = 0;      // The retry mark of the URL (B-DED-4); 255: so many or more.
};

// One carrier. All of them are constants; a line names its own (appliance/provider_set.h).
class Provider {
 public:
  [[nodiscard]] virtual std::string_view name() const = 0;
  // The carrier's media streams.
  [[nodiscard]] virtual const MediaDialect& media() const = 0;

  // Webhooks. Headers without which a request cannot be verified, lower-case.
  [[nodiscard]] virtual std::span<const std::string_view> signature_headers() const = 0;
  // The body's parameters are to be parsed as a form.
  [[nodiscard]] virtual bool is_form(const RequestHead& head) const = 0;
  [[nodiscard]] virtual Verification verify(Crypto& crypto, const WebhookRequest& request,
                                            const WebhookKeys& keys, Check check) const = 0;
  // kInvalid: not what the carrier sends, or an identifier over its limit (B-GEN-4). What it sends
  // and we do not know is an event of no type (B-WEB-7).
  [[nodiscard]] virtual Status read_webhook(const WebhookRequest& request, Webhook& out) const = 0;

  // Documents: what a webhook is answered with, and what a request may carry inline.
  [[nodiscard]] virtual std::string_view document_type() const = 0;
  // out.overflowed() tells when it did not fit.
  virtual void write_document(const Document& document, TextWriter& out) const = 0;
  // Longer ones go by URL.
  [[nodiscard]] virtual size_t inline_document_max() const = 0;

  // REST. Requests are complete but for host and headers; an overflow shows in their writers.
  virtual void write_host(std::string_view region, std::string_view edge,
                          TextWriter& out) const = 0;
  // Lines ended by CRLF, the same for every request.
  virtual void write_headers(const RestAccount& account, TextWriter& out) const = 0;
  virtual void write_dial(const RestAccount& account, const DialRequest& dial,
                          RestRequest& out) const = 0;
  virtual void write_status_query(const RestAccount& account, std::string_view provider_call_id,
                                  RestRequest& out) const = 0;
  virtual void write_hangup(const RestAccount& account, std::string_view provider_call_id,
                            RestRequest& out) const = 0;
  // `document` as write_document() wrote it takes the place of what the call is doing.
  virtual void write_update(const RestAccount& account, std::string_view provider_call_id,
                            std::string_view document, RestRequest& out) const = 0;
  // Never fails: what cannot be understood is kUnknown (B-PRV-1).
  [[nodiscard]] virtual RestOutcome read_answer(Operation operation, uint16_t status,
                                                std::string_view body) const = 0;

 protected:
  ~Provider() = default;
};

}  // namespace hookflash
