#include "call/summary.h"

namespace hookflash {

CallSummary summary_of(const CallCore& core, const Transcript& transcript) {
  CallSummary summary;
  summary.call_id = core.call_id;
  summary.provider_call_id = core.provider_call_id;
  summary.line_id = core.line_id;
  summary.provider = core.provider;
  summary.direction = core.direction;
  summary.external = core.external;
  summary.mode = core.mode;
  summary.end_reason = core.end_reason;
  summary.rejection = core.rejection;
  summary.carrier_end_confirmed = core.carrier_end_confirmed;
  summary.end_detail = core.end_detail;
  summary.started_at = core.started_at;
  summary.ringing_at = core.ringing_at;
  summary.answered_at = core.answered_at;
  summary.ended_at = core.ended_at;
  summary.idempotency = core.idempotency;
  summary.turn_count = core.turn_count;
  summary.streams = core.stream_generation;
  summary.intents = core.intents;
  summary.transcript_dropped = transcript.dropped();
  summary.transcript_lines = static_cast<uint32_t>(transcript.size()) + transcript.dropped();
  return summary;
}

FinishedCall finished_of(Crypto& crypto, const CallCore& core) {
  FinishedCall finished;
  finished.ids[0] = call_id_key(crypto, core.call_id);
  finished.ids[1] = provider_id_key(crypto, core.line_id, core.provider_call_id);
  for (size_t i = 0; i < core.aliases.size(); ++i) {
    finished.ids[2 + i] = provider_id_key(crypto, core.line_id, core.aliases[i]);
  }
  // Room that only a call with all its aliases needs: the key that it was asked for with
  // (B-OUT-10).
  if (!is_set(finished.ids.back())) finished.ids.back() = core.idempotency;
  finished.end_confirmed = core.carrier_end_confirmed;
  finished.refused = core.rejection != Rejection::kNone;
  return finished;
}

Key call_id_key(Crypto& crypto, const CallId& call_id) {
  return make_key(crypto, KeyKind::kCallId, {}, text_of(call_id.bytes()));
}

Key provider_id_key(Crypto& crypto, std::string_view line_id, std::string_view provider_call_id) {
  if (provider_call_id.empty()) return {};
  return make_key(crypto, KeyKind::kProviderId, line_id, provider_call_id);
}

void file_finished(CallHistory& history, FinishedIndex& finished, const CallSummary& summary,
                   const FinishedCall& names) {
  if (finished.find(names.ids[0]) == nullptr) history.add(summary);
  finished.add(names);
}

CallSummary* find_summary(CallHistory& history, const CallId& call) {
  for (size_t i = history.size(); i > 0; --i) {
    if (history.at(i - 1).call_id == call) return &history.at(i - 1);
  }
  return nullptr;
}

bool confirm_end(CallHistory& history, FinishedIndex& finished, const CallId& call,
                 const Key& call_key) {
  CallSummary* const summary = find_summary(history, call);
  if (summary != nullptr) summary->carrier_end_confirmed = true;
  return finished.confirm(call_key) || summary != nullptr;
}

}  // namespace hookflash
