#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "call/plan.h"
#include "call/record.h"
#include "call/summary.h"
#include "store/entry.h"
#include "store/finished_index.h"

namespace hookflash {

// What the engine writes into an entry, one function per item. Each appends to the open entry;
// whether all of it fitted is EntryWriter::status().

// A live call whole, field by field, with a version of its own. Left out: the index of its line,
// because a restart may find the lines in another order, and the turn's token (tokens are never
// journaled, B-JRN-10, and no turn outlives the program).
void write_core(EntryWriter& entry, const CallCore& core);
// `dropped`: lines of the call that made room before this one was added (Transcript::dropped()).
inline constexpr size_t kLineHeadBytes = kItemHeadBytes + 16 + 1 + 8 + 4 + 2;
inline constexpr size_t kLineItemBytesMax = kLineHeadBytes + limits::kTranscriptLineBytesMax;
void write_line(EntryWriter& entry, const CallId& call, const TranscriptLine& line,
                uint32_t dropped);
void write_call_keys(EntryWriter& entry, const CallId& call, std::span<const Key> keys);
void write_keys(EntryWriter& entry, std::span<const Key> keys);
// A verified request of a line, remembered from `at` on (B-DED).
void write_request_key(EntryWriter& entry, const Key& key, WallTime at);
void write_message(EntryWriter& entry, const CallId& call, MessageState state, uint8_t attempts);
void write_intents(EntryWriter& entry, const CallId& call, uint32_t intents);
// The end of a call, also of one that was refused and never lived.
void write_finished(EntryWriter& entry, const CallSummary& summary, const FinishedCall& names);
// The first name (callId key) of a call whose unconfirmed end is confirmed now.
void write_end_confirmed(EntryWriter& entry, const CallId& call, const Key& call_key);
// Of snapshots: one half of write_finished() each, for what is left of a call when the other half
// has been pushed out; and the mark that begins the list of event keys anew.
void write_names(EntryWriter& entry, const FinishedCall& names);
void write_summary(EntryWriter& entry, const CallSummary& summary);
void write_forget_keys(EntryWriter& entry);

// A whole plan: its keys, then its core and lines, or its end when it is finished. Lines that come
// with the end are left out unless transcripts of finished calls are kept (B-JRN-10). `transcript`
// is the call's as it is before the plan.
void write_plan(EntryWriter& entry, const CallPlan& plan, const Transcript& transcript,
                Crypto& crypto, bool keep_transcripts = false);
// Keys of one item.
inline constexpr size_t kItemKeysMax = 64;
using ItemKeys = FixedVector<Key, kItemKeysMax>;

// Payloads back into values. kInvalid for anything that write_*() cannot have made: unknown enum
// values, wrong lengths, over-long texts, trailing bytes.
Status read_core(Bytes payload, CallCore& core);  // core.line is kNoLine.
struct LineItem {
  CallId call;
  TranscriptLine line;  // Text points into the payload.
  uint32_t dropped = 0;
};
Status read_line(Bytes payload, LineItem& item);
struct CallKeysItem {
  CallId call;
  ItemKeys keys;
};
Status read_call_keys(Bytes payload, CallKeysItem& item);
Status read_keys(Bytes payload, ItemKeys& keys);
struct RequestKeyItem {
  Key key{};
  WallTime at;
};
Status read_request_key(Bytes payload, RequestKeyItem& item);
struct MessageItem {
  CallId call;
  MessageState state = MessageState::kNone;
  uint8_t attempts = 0;
};
Status read_message(Bytes payload, MessageItem& item);
struct IntentsItem {
  CallId call;
  uint32_t intents = 0;
};
Status read_intents(Bytes payload, IntentsItem& item);
struct FinishedItem {
  CallSummary summary;
  FinishedCall names;
};
Status read_finished(Bytes payload, FinishedItem& item);
struct EndConfirmedItem {
  CallId call;
  Key call_key{};
};
Status read_end_confirmed(Bytes payload, EndConfirmedItem& item);
Status read_names(Bytes payload, FinishedCall& names);
Status read_summary(Bytes payload, CallSummary& summary);
Status read_forget_keys(Bytes payload);

}  // namespace hookflash
