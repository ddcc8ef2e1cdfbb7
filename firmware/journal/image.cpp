#include "journal/image.h"

#include <array>

namespace hookflash {
namespace {

constexpr uint32_t kStep = 4096;  // The smallest erase unit of any part.

}  // namespace

Status find_segment_bytes(Flash& medium, uint32_t& bytes) {
  const uint64_t size = medium.geometry().size;
  Status found = Status::kNotFound;
  std::array<uint8_t, kSegmentHeaderBytes> raw{};
  for (uint64_t at = 0; at + raw.size() <= size; at += kStep) {
    Status status = medium.read(at, raw);
    if (status == Status::kUnavailable) return status;
    if (!ok(status)) continue;
    SegmentHeader header;
    status = read_header(raw, header);
    if (status == Status::kUnsupported) found = status;
    if (!ok(status) || header.segment_bytes < kSegmentBytesMin || header.segment_bytes > size ||
        at % header.segment_bytes != 0) {
      continue;
    }
    bytes = header.segment_bytes;
    return Status::kOk;
  }
  return found;
}

}  // namespace hookflash
