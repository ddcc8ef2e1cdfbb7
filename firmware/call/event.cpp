#include "call/event.h"

#include <cstring>

namespace hookflash {

std::string_view name_of(EventType type) {
  switch (type) {
    case EventType::kNone: return "none";
    case EventType::kInitiated: return "initiated";
    case EventType::kRinging: return "ringing";
    case EventType::kAnswered: return "answered";
    case EventType::kActive: return "active";
    case EventType::kSpeaking: return "speaking";
    case EventType::kAssistantSpeech: return "assistant-speech";
    case EventType::kSpeakEnded: return "speak-ended";
    case EventType::kSpeakFailed: return "speak-failed";
    case EventType::kSpeech: return "speech";
    case EventType::kPartialSpeech: return "partial-speech";
    case EventType::kSilence: return "silence";
    case EventType::kDtmf: return "dtmf";
    case EventType::kEnded: return "ended";
    case EventType::kError: return "error";
    case EventType::kRetryableError: return "retryable-error";
    case EventType::kFetched: return "fetched";
    case EventType::kPlaced: return "placed";
    case EventType::kHangupRequested: return "hangup-requested";
    case EventType::kSpeakRequested: return "speak-requested";
    case EventType::kPlayRequested: return "play-requested";
    case EventType::kTurnRequested: return "turn-requested";
    case EventType::kDigitsRequested: return "digits-requested";
    case EventType::kParkRequested: return "park-requested";
    case EventType::kDialAccepted: return "dial-accepted";
    case EventType::kDialRefused: return "dial-refused";
    case EventType::kDialUnknown: return "dial-unknown";
    case EventType::kAnswerDone: return "answer-done";
    case EventType::kAnswerFailed: return "answer-failed";
    case EventType::kRefusalDone: return "refusal-done";
    case EventType::kRefusalFailed: return "refusal-failed";
    case EventType::kHangupDone: return "hangup-done";
    case EventType::kHangupFailed: return "hangup-failed";
    case EventType::kHangupOwed: return "hangup-owed";
    case EventType::kStatusRinging: return "status-ringing";
    case EventType::kStatusAnswered: return "status-answered";
    case EventType::kStatusActive: return "status-active";
    case EventType::kStatusTerminal: return "status-terminal";
    case EventType::kStatusUnknown: return "status-unknown";
    case EventType::kUpdateDone: return "update-done";
    case EventType::kUpdateFailed: return "update-failed";
    case EventType::kStreamStarted: return "stream-started";
    case EventType::kStreamStopped: return "stream-stopped";
    case EventType::kMediaSilent: return "media-silent";
    case EventType::kListening: return "listening";
    case EventType::kAppReady: return "app-ready";
    case EventType::kAppClosed: return "app-closed";
    case EventType::kAppLost: return "app-lost";
    case EventType::kRingTimeout: return "ring-timeout";
    case EventType::kExpiring: return "expiring";
    case EventType::kMaxDuration: return "max-duration";
    case EventType::kReaped: return "reaped";
    case EventType::kGraceOver: return "grace-over";
    case EventType::kHangupRetry: return "hangup-retry";
    case EventType::kHangupGaveUp: return "hangup-gave-up";
    case EventType::kTurnTimeout: return "turn-timeout";
    case EventType::kNotifyOver: return "notify-over";
    case EventType::kNotifyOverdue: return "notify-overdue";
    case EventType::kReattachTimeout: return "reattach-timeout";
    case EventType::kStatusRetry: return "status-retry";
    case EventType::kSlotHoldOver: return "slot-hold-over";
    case EventType::kRestoredTooOld: return "restored-too-old";
    case EventType::kRestoredLost: return "restored-lost";
  }
  return "none";
}

std::string_view Event::text(EventText which) const {
  size_t at = 0;
  for (size_t i = 0; i < static_cast<size_t>(which); ++i) at += text_sizes[i];
  return {text_bytes.data() + at, text_sizes[static_cast<size_t>(which)]};
}

Status Event::set(EventText which, std::string_view text) {
  if (text.size() > UINT8_MAX) return Status::kTooLarge;
  const auto index = static_cast<size_t>(which);
  size_t before = 0;
  size_t behind = 0;
  for (size_t i = 0; i < kEventTexts; ++i) (i < index ? before : behind) += text_sizes[i];
  behind -= text_sizes[index];
  if (before + text.size() + behind > kTextBytes) return Status::kTooLarge;
  char* const place = text_bytes.data() + before;
  std::memmove(place + text.size(), place + text_sizes[index], behind);
  if (!text.empty()) std::memcpy(place, text.data(), text.size());
  text_sizes[index] = static_cast<uint8_t>(text.size());
  return Status::kOk;
}

WallTime event_time(WallTime carrier, WallTime started, WallTime now) {
  constexpr Duration kTolerance = Duration::seconds(600);
  if (!carrier.is_set() || carrier < started) return now;
  // Compared as sums of our own clock: the carrier's value may be anything.
  if (carrier < now - kTolerance || carrier > now + kTolerance) return now;
  return carrier;
}

std::string_view status_word(std::string_view raw, std::array<char, 32>& memory) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const size_t first = raw.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  raw = raw.substr(first, raw.find_last_not_of(kBlanks) - first + 1);
  if (raw.size() > memory.size()) return {};
  for (size_t i = 0; i < raw.size(); ++i) {
    const char c = raw[i];
    memory[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return {memory.data(), raw.size()};
}

}  // namespace hookflash
