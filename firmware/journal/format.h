#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/status.h"
#include "limits.h"

// The bytes on the medium: docs/spec/journal.md. All numbers are little-endian.
namespace hookflash {

inline constexpr uint8_t kJournalVersion = 1;

// --- Segments ------------------------------------------------------------------------------------

enum class SegmentKind : uint8_t {
  kLog = 1,       // Entries as they came.
  kSnapshot = 2,  // A part of a snapshot: what all entries up to a number add up to.
};

// Which snapshot stands, as far as a segment's writer knew. Epoch 0: none.
struct SnapshotName {
  uint32_t epoch = 0;      // Of its first part; the others count on.
  uint16_t parts = 0;      // Segments.
  uint64_t sequence = 0;   // It holds everything up to this entry.
  uint32_t log_epoch = 0;  // Log segments older than this hold nothing that counts.

  bool operator==(const SnapshotName&) const = default;
};

struct SegmentHeader {
  SegmentKind kind = SegmentKind::kLog;
  uint16_t part = 0;           // Of a snapshot: 0 to parts - 1.
  uint32_t epoch = 0;          // Counts every opening of a segment; never 0.
  uint32_t segment_bytes = 0;  // How the medium is cut.
  uint64_t base = 0;      // Log: the first entry; what older segments have from here on is void.
  uint64_t durable = 0;   // Every entry up to this one was durable.
  SnapshotName snapshot;  // Log: the last one committed. First part of a snapshot: itself.

  bool operator==(const SegmentHeader&) const = default;
};
inline constexpr size_t kSegmentHeaderBytes = 64;

// Epochs and numbers beyond these are no journal's: no part and no box lives that long. So sums of
// them fit.
inline constexpr uint32_t kEpochMax = UINT32_MAX / 2;
inline constexpr uint64_t kSequenceMax = uint64_t{1} << 62U;

void write_header(const SegmentHeader& header, std::span<uint8_t, kSegmentHeaderBytes> out);
// kInvalid: not a header, or damaged. kUnsupported: a whole header of another version.
Status read_header(std::span<const uint8_t, kSegmentHeaderBytes> in, SegmentHeader& header);

// --- Records -------------------------------------------------------------------------------------

enum class RecordType : uint8_t {
  kEntry = 1,
  kSnapshot = 2,  // A piece of a snapshot.
};

struct RecordHead {
  RecordType type = RecordType::kEntry;
  uint16_t size = 0;      // Of the payload.
  uint16_t behind = 0;    // Entries up to `sequence - behind` were durable when this was written.
  uint32_t epoch = 0;     // Of the segment.
  uint64_t sequence = 0;  // Of the entry; in a snapshot the number of the piece.
};
inline constexpr size_t kRecordHeadBytes = 24;
inline constexpr size_t kRecordAlignment = 8;
inline constexpr size_t kRecordPayloadMax = limits::kJournalEntryBytesMax;

// What a record takes on the medium.
constexpr size_t record_bytes(size_t payload) {
  return (kRecordHeadBytes + payload + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
}
inline constexpr size_t kRecordBytesMax = record_bytes(kRecordPayloadMax);

// Head, payload and padding (0xFF). `out` has record_bytes(payload.size()) bytes.
void write_record(const RecordHead& head, Bytes payload, MutableBytes out);
// A head whose fields can be true; the CRC is not looked at. False when they cannot.
bool read_record_head(std::span<const uint8_t, kRecordHeadBytes> in, RecordHead& head);
// Whether head and payload are what was written. `record` begins with the head and is long enough.
bool record_is_whole(Bytes record, const RecordHead& head);

}  // namespace hookflash
