#include "store/entry.h"

#include "base/check.h"

namespace hookflash {
namespace {

constexpr uint8_t kOptionalFrom = 0x80;

bool is_known(uint8_t type) {
  return (type >= static_cast<uint8_t>(ItemType::kCore) &&
          type <= static_cast<uint8_t>(ItemType::kConfiguration)) ||
         type == static_cast<uint8_t>(ItemType::kKeepTranscripts);
}

}  // namespace

void EntryWriter::begin(WallTime now) {
  out_.truncate(0);
  item_ = 0;
  out_.u8(kEntryVersion).u64(static_cast<uint64_t>(now.ms()));
}

ByteWriter& EntryWriter::open(ItemType type) {
  CHECK(item_ == 0 && out_.size() >= kEntryHeadBytes);
  out_.u8(static_cast<uint8_t>(type));
  item_ = out_.size();
  return out_.u16(0);
}

void EntryWriter::close() {
  CHECK(item_ != 0);
  if (!out_.failed()) out_.patch_u16(item_, static_cast<uint16_t>(out_.size() - item_ - 2));
  item_ = 0;
}

Status EntryReader::check(Bytes entry) {
  if (entry.size() > limits::kJournalEntryBytesMax) return Status::kTooLarge;
  ByteReader in(entry);
  const uint8_t version = in.u8();
  in.u64();
  if (in.failed()) return Status::kInvalid;
  if (version != kEntryVersion) return Status::kUnsupported;
  bool unknown = false;
  while (!in.at_end()) {
    const uint8_t type = in.u8();
    in.bytes(in.u16());
    if (in.failed()) return Status::kInvalid;
    if (!is_known(type) && type < kOptionalFrom) unknown = true;
  }
  return unknown ? Status::kUnsupported : Status::kOk;
}

EntryReader::EntryReader(Bytes entry) : in_(entry) {
  in_.u8();
  time_ = WallTime::from_ms(static_cast<int64_t>(in_.u64()));
}

bool EntryReader::next(Item& item) {
  while (!in_.at_end()) {
    const uint8_t type = in_.u8();
    const Bytes payload = in_.bytes(in_.u16());
    CHECK(!in_.failed());
    if (!is_known(type)) continue;
    item = {.type = static_cast<ItemType>(type), .payload = payload};
    return true;
  }
  return false;
}

}  // namespace hookflash
