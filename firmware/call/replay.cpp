#include "call/replay.h"

#include "base/check.h"

namespace hookflash {
namespace {

// Decodes one item and forgets it.
Status check_item(const Item& item) {
  switch (item.type) {
    case ItemType::kCore: {
      CallCore core;
      return read_core(item.payload, core);
    }
    case ItemType::kTranscriptLine: {
      LineItem line;
      return read_line(item.payload, line);
    }
    case ItemType::kCallEventKeys: {
      CallKeysItem keys;
      return read_call_keys(item.payload, keys);
    }
    case ItemType::kEventKeys: {
      ItemKeys keys;
      return read_keys(item.payload, keys);
    }
    case ItemType::kRequestKey: {
      RequestKeyItem key;
      return read_request_key(item.payload, key);
    }
    case ItemType::kMessage: {
      MessageItem message;
      return read_message(item.payload, message);
    }
    case ItemType::kIntents: {
      IntentsItem intents;
      return read_intents(item.payload, intents);
    }
    case ItemType::kFinished: {
      FinishedItem finished;
      return read_finished(item.payload, finished);
    }
    case ItemType::kEndConfirmed: {
      EndConfirmedItem end;
      return read_end_confirmed(item.payload, end);
    }
    case ItemType::kFinishedNames: {
      FinishedCall names;
      return read_names(item.payload, names);
    }
    case ItemType::kSummary: {
      CallSummary summary;
      return read_summary(item.payload, summary);
    }
    case ItemType::kForgetEventKeys: return read_forget_keys(item.payload);
    case ItemType::kDeviceKey: {
      DeviceKey key;
      return read_device_key(item.payload, key);
    }
    case ItemType::kConfiguration: {
      ConfigurationPiece piece;
      return read_configuration_piece(item.payload, piece);
    }
    case ItemType::kKeepTranscripts: {
      bool keep = false;
      return read_keep_transcripts(item.payload, keep);
    }
    case ItemType::kNone: break;
  }
  return Status::kUnsupported;
}

// For what check_items() has proven.
void must(Status status) { CHECK(ok(status)); }

}  // namespace

Status Replay::check_items(Bytes entry) {
  TRY(EntryReader::check(entry));
  EntryReader reader(entry);
  Item item;
  while (reader.next(item)) TRY(check_item(item));
  return Status::kOk;
}

Status Replay::apply(Bytes entry) {
  if (const Status status = check_items(entry); !ok(status)) {
    ++refused_;
    return status;
  }
  const uint64_t homeless = homeless_;
  EntryReader reader(entry);
  if (reader.time().is_set()) newest_ = reader.time();
  Item item;
  while (reader.next(item)) apply_item(item);
  ++applied_;
  return homeless_ == homeless ? Status::kOk : Status::kFull;
}

CallRecord* Replay::live(const CallId& call) { return calls_.get(calls_.find(call)); }

void Replay::put_core(CallCore core) {
  core.line = context_.line_index(core.line_id);
  const CallHandle call = calls_.find(core.call_id);
  if (const CallRecord* const record = calls_.get(call)) {
    // What never changes in a call differs only in a journal that we did not write.
    if (record->core.line == core.line && record->core.direction == core.direction) {
      calls_.apply(call, core);
    } else {
      ++homeless_;
    }
    return;
  }
  if (!calls_.restore(core).ok()) ++homeless_;
}

void Replay::put_finished(const Item& item) {
  FinishedItem finished;
  must(read_finished(item.payload, finished));
  file_finished(history_, finished_, finished.summary, finished.names);
  const CallHandle call = calls_.find(finished.summary.call_id);
  const CallRecord* const record = calls_.get(call);
  if (record == nullptr) return;
  CallCore core = record->core;
  finish(core, finished.summary.end_reason, finished.summary.end_detail, finished.summary.ended_at,
         finished.summary.carrier_end_confirmed);
  calls_.apply(call, core);
  calls_.release(call);
}

void Replay::apply_item(const Item& item) {
  switch (item.type) {
    case ItemType::kCore: {
      CallCore core;
      must(read_core(item.payload, core));
      put_core(core);
      return;
    }
    case ItemType::kTranscriptLine: {
      LineItem line;
      must(read_line(item.payload, line));
      CallRecord* const record = live(line.call);
      if (record == nullptr) return;
      // The first line after a compaction says how many were before it.
      if (record->transcript.size() == 0) record->transcript.set_dropped(line.dropped);
      record->transcript.add(line.line);
      return;
    }
    case ItemType::kCallEventKeys: {
      CallKeysItem keys;
      must(read_call_keys(item.payload, keys));
      CallRecord* const record = live(keys.call);
      for (const Key& key : keys.keys) {
        keys_.add(key);
        if (record != nullptr) record->keys.add(key);
      }
      return;
    }
    case ItemType::kEventKeys: {
      ItemKeys keys;
      must(read_keys(item.payload, keys));
      for (const Key& key : keys) keys_.add(key);
      return;
    }
    case ItemType::kRequestKey: {
      RequestKeyItem key;
      must(read_request_key(item.payload, key));
      context_.remember_request(key.key, key.at);
      return;
    }
    case ItemType::kMessage: {
      MessageItem message;
      must(read_message(item.payload, message));
      if (CallRecord* const record = live(message.call)) {
        record->core.message_state = message.state;
        record->core.message_attempts = message.attempts;
      }
      return;
    }
    case ItemType::kIntents: {
      IntentsItem intents;
      must(read_intents(item.payload, intents));
      if (CallRecord* const record = live(intents.call)) {
        record->core.intents = intents.intents;
      } else if (CallSummary* const summary = find_summary(history_, intents.call)) {
        summary->intents = intents.intents;
      }
      return;
    }
    case ItemType::kFinished: put_finished(item); return;
    case ItemType::kEndConfirmed: {
      EndConfirmedItem end;
      must(read_end_confirmed(item.payload, end));
      confirm_end(history_, finished_, end.call, end.call_key);
      return;
    }
    case ItemType::kFinishedNames: {
      FinishedCall names;
      must(read_names(item.payload, names));
      finished_.add(names);
      return;
    }
    case ItemType::kSummary: {
      CallSummary summary;
      must(read_summary(item.payload, summary));
      history_.add(summary);
      return;
    }
    case ItemType::kForgetEventKeys: keys_.clear(); return;
    case ItemType::kDeviceKey: {
      DeviceKey key;
      must(read_device_key(item.payload, key));
      context_.remember_device_key(key);
      return;
    }
    case ItemType::kConfiguration: {
      ConfigurationPiece piece;
      must(read_configuration_piece(item.payload, piece));
      context_.remember_configuration(piece, newest_);
      return;
    }
    case ItemType::kKeepTranscripts: {
      bool keep = false;
      must(read_keep_transcripts(item.payload, keep));
      context_.remember_keep_transcripts(keep);
      return;
    }
    case ItemType::kNone: return;
  }
}

}  // namespace hookflash
