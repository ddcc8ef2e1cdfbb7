#pragma once

#include <string_view>

#include "base/text_writer.h"
#include "call/event.h"
#include "providers/provider.h"

// Twilio's REST API for calls, version 2010-04-01: what is sent and how answers are read. The
// carrier's documents "Calls resource" and "Error dictionary" are the source of names, ranges and
// codes.
namespace hookflash::twilio {

// Inline TwiML may have this many characters; a longer document goes by Url (B-TWI-1).
inline constexpr size_t kInlineTwimlMax = 4000;
// Ranges of the create parameters. Timeout: "default 60, max 600"; TimeLimit: a day at most here,
// the carrier cuts at its own limit.
inline constexpr int64_t kRingSecondsMax = 600;

// The REST host of an account: api.twilio.com, or its regional form (twilio.md 1.2). An edge
// without a region means us1; a region without an edge is reached through that region's own edge.
void write_host(std::string_view region, std::string_view edge, TextWriter& out);

// True for the hosts that requests may go to (B-PRV-3).
bool is_allowed_host(std::string_view host);

// Authorization (Basic) and Content-Type header lines, each ended by CRLF. `user` is the account
// SID with the auth token, or an API key SID with its secret.
void write_headers(std::string_view user, std::string_view password, TextWriter& out);

// The path of the Calls collection, of one call, or of one call's update.
void write_calls_target(std::string_view account_sid, TextWriter& out);
void write_call_target(std::string_view account_sid, std::string_view call_sid, TextWriter& out);
// The account's numbers that contain `number` (the carrier's filter also finds parts).
void write_numbers_target(std::string_view account_sid, std::string_view number, TextWriter& out);

// Form bodies.
void write_initiate_body(const DialRequest& dial, TextWriter& out);
void write_hangup_body(TextWriter& out);
void write_update_body(std::string_view twiml, TextWriter& out);

// Reads an answer to `operation`. Never fails: what cannot be understood is kUnknown (B-PRV-1).
RestOutcome read_answer(Operation operation, uint16_t status, std::string_view body);

// CallStatus words, compared trimmed and lower-case (B-EVT-6). A word not in the table gives no
// event and is never terminal.
struct CallStatus {
  bool known = false;
  EventType type = EventType::kNone;
  EndReason reason = EndReason::kNone;  // Set for terminal words.
};
// `direction` decides whose doing a canceled call is (B-TWI-4).
CallStatus read_call_status(std::string_view word, Direction direction);

}  // namespace hookflash::twilio
