#include "journal/format.h"

#include <cstring>

#include "base/check.h"
#include "journal/crc32c.h"
#include "journal/safeguards.h"

namespace hookflash {
namespace {

constexpr uint32_t kSegmentMagic = 0x314A4648;  // "HFJ1".
constexpr uint16_t kRecordMagic = 0x524A;       // "JR".
constexpr size_t kHeaderCrcAt = 60;
constexpr size_t kRecordCrcAt = 12;

template <typename T>
void put(uint8_t* at, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) at[i] = static_cast<uint8_t>(uint64_t{value} >> (8 * i));
}
template <typename T>
T get(const uint8_t* at) {
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value |= uint64_t{at[i]} << (8 * i);
  return static_cast<T>(value);
}

// Over the record without its CRC field.
uint32_t record_crc(Bytes record, size_t payload) {
  const uint32_t head = crc32c(record.first(kRecordCrcAt));
  return crc32c(record.subspan(kRecordCrcAt + 4, kRecordHeadBytes - kRecordCrcAt - 4 + payload),
                head);
}

}  // namespace

void write_header(const SegmentHeader& header, std::span<uint8_t, kSegmentHeaderBytes> out) {
  std::memset(out.data(), 0, out.size());
  put<uint32_t>(&out[0], kSegmentMagic);
  out[4] = kJournalVersion;
  out[5] = static_cast<uint8_t>(header.kind);
  put<uint16_t>(&out[6], header.part);
  put<uint32_t>(&out[8], header.epoch);
  put<uint32_t>(&out[12], header.segment_bytes);
  put<uint64_t>(&out[16], header.base);
  put<uint64_t>(&out[24], header.durable);
  put<uint32_t>(&out[32], header.snapshot.epoch);
  put<uint16_t>(&out[36], header.snapshot.parts);
  put<uint64_t>(&out[40], header.snapshot.sequence);
  put<uint32_t>(&out[48], header.snapshot.log_epoch);
  put<uint32_t>(&out[kHeaderCrcAt], crc32c(Bytes(out).first(kHeaderCrcAt)));
}

Status read_header(std::span<const uint8_t, kSegmentHeaderBytes> in, SegmentHeader& header) {
  if (get<uint32_t>(&in[0]) != kSegmentMagic) return Status::kInvalid;
  if (with(Safeguard::kCrc) &&
      get<uint32_t>(&in[kHeaderCrcAt]) != crc32c(Bytes(in).first(kHeaderCrcAt))) {
    return Status::kInvalid;
  }
  if (in[4] != kJournalVersion) return Status::kUnsupported;
  const uint8_t kind = in[5];
  if (kind != static_cast<uint8_t>(SegmentKind::kLog) &&
      kind != static_cast<uint8_t>(SegmentKind::kSnapshot)) {
    return Status::kInvalid;
  }
  header.kind = static_cast<SegmentKind>(kind);
  header.part = get<uint16_t>(&in[6]);
  header.epoch = get<uint32_t>(&in[8]);
  header.segment_bytes = get<uint32_t>(&in[12]);
  header.base = get<uint64_t>(&in[16]);
  header.durable = get<uint64_t>(&in[24]);
  header.snapshot.epoch = get<uint32_t>(&in[32]);
  header.snapshot.parts = get<uint16_t>(&in[36]);
  header.snapshot.sequence = get<uint64_t>(&in[40]);
  header.snapshot.log_epoch = get<uint32_t>(&in[48]);
  const SnapshotName& snapshot = header.snapshot;
  const bool plausible = header.epoch != 0 && header.epoch <= kEpochMax &&
                         snapshot.epoch <= kEpochMax && header.base <= kSequenceMax &&
                         header.durable <= kSequenceMax && snapshot.sequence <= kSequenceMax;
  return plausible ? Status::kOk : Status::kInvalid;
}

void write_record(const RecordHead& head, Bytes payload, MutableBytes out) {
  CHECK(payload.size() <= kRecordPayloadMax && out.size() == record_bytes(payload.size()));
  put<uint16_t>(&out[0], kRecordMagic);
  out[2] = static_cast<uint8_t>(head.type);
  out[3] = 0;
  put<uint16_t>(&out[4], static_cast<uint16_t>(payload.size()));
  put<uint16_t>(&out[6], head.behind);
  put<uint32_t>(&out[8], head.epoch);
  put<uint64_t>(&out[16], head.sequence);
  std::memcpy(&out[kRecordHeadBytes], payload.data(), payload.size());
  const size_t end = kRecordHeadBytes + payload.size();
  std::memset(out.data() + end, 0xFF, out.size() - end);
  put<uint32_t>(&out[kRecordCrcAt], record_crc(out, payload.size()));
}

bool read_record_head(std::span<const uint8_t, kRecordHeadBytes> in, RecordHead& head) {
  if (get<uint16_t>(&in[0]) != kRecordMagic) return false;
  head.size = get<uint16_t>(&in[4]);
  if (head.size == 0 || head.size > kRecordPayloadMax) return false;
  head.type = static_cast<RecordType>(in[2]);
  head.behind = get<uint16_t>(&in[6]);
  head.epoch = get<uint32_t>(&in[8]);
  head.sequence = get<uint64_t>(&in[16]);
  return head.epoch != 0 && head.epoch <= kEpochMax && head.sequence <= kSequenceMax;
}

bool record_is_whole(Bytes record, const RecordHead& head) {
  return !with(Safeguard::kCrc) ||
         get<uint32_t>(&record[kRecordCrcAt]) == record_crc(record, head.size);
}

}  // namespace hookflash
