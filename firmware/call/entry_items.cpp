#include "call/entry_items.h"

#include <cstring>
#include <type_traits>

#include "base/check.h"

namespace hookflash {
namespace {

constexpr uint8_t kCoreVersion = 1;

// What one event makes fits one entry (B-JRN-7): a core with every text full, a line, the keys.
// Several events of one request may not fit together: EntryWriter::status() says so.
constexpr size_t kCoreTextsMax = limits::kLineIdBytesMax + 3 * limits::kProviderCallIdBytesMax +
                                 limits::kEndDetailBytesMax + 2 * limits::kAddressBytesMax +
                                 limits::kRouteKeyBytesMax + limits::kAppNameBytesMax +
                                 limits::kSessionKeyBytesMax + limits::kMessageBytesMax +
                                 limits::kDtmfSequenceMax + limits::kStreamIdBytesMax;
constexpr size_t kCoreFixedMax = 256;
static_assert(kEntryHeadBytes + kItemHeadBytes + kCoreTextsMax + kCoreFixedMax + kLineItemBytesMax +
                      kItemHeadBytes + 16 + 16 * CallPlan::kKeysMax <=
                  limits::kJournalEntryBytesMax,
              "B-JRN-7");

// --- Writing -------------------------------------------------------------------------------------

void put(ByteWriter& out, const CallId& id) { out.bytes(id.bytes()); }
void put(ByteWriter& out, WallTime at) { out.u64(static_cast<uint64_t>(at.ms())); }
void put(ByteWriter& out, bool value) { out.u8(value ? 1 : 0); }
template <typename Enum>
requires std::is_enum_v<Enum>
void put(ByteWriter& out, Enum value) { out.u8(static_cast<uint8_t>(value)); }

// --- Reading -------------------------------------------------------------------------------------

// Each get() makes the reader fail when the bytes are no such value.
void get(ByteReader& in, CallId& id) {
  const std::optional<CallId> found = CallId::from_bytes(in.bytes(16));
  if (found) {
    id = *found;
  } else {
    in.fail();
  }
}
void get(ByteReader& in, WallTime& at) { at = WallTime::from_ms(static_cast<int64_t>(in.u64())); }
void get(ByteReader& in, bool& value) {
  const uint8_t byte = in.u8();
  if (byte > 1) in.fail();
  value = byte == 1;
}
template <size_t N>
void get(ByteReader& in, FixedText<N>& text) {
  if (text.assign(in.text()) != Status::kOk) in.fail();
}
template <size_t N>
void get(ByteReader& in, std::array<uint8_t, N>& out) {
  const Bytes bytes = in.bytes(N);
  if (!in.failed()) std::memcpy(out.data(), bytes.data(), N);
}
template <size_t count, typename Enum>
void get_enum(ByteReader& in, Enum& value) {
  const uint8_t byte = in.u8();
  if (byte >= count) in.fail();
  value = in.failed() ? Enum{} : static_cast<Enum>(byte);
}

Status done(const ByteReader& in) {
  return in.failed() || !in.at_end() ? Status::kInvalid : Status::kOk;
}

void put(ByteWriter& out, const CallLimits& limits) {
  out.u32(limits.max_duration_seconds).u32(limits.ring_timeout_ms).u32(limits.disconnect_grace_ms);
  out.u32(limits.transcript_timeout_ms).u32(limits.silence_timeout_ms);
  out.u32(limits.notify_hangup_delay_seconds).u32(limits.reaper_seconds);
  put(out, limits.streaming);
}
void get(ByteReader& in, CallLimits& limits) {
  limits.max_duration_seconds = in.u32();
  limits.ring_timeout_ms = in.u32();
  limits.disconnect_grace_ms = in.u32();
  limits.transcript_timeout_ms = in.u32();
  limits.silence_timeout_ms = in.u32();
  limits.notify_hangup_delay_seconds = in.u32();
  limits.reaper_seconds = in.u32();
  get(in, limits.streaming);
}

void put_keys(ByteWriter& out, std::span<const Key> keys) {
  for (const Key& key : keys) out.bytes(key);
}
void get_keys(ByteReader& in, ItemKeys& keys) {
  keys.clear();
  while (!in.at_end()) {
    Key key{};
    get(in, key);
    if (in.failed() || !is_set(key) || keys.push(key) != Status::kOk) in.fail();
  }
}

}  // namespace

void write_core(EntryWriter& entry, const CallCore& core) {
  CHECK(is_live(core.state));
  ByteWriter& out = entry.open(ItemType::kCore);
  out.u8(kCoreVersion);
  put(out, core.call_id);
  out.u8(core.provider).text(core.line_id);
  put(out, core.direction);
  put(out, core.external);
  put(out, core.mode);
  out.text(core.provider_call_id);
  for (const ProviderCallId& alias : core.aliases) out.text(alias);
  put(out, core.state);
  put(out, core.rejection);
  out.text(core.end_detail).text(core.from).text(core.to).text(core.route_key);
  out.text(core.app).text(core.session_key).bytes(core.idempotency);
  put(out, core.started_at);
  put(out, core.ringing_at);
  put(out, core.answered_at);
  put(out, core.limits);
  out.text(core.message);
  put(out, core.message_state);
  out.u8(core.message_attempts).text(core.dtmf_sequence);
  put(out, core.dtmf_sent);
  out.u32(core.turn_count);
  out.u32(core.last_turn_latency_ms).u32(core.last_turn_listen_wait_ms);
  out.text(core.stream_id).u32(core.stream_generation).u32(core.document_number);
  out.u32(core.sequence).u32(core.intents);
  put(out, core.hangup_reason);
  entry.close();
}

Status read_core(Bytes payload, CallCore& core) {
  ByteReader in(payload);
  core = {};
  core.line = kNoLine;
  if (in.u8() != kCoreVersion) return in.failed() ? Status::kInvalid : Status::kUnsupported;
  get(in, core.call_id);
  core.provider = in.u8();
  get(in, core.line_id);
  get_enum<kDirections>(in, core.direction);
  get(in, core.external);
  get_enum<kModes>(in, core.mode);
  get(in, core.provider_call_id);
  for (ProviderCallId& alias : core.aliases) get(in, alias);
  get_enum<kCallStates>(in, core.state);
  get_enum<kRejections>(in, core.rejection);
  get(in, core.end_detail);
  get(in, core.from);
  get(in, core.to);
  get(in, core.route_key);
  get(in, core.app);
  get(in, core.session_key);
  get(in, core.idempotency);
  get(in, core.started_at);
  get(in, core.ringing_at);
  get(in, core.answered_at);
  get(in, core.limits);
  get(in, core.message);
  get_enum<kMessageStates>(in, core.message_state);
  core.message_attempts = in.u8();
  get(in, core.dtmf_sequence);
  get(in, core.dtmf_sent);
  core.turn_count = in.u32();
  core.last_turn_latency_ms = in.u32();
  core.last_turn_listen_wait_ms = in.u32();
  get(in, core.stream_id);
  core.stream_generation = in.u32();
  core.document_number = in.u32();
  core.sequence = in.u32();
  core.intents = in.u32();
  get_enum<kEndReasons>(in, core.hangup_reason);
  if (!is_live(core.state)) return Status::kInvalid;
  return done(in);
}

void write_line(EntryWriter& entry, const CallId& call, const TranscriptLine& line,
                uint32_t dropped) {
  ByteWriter& out = entry.open(ItemType::kTranscriptLine);
  put(out, call);
  put(out, line.speaker);
  put(out, line.at);
  out.u32(dropped).text(line.text);
  entry.close();
}

Status read_line(Bytes payload, LineItem& item) {
  ByteReader in(payload);
  get(in, item.call);
  get_enum<kSpeakers>(in, item.line.speaker);
  get(in, item.line.at);
  item.dropped = in.u32();
  item.line.text = in.text();
  if (item.line.text.size() > limits::kTranscriptLineBytesMax) return Status::kInvalid;
  return done(in);
}

void write_call_keys(EntryWriter& entry, const CallId& call, std::span<const Key> keys) {
  CHECK(keys.size() <= kItemKeysMax);
  ByteWriter& out = entry.open(ItemType::kCallEventKeys);
  put(out, call);
  put_keys(out, keys);
  entry.close();
}

Status read_call_keys(Bytes payload, CallKeysItem& item) {
  ByteReader in(payload);
  get(in, item.call);
  get_keys(in, item.keys);
  return done(in);
}

void write_keys(EntryWriter& entry, std::span<const Key> keys) {
  CHECK(keys.size() <= kItemKeysMax);
  put_keys(entry.open(ItemType::kEventKeys), keys);
  entry.close();
}

Status read_keys(Bytes payload, ItemKeys& keys) {
  ByteReader in(payload);
  get_keys(in, keys);
  return done(in);
}

void write_request_key(EntryWriter& entry, const Key& key, WallTime at) {
  ByteWriter& out = entry.open(ItemType::kRequestKey);
  out.bytes(key);
  put(out, at);
  entry.close();
}

Status read_request_key(Bytes payload, RequestKeyItem& item) {
  ByteReader in(payload);
  get(in, item.key);
  get(in, item.at);
  return done(in);
}

void write_message(EntryWriter& entry, const CallId& call, MessageState state, uint8_t attempts) {
  ByteWriter& out = entry.open(ItemType::kMessage);
  put(out, call);
  put(out, state);
  out.u8(attempts);
  entry.close();
}

Status read_message(Bytes payload, MessageItem& item) {
  ByteReader in(payload);
  get(in, item.call);
  get_enum<kMessageStates>(in, item.state);
  item.attempts = in.u8();
  return done(in);
}

void write_intents(EntryWriter& entry, const CallId& call, uint32_t intents) {
  ByteWriter& out = entry.open(ItemType::kIntents);
  put(out, call);
  out.u32(intents);
  entry.close();
}

Status read_intents(Bytes payload, IntentsItem& item) {
  ByteReader in(payload);
  get(in, item.call);
  item.intents = in.u32();
  return done(in);
}

namespace {

void put(ByteWriter& out, const CallSummary& summary) {
  put(out, summary.call_id);
  out.text(summary.provider_call_id).text(summary.line_id).u8(summary.provider);
  put(out, summary.direction);
  put(out, summary.external);
  put(out, summary.mode);
  put(out, summary.end_reason);
  put(out, summary.rejection);
  put(out, summary.carrier_end_confirmed);
  out.text(summary.end_detail);
  put(out, summary.started_at);
  put(out, summary.ringing_at);
  put(out, summary.answered_at);
  put(out, summary.ended_at);
  out.bytes(summary.idempotency).u32(summary.turn_count).u32(summary.streams);
  out.u32(summary.transcript_lines).u32(summary.transcript_dropped);
  out.u32(summary.intents);
}
void get(ByteReader& in, CallSummary& summary) {
  get(in, summary.call_id);
  get(in, summary.provider_call_id);
  get(in, summary.line_id);
  summary.provider = in.u8();
  get_enum<kDirections>(in, summary.direction);
  get(in, summary.external);
  get_enum<kModes>(in, summary.mode);
  get_enum<kEndReasons>(in, summary.end_reason);
  get_enum<kRejections>(in, summary.rejection);
  get(in, summary.carrier_end_confirmed);
  get(in, summary.end_detail);
  get(in, summary.started_at);
  get(in, summary.ringing_at);
  get(in, summary.answered_at);
  get(in, summary.ended_at);
  get(in, summary.idempotency);
  summary.turn_count = in.u32();
  summary.streams = in.u32();
  summary.transcript_lines = in.u32();
  summary.transcript_dropped = in.u32();
  summary.intents = in.u32();
  if (summary.end_reason == EndReason::kNone) in.fail();
}

void put(ByteWriter& out, const FinishedCall& names) {
  put(out, names.end_confirmed);
  put(out, names.refused);
  for (const Key& id : names.ids) out.bytes(id);
}
void get(ByteReader& in, FinishedCall& names) {
  get(in, names.end_confirmed);
  get(in, names.refused);
  for (Key& id : names.ids) get(in, id);
  if (!is_set(names.ids[0])) in.fail();
}

}  // namespace

void write_finished(EntryWriter& entry, const CallSummary& summary, const FinishedCall& names) {
  ByteWriter& out = entry.open(ItemType::kFinished);
  put(out, summary);
  put(out, names);
  entry.close();
}

Status read_finished(Bytes payload, FinishedItem& item) {
  ByteReader in(payload);
  get(in, item.summary);
  get(in, item.names);
  return done(in);
}

void write_names(EntryWriter& entry, const FinishedCall& names) {
  put(entry.open(ItemType::kFinishedNames), names);
  entry.close();
}

Status read_names(Bytes payload, FinishedCall& names) {
  ByteReader in(payload);
  get(in, names);
  return done(in);
}

void write_summary(EntryWriter& entry, const CallSummary& summary) {
  put(entry.open(ItemType::kSummary), summary);
  entry.close();
}

Status read_summary(Bytes payload, CallSummary& summary) {
  ByteReader in(payload);
  get(in, summary);
  return done(in);
}

void write_forget_keys(EntryWriter& entry) {
  entry.open(ItemType::kForgetEventKeys);
  entry.close();
}

Status read_forget_keys(Bytes payload) { return payload.empty() ? Status::kOk : Status::kInvalid; }

void write_end_confirmed(EntryWriter& entry, const CallId& call, const Key& call_key) {
  ByteWriter& out = entry.open(ItemType::kEndConfirmed);
  put(out, call);
  out.bytes(call_key);
  entry.close();
}

Status read_end_confirmed(Bytes payload, EndConfirmedItem& item) {
  ByteReader in(payload);
  get(in, item.call);
  get(in, item.call_key);
  return done(in);
}

void write_plan(EntryWriter& entry, const CallPlan& plan, const Transcript& transcript,
                Crypto& crypto, bool keep_transcripts) {
  const CallId& call = plan.core.call_id;
  const bool ended = plan.core.state == CallState::kEnded;
  // A call that is only beginning needs its core first, or replay would find no call for its keys.
  if (!ended) write_core(entry, plan.core);
  if (!plan.keys.empty()) write_call_keys(entry, call, plan.keys.span());
  if (!ended || keep_transcripts) {
    for (const TranscriptLine& line : plan.lines) {
      write_line(entry, call, line, transcript.dropped());
    }
  }
  if (!ended) return;
  CallSummary summary = summary_of(plan.core, transcript);
  summary.transcript_lines += static_cast<uint32_t>(plan.lines.size());
  summary.transcript_dropped = transcript.dropped_after(plan.lines.span());
  write_finished(entry, summary, finished_of(crypto, plan.core));
}

}  // namespace hookflash
