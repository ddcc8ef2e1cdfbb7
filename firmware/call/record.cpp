#include "call/record.h"

#include "base/utf8.h"

namespace hookflash {

void CallRecord::reset() {
  CHECK(inbox.empty());
  for (const Deadline& deadline : timers) CHECK(!deadline.armed());
  core = {};
  transcript.clear();
  keys.clear();
  created = {};
  hangup_failures = 0;
  counts = false;
  reserved = false;
  busy = false;
}

bool set_answered(CallCore& core, WallTime at) {
  if (core.answered_at.is_set()) return false;
  core.answered_at = at;
  return true;
}

bool finish(CallCore& core, EndReason reason, std::string_view detail, WallTime at,
            bool confirmed) {
  CHECK(reason != EndReason::kNone);
  if (core.state == CallState::kEnded) return false;
  core.state = CallState::kEnded;
  core.end_reason = reason;
  // A carrier's text is cut at a character boundary, one that is no UTF-8 at all is left out
  // (B-GEN-4).
  core.end_detail.set(is_utf8(detail) ? utf8_prefix(detail, limits::kEndDetailBytesMax) : "");
  core.ended_at = at;
  core.carrier_end_confirmed = confirmed;
  core.turn_token = {};
  return true;
}

EndReason resolved_end_reason(const CallCore& core, EndReason reported) {
  const bool ours = has(core.intents, Intent::kHangup) && core.hangup_reason != EndReason::kNone;
  return reported == EndReason::kCompleted && ours ? core.hangup_reason : reported;
}

Identity identity_of(const CallCore& core, std::string_view provider_call_id) {
  if (provider_call_id.empty()) return Identity::kMismatch;
  if (core.provider_call_id.empty()) return Identity::kUnbound;
  if (core.provider_call_id == provider_call_id) return Identity::kSame;
  for (const ProviderCallId& alias : core.aliases) {
    if (alias == provider_call_id) return Identity::kSame;
  }
  return Identity::kMismatch;
}

Status adopt_provider_id(CallCore& core, std::string_view provider_call_id) {
  if (provider_call_id.empty()) return Status::kInvalid;
  if (provider_call_id.size() > ProviderCallId::capacity()) return Status::kTooLarge;
  if (identity_of(core, provider_call_id) == Identity::kSame) return Status::kOk;
  if (!core.provider_call_id.empty()) {
    ProviderCallId* place = nullptr;
    for (ProviderCallId& alias : core.aliases) {
      if (alias.empty() && place == nullptr) place = &alias;
    }
    if (place == nullptr) return Status::kFull;
    *place = core.provider_call_id;
  }
  core.provider_call_id.set(provider_call_id);
  return Status::kOk;
}

}  // namespace hookflash
