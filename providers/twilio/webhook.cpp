#include "providers/twilio/webhook.h"

#include <array>
#include <charconv>

#include "base/hex.h"
#include "base/utf8.h"
#include "call/dtmf.h"
#include "call/transcript.h"
#include "limits.h"
#include "providers/twilio/rest.h"

namespace hookflash::twilio {
namespace {

bool read_number(std::string_view text, int64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

// A plain decimal from 0 to 1; anything else is 0.9 (B-TWI-4).
uint16_t read_confidence(std::string_view text) {
  constexpr uint16_t kDefault = 900;
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return kDefault;
  uint32_t permille = static_cast<uint32_t>(text[0] - '0') * 1000;
  if (text.size() == 1) return static_cast<uint16_t>(permille);
  if (text[1] != '.' || text.size() < 3) return kDefault;
  uint32_t weight = 100;
  for (const char c : text.substr(2)) {
    if (c < '0' || c > '9') return kDefault;
    permille += static_cast<uint32_t>(c - '0') * weight;
    weight /= 10;
  }
  return permille > 1000 ? kDefault : static_cast<uint16_t>(permille);
}

// The text of a carrier that people only read: cut at a character when it is too long (B-GEN-4).
Status set_cut(Event& event, EventText which, std::string_view text, size_t size_max) {
  if (text.size() > size_max) {
    text = utf8_prefix(text, size_max);
    event.text_cut = true;
  }
  return event.set(which, text);
}

int64_t days_from_civil(int64_t year, int64_t month, int64_t day) {
  // Days since 1970-01-01 in the proleptic Gregorian calendar; the year begins in March.
  year -= month <= 2 ? 1 : 0;
  const int64_t era = year / 400;
  const int64_t of_era = year - era * 400;
  const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

}  // namespace

WallTime read_date(std::string_view text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (const size_t comma = text.find(", "); comma == 3) text.remove_prefix(5);
  // "31 Aug 2010 20:36:28 +0000", the day with one or two digits.
  const size_t space = text.find(' ');
  if (space == std::string_view::npos || space == 0 || space > 2) return {};
  int64_t day = 0;
  int64_t year = 0;
  int64_t hour = 0;
  int64_t minute = 0;
  int64_t second = 0;
  if (!read_number(text.substr(0, space), day)) return {};
  text.remove_prefix(space + 1);
  if (text.size() != 23 || text[3] != ' ' || text[8] != ' ' || text[11] != ':' || text[14] != ':' ||
      text[17] != ' ') {
    return {};
  }
  const size_t month_at = kMonths.find(text.substr(0, 3));
  if (month_at == std::string_view::npos || month_at % 3 != 0) return {};
  const auto month = static_cast<int64_t>(month_at / 3 + 1);
  const std::string_view zone = text.substr(18);
  if (!read_number(text.substr(4, 4), year) || !read_number(text.substr(9, 2), hour) ||
      !read_number(text.substr(12, 2), minute) || !read_number(text.substr(15, 2), second) ||
      zone != "+0000") {
    return {};
  }
  if (year < 1970 || year > 9999 || day < 1 || day > 31 || hour < 0 || hour > 23 || minute < 0 ||
      minute > 59 || second < 0 || second > 60) {
    return {};
  }
  const int64_t seconds =
      ((days_from_civil(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
  return WallTime::from_ms(seconds * 1000);
}

Status read_webhook(const FormView& parameters, const FormView& query, Webhook& out) {
  if (!parameters.well_formed || !query.well_formed) return Status::kInvalid;
  Event& event = out.event;
  event = {};
  out.speech = {};
  const std::string_view call_sid = parameters.value_of("CallSid");
  if (call_sid.empty() || call_sid.size() > limits::kProviderCallIdBytesMax)
    return Status::kInvalid;
  TRY(event.set(EventText::kProviderCallId, call_sid));
  if (const auto call_id = CallId::parse(query.value_of("callId"))) event.call_id = *call_id;
  int64_t document = 0;
  if (read_number(query.value_of("doc"), document) && document > 0 && document <= UINT32_MAX) {
    event.document_number = static_cast<uint32_t>(document);
  }
  int64_t retries = 0;
  if (read_number(query.value_of("retry"), retries) && retries > 0) {
    out.retries = retries < UINT8_MAX ? static_cast<uint8_t>(retries) : uint8_t{UINT8_MAX};
  }
  (void)read_hex(query.value_of("turn"), event.turn_token);  // Left at none unless it is whole.
  const bool status_report = query.value_of("type") == "status" || parameters.has("CallbackSource");
  event.instruction_fetch = !status_report;
  TRY(set_cut(event, EventText::kFrom, parameters.value_of("From"), limits::kAddressBytesMax));
  TRY(set_cut(event, EventText::kTo, parameters.value_of("To"), limits::kAddressBytesMax));
  event.timestamp = read_date(parameters.value_of("Timestamp"));

  const std::string_view direction = parameters.value_of("Direction");
  event.direction = direction.starts_with("outbound") ? Direction::kOutbound : Direction::kInbound;
  event.external = event.direction == Direction::kOutbound && !event.call_id.is_set();
  event.may_create = event.external && event.instruction_fetch;

  const CallStatus status = read_call_status(parameters.value_of("CallStatus"), event.direction);
  if (status.type == EventType::kEnded) {
    event.type = EventType::kEnded;
    event.end_reason = status.reason;
    return set_cut(event, EventText::kDetail, parameters.value_of("SipResponseCode"),
                   limits::kEndDetailBytesMax);
  }
  if (parameters.has("SpeechResult") && event.instruction_fetch) {
    event.type = EventType::kSpeech;
    event.confidence_permille = read_confidence(parameters.value_of("Confidence"));
    out.speech = parameters.value_of("SpeechResult");
    if (out.speech.size() > limits::kTranscriptLineBytesMax) {
      out.speech = utf8_prefix(out.speech, limits::kTranscriptLineBytesMax);
      event.text_cut = true;
    }
    return Status::kOk;
  }
  if (const std::string_view digits = parameters.value_of("Digits");
      !digits.empty() && event.instruction_fetch) {
    event.type = EventType::kDtmf;
    return set_cut(event, EventText::kDigits, digits, limits::kDtmfSequenceMax);
  }
  if (!event.instruction_fetch) {
    // A word that is not in the table says nothing about the call (B-EVT-6).
    event.type = status.known ? status.type : EventType::kNone;
    return Status::kOk;
  }
  // The carrier waits for a document. How far the call is, the machine makes of it what is due.
  if (status.type == EventType::kAnswered) {
    event.type = EventType::kAnswered;
  } else if (event.direction == Direction::kInbound) {
    event.type = EventType::kInitiated;
  } else {
    event.type = EventType::kFetched;
  }
  return Status::kOk;
}

}  // namespace hookflash::twilio
