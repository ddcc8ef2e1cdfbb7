#include "call/archive.h"

#include <algorithm>

#include "base/check.h"
#include "call/pieces.h"

namespace hookflash {
namespace {

constexpr size_t kRequestItemBytes = kItemHeadBytes + sizeof(Key) + 8;
constexpr size_t kNamesItemBytes = kItemHeadBytes + 2 + FinishedCall::kIds * sizeof(Key);
constexpr size_t kSummaryItemBytesMax = kItemHeadBytes + limits::kSummaryBytesMax;
constexpr size_t kKeysItemBytesMax = kItemHeadBytes + kItemKeysMax * sizeof(Key);

// A live call at its largest: a core, its transcript, its keys.
constexpr size_t kCallBytesMax = limits::kJournalEntryBytesMax / 2 + limits::kTranscriptBytesMax +
                                 limits::kTranscriptLinesMax * kLineHeadBytes +
                                 limits::kCallEventKeysMax * sizeof(Key) +
                                 (limits::kCallEventKeysMax / 16 + 1) * (kItemHeadBytes + 16);
constexpr size_t kSnapshotBytesMax =
    JournalState::kPieceOverhead + kEntryHeadBytes + kItemHeadBytes + sizeof(DeviceKey) +
    kItemHeadBytes + 1 +
    kConfigurationPiecesMax *
        (JournalState::kPieceOverhead + kEntryHeadBytes + kConfigurationItemBytesMax) +
    limits::kCallSlots * bytes_in_pieces(kCallBytesMax, limits::kJournalEntryBytesMax / 2) +
    bytes_in_pieces(limits::kEventKeysMax * sizeof(Key) +
                        (limits::kEventKeysMax / kItemKeysMax + 2) * kItemHeadBytes,
                    kKeysItemBytesMax) +
    bytes_in_pieces(limits::kRequestKeysMax * kRequestItemBytes, kRequestItemBytes) +
    bytes_in_pieces(limits::kFinishedIdsMax * kNamesItemBytes, kNamesItemBytes) +
    bytes_in_pieces(limits::kHistoryMax * kSummaryItemBytesMax, kSummaryItemBytesMax);

}  // namespace

void CallArchive::clear() {
  for (size_t place = 0; place < limits::kCallSlots; ++place) {
    const CallHandle call = memory_.calls.at(place);
    if (!call.is_set()) continue;
    CallCore core = memory_.calls.get(call)->core;
    CHECK(finish(core, EndReason::kError, {}, {}, false));
    memory_.calls.apply(call, core);
    memory_.calls.release(call);
  }
  memory_.keys.clear();
  memory_.finished.clear();
  memory_.history.clear();
  memory_.first_request = memory_.request_count = 0;
  memory_.device_key = {};
  memory_.has_device_key = false;
  memory_.configuration.clear();
  memory_.keep_transcripts = false;
  memory_.carried.clear();
  replay_.forget();
  stage_ = Stage::kDone;
}

// What cannot be read is counted by the replay; the rest of the journal goes on without it.
void CallArchive::apply(Bytes entry, uint64_t sequence) {
  (void)sequence;
  (void)replay_.apply(entry);
}

size_t CallArchive::snapshot_bytes_max() const { return kSnapshotBytesMax; }

void CallArchive::remember_request(const Key& key, WallTime at) {
  auto& requests = memory_.requests;
  const size_t place = (memory_.first_request + memory_.request_count) % requests.size();
  requests[place] = {key, at};
  if (memory_.request_count < requests.size()) {
    ++memory_.request_count;
  } else {
    memory_.first_request = (memory_.first_request + 1) % requests.size();
  }
}

void CallArchive::remember_device_key(const DeviceKey& key) {
  memory_.device_key = key;
  memory_.has_device_key = true;
}

void CallArchive::remember_keep_transcripts(bool keep) { memory_.keep_transcripts = keep; }

void CallArchive::remember_configuration(const ConfigurationPiece& piece, WallTime at) {
  (void)memory_.configuration.add(piece, at);
}

uint8_t CallArchive::line_index(std::string_view line_id) {
  for (size_t i = 0; i < memory_.lines.size(); ++i) {
    if (memory_.lines[i].view() == line_id) return static_cast<uint8_t>(i);
  }
  FixedText<limits::kLineIdBytesMax> id;
  if (!ok(id.assign(line_id)) || !ok(memory_.lines.push(id))) return kNoLine;
  return static_cast<uint8_t>(memory_.lines.size() - 1);
}

// --- Snapshots -----------------------------------------------------------------------------------

void CallArchive::begin_snapshot() {
  stage_ = Stage::kBox;
  at_ = 0;
  snapshot_.reset();
}

Bytes CallArchive::next_piece() {
  while (stage_ != Stage::kDone) {
    entry_.begin(replay_.newest());
    bool more = false;
    switch (stage_) {
      case Stage::kBox:
        if (memory_.has_device_key) write_device_key(entry_, memory_.device_key);
        if (memory_.keep_transcripts) write_keep_transcripts(entry_, true);
        break;
      case Stage::kConfiguration: more = next_of_configuration(); break;
      case Stage::kCalls: more = next_of_calls(); break;
      case Stage::kKeys: more = next_of_keys(); break;
      case Stage::kRequests: more = next_of_requests(); break;
      case Stage::kNames: more = next_of_names(); break;
      case Stage::kSummaries: more = next_of_summaries(); break;
      case Stage::kDone: break;
    }
    if (!more) {
      stage_ = static_cast<Stage>(static_cast<uint8_t>(stage_) + 1);
      at_ = 0;
    }
    if (entry_.empty()) continue;
    CHECK(ok(entry_.status()));
    return entry_.bytes();
  }
  return {};
}

// Its pieces keep the time from which it held.
bool CallArchive::next_of_configuration() {
  const KeptConfiguration& kept = memory_.configuration;
  if (!kept.is_set()) return false;
  entry_.begin(kept.since());
  const ConfigurationPiece piece =
      configuration_piece(kept.digest(), kept.text(), static_cast<uint8_t>(at_));
  write_configuration_piece(entry_, piece);
  return ++at_ < piece.count;
}

bool CallArchive::next_of_calls() {
  for (; at_ < limits::kCallSlots; ++at_) {
    const CallRecord* const record = memory_.calls.get(memory_.calls.at(at_));
    if (record == nullptr) continue;
    if (!snapshot_) snapshot_.emplace(*record);
    if (snapshot_->next(entry_, replay_.newest())) return true;
    snapshot_.reset();
  }
  return false;
}

// The calls' own keys have gone into the list of all already; it begins anew with the right order.
bool CallArchive::next_of_keys() {
  if (at_ == 0) write_forget_keys(entry_);
  while (at_ < memory_.keys.size() && room() >= kKeysItemBytesMax) {
    ItemKeys keys;
    while (at_ < memory_.keys.size() && keys.push(memory_.keys[at_]) == Status::kOk) ++at_;
    write_keys(entry_, keys.span());
  }
  return at_ < memory_.keys.size();
}

// The old ones are left out: they mean nothing any more (B-DED).
bool CallArchive::next_of_requests() {
  for (; at_ < memory_.request_count; ++at_) {
    const CallArchiveMemory::Request& request =
        memory_.requests[(memory_.first_request + at_) % memory_.requests.size()];
    if (replay_.newest() - request.at >= limits::kRequestKeyLife) continue;
    if (room() < kRequestItemBytes) return true;
    write_request_key(entry_, request.key, request.at);
  }
  return false;
}

bool CallArchive::next_of_names() {
  for (; at_ < memory_.finished.size(); ++at_) {
    if (room() < kNamesItemBytes) return true;
    write_names(entry_, memory_.finished[at_]);
  }
  return false;
}

bool CallArchive::next_of_summaries() {
  for (; at_ < memory_.history.size(); ++at_) {
    if (room() < kSummaryItemBytesMax) return true;
    write_summary(entry_, memory_.history[at_]);
  }
  return false;
}

// --- What was said in finished calls -------------------------------------------------------------

size_t CallArchive::carried_bytes_max() const { return limits::kKeptTranscriptBytesMax; }

bool CallArchive::begin_carrying() {
  if (!memory_.keep_transcripts) return false;
  carrier_.begin(memory_.history);
  return !memory_.carried.empty();
}

void CallArchive::weigh(Bytes record, uint64_t sequence) {
  (void)sequence;
  carrier_.weigh(record);
}

uint64_t CallArchive::choose(size_t bytes) { return carrier_.choose(bytes); }

Bytes CallArchive::carry(Bytes record, uint64_t sequence) {
  (void)sequence;
  return carrier_.carry(record, replay_.newest());
}

}  // namespace hookflash
