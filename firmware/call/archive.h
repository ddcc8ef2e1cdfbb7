#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/fixed_text.h"
#include "base/fixed_vector.h"
#include "call/replay.h"
#include "call/snapshot.h"
#include "call/transcript_carrier.h"
#include "journal/state.h"

namespace hookflash {

// Memory of a CallArchive: plain data, all bytes zero at first.
struct CallArchiveMemory {
  struct Request {
    Key key{};
    WallTime at;
  };

  CallTable calls;
  EventKeys keys;
  FinishedIndex finished;
  CallHistory history;
  std::array<Request, limits::kRequestKeysMax> requests{};
  size_t first_request = 0;
  size_t request_count = 0;
  DeviceKey device_key{};
  bool has_device_key = false;
  KeptConfiguration configuration;
  bool keep_transcripts = false;  // Of finished calls (B-JRN-10).
  CarriedCalls carried;
  // Lines that calls belong to, in the order in which they were met. The archive does not know the
  // configuration.
  FixedVector<FixedText<limits::kLineIdBytesMax>, 64> lines;
};

// What all entries of the journal add up to, kept beside the journal so that snapshots of it can be
// written (B-JRN-7): live calls, finished calls, event keys, verified requests. It is nobody's
// source of truth while the program runs, and lags behind it. Used by the thread that owns the
// journal.
class CallArchive final : public JournalState, private ReplayContext {
 public:
  explicit CallArchive(CallArchiveMemory& memory)
      : memory_(memory),
        replay_(memory.calls, memory.keys, memory.finished, memory.history, *this),
        carrier_(memory.carried) {}

  void clear() override;
  void apply(Bytes entry, uint64_t sequence) override;
  [[nodiscard]] size_t snapshot_bytes_max() const override;
  void begin_snapshot() override;
  Bytes next_piece() override;
  [[nodiscard]] size_t carried_bytes_max() const override;
  bool begin_carrying() override;
  void weigh(Bytes record, uint64_t sequence) override;
  uint64_t choose(size_t bytes) override;
  Bytes carry(Bytes record, uint64_t sequence) override;

  [[nodiscard]] const CallArchiveMemory& memory() const { return memory_; }
  // Of all entries and pieces since clear().
  [[nodiscard]] WallTime newest() const { return replay_.newest(); }
  // Entries that could not be read, and live calls that found no place.
  [[nodiscard]] uint64_t refused() const { return replay_.refused(); }
  [[nodiscard]] uint64_t homeless() const { return replay_.homeless(); }

 private:
  enum class Stage : uint8_t {
    kBox,
    kConfiguration,
    kCalls,
    kKeys,
    kRequests,
    kNames,
    kSummaries,
    kDone
  };

  void remember_request(const Key& key, WallTime at) override;
  void remember_device_key(const DeviceKey& key) override;
  void remember_keep_transcripts(bool keep) override;
  void remember_configuration(const ConfigurationPiece& piece, WallTime at) override;
  uint8_t line_index(std::string_view line_id) override;

  bool next_of_configuration();
  bool next_of_calls();
  bool next_of_keys();
  bool next_of_requests();
  bool next_of_names();
  bool next_of_summaries();
  [[nodiscard]] size_t room() const {
    return limits::kJournalEntryBytesMax - entry_.bytes().size();
  }

  CallArchiveMemory& memory_;
  Replay replay_;
  TranscriptCarrier carrier_;
  Stage stage_ = Stage::kDone;
  size_t at_ = 0;                         // Within the stage.
  std::optional<CallSnapshot> snapshot_;  // Of the call at at_.
  EntryWriter entry_;
};

}  // namespace hookflash
