// Media of unknown content through the journal. Looking at one never writes; opening one for use
// never stops the program, and what is appended then is there at the next start.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/check.h"
#include "journal/image.h"
#include "journal/journal.h"
#include "tests/journal/sample_state.h"

namespace hookflash {
namespace {

constexpr uint32_t kSegment = 12 * 1024;
constexpr uint32_t kSegments = 10;

class Medium final : public Flash {
 public:
  [[nodiscard]] FlashGeometry geometry() const override {
    return {.program_unit = 64, .erase_unit = 4096, .size = bytes.size(), .endurance = 0};
  }
  Status read(uint64_t at, MutableBytes out) override {
    if (at > bytes.size() || out.size() > bytes.size() - at) return Status::kInvalid;
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), out.size(), out.begin());
    return Status::kOk;
  }
  Status program(uint64_t at, Bytes data) override {
    CHECK(!only_reading && at + data.size() <= bytes.size() && at % 64 == 0);
    std::copy(data.begin(), data.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
    return Status::kOk;
  }
  Status erase(uint64_t at) override {
    CHECK(!only_reading && at < bytes.size() && at % 4096 == 0);
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), 4096, uint8_t{0xFF});
    return Status::kOk;
  }
  Status sync() override {
    CHECK(!only_reading);
    return Status::kOk;
  }

  std::vector<uint8_t> bytes = std::vector<uint8_t>(size_t{kSegment} * kSegments, 0xFF);
  bool only_reading = false;
};

// Takes the input apart; zeros behind its end.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  uint64_t number(size_t bytes) {
    uint64_t value = 0;
    for (; bytes > 0; --bytes) value = value << 8U | (at_ < size_ ? data_[at_++] : 0U);
    return value;
  }
  // Mostly small, so that numbers meet; now and then any.
  uint64_t near() {
    const uint64_t kind = number(1);
    return kind == 255 ? number(8) : kind;
  }
  [[nodiscard]] bool at_end() const { return at_ == size_; }

 private:
  const uint8_t* data_;
  size_t size_;
  size_t at_ = 0;
};

// Headers and records with right sums and any content, so that fuzzing gets past the CRC.
void write_segment(Medium& medium, uint32_t index, Input& in) {
  const MutableBytes segment =
      MutableBytes(medium.bytes).subspan(size_t{index} * kSegment, kSegment);
  const uint64_t kind = in.number(1);
  auto epoch = static_cast<uint32_t>(in.near());
  if (kind % 8 != 0) {
    const SegmentHeader header{
        .kind = kind % 2 == 1 ? SegmentKind::kLog : SegmentKind::kSnapshot,
        .part = static_cast<uint16_t>(in.near()),
        .epoch = epoch,
        .segment_bytes = kind % 8 == 7 ? static_cast<uint32_t>(in.number(4)) : kSegment,
        .base = in.near(),
        .durable = in.near(),
        .snapshot = {.epoch = static_cast<uint32_t>(in.near()),
                     .parts = static_cast<uint16_t>(in.near()),
                     .sequence = in.near(),
                     .log_epoch = static_cast<uint32_t>(in.near())}};
    write_header(header, segment.first<kSegmentHeaderBytes>());
  }
  size_t at = kSegmentHeaderBytes;
  for (uint64_t records = in.number(1) % 12; records > 0; --records) {
    const std::vector<uint8_t> payload(1 + in.number(1) * 8, static_cast<uint8_t>(in.number(1)));
    const RecordHead head{.type = static_cast<RecordType>(1 + in.number(1) % 3),
                          .size = static_cast<uint16_t>(payload.size()),
                          .behind = static_cast<uint16_t>(in.near()),
                          .epoch = in.number(1) % 8 == 0 ? static_cast<uint32_t>(in.near()) : epoch,
                          .sequence = in.near()};
    if (at + record_bytes(payload.size()) > segment.size()) return;
    write_record(head, payload, segment.subspan(at, record_bytes(payload.size())));
    at += record_bytes(payload.size());
  }
}

void look(Medium& medium) {
  medium.only_reading = true;
  uint32_t segment_bytes = kSegment;
  if (find_segment_bytes(medium, segment_bytes) == Status::kOk) {
    CHECK(segment_bytes >= kSegmentBytesMin && segment_bytes <= medium.bytes.size());
  }
  SampleState state;
  const auto journal = std::make_unique<Journal>(
      medium, state, JournalOptions{.segment_bytes = segment_bytes, .read_only = true});
  if (ok(journal->open())) {
    CHECK(!journal->step());
    CHECK(journal->append(Bytes(medium.bytes).first(20)) == Status::kUnavailable);
    (void)journal->figures();
  }
  medium.only_reading = false;
}

void use(Medium& medium) {
  constexpr JournalOptions kOptions{.segment_bytes = kSegment, .fold_segments = 2};
  SampleState state;
  auto journal = std::make_unique<Journal>(medium, state, kOptions);
  if (!ok(journal->open())) return;
  std::vector<uint8_t> newest;
  for (uint64_t n = 0; n < 12; ++n) {
    const std::vector<uint8_t> entry = sample_entry(n + 1000, 1500);
    if (ok(journal->append(entry)) && ok(journal->commit())) newest = entry;
    for (int steps = 0; steps < 20; ++steps) (void)journal->step();
  }
  if (newest.empty()) return;  // Full.
  const uint64_t durable = journal->durable_sequence();
  SampleState again;
  journal = std::make_unique<Journal>(medium, again, kOptions);
  CHECK(ok(journal->open()));
  CHECK(journal->durable_sequence() == durable);
  CHECK(again.values().values[newest[8]] == sum_of(newest));
}

}  // namespace
}  // namespace hookflash

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hookflash;
  Medium medium;
  Input in(data, size);
  if (in.number(1) % 2 == 0) {
    if (size > 1)
      std::copy_n(data + 1, std::min(size - 1, medium.bytes.size()), medium.bytes.begin());
  } else {
    for (uint32_t i = 0; i < kSegments && !in.at_end(); ++i) write_segment(medium, i, in);
    // Then single bytes of it turned.
    while (!in.at_end()) {
      const uint64_t at = in.number(3) % medium.bytes.size();
      medium.bytes[at] ^= static_cast<uint8_t>(in.number(1));
    }
  }
  look(medium);
  use(medium);
  return 0;
}
