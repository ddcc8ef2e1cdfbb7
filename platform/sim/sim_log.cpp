#include "platform/sim/sim_log.h"

#include <cinttypes>
#include <cstdio>
#include <cstring>

namespace hookflash::sim {

// FNV-1a over words of eight bytes: as good for comparing, and eight times as quick.
void SimLog::mix(const void* data, size_t size) {
  const auto* bytes = static_cast<const unsigned char*>(data);
  while (size > 0) {
    uint64_t word = 0;
    const size_t n = size < 8 ? size : 8;
    std::memcpy(&word, bytes, n);
    hash_ = (hash_ ^ word) * 1099511628211ULL;
    hash_ ^= hash_ >> 29;
    bytes += n;
    size -= n;
  }
}

void SimLog::note(Instant at, uint8_t kind, std::string_view content) {
  ++entries_;
  const uint64_t head[2] = {static_cast<uint64_t>((at - start_).us()),
                            (static_cast<uint64_t>(kind) << 56) | content.size()};
  mix(head, sizeof head);
  mix(content.data(), content.size());
}

void SimLog::line(Instant at, std::string_view part, std::string_view text) {
  note(at, 0, text);
  const int64_t us = (at - start_).us();
  char stamp[48];
  std::snprintf(stamp, sizeof stamp, "+%" PRId64 ".%06" PRId64 " ", us / 1'000'000, us % 1'000'000);
  std::string full = stamp;
  full.append(part).append(": ").append(text);
  if (print_) std::fprintf(stderr, "%s\n", full.c_str());
  recent_.push_back(std::move(full));
  while (recent_.size() > keep_) recent_.pop_front();
}

std::string SimLog::tail(size_t lines) const {
  std::string out;
  const size_t begin = recent_.size() > lines ? recent_.size() - lines : 0;
  for (size_t i = begin; i < recent_.size(); ++i) out.append(recent_[i]).push_back('\n');
  return out;
}

}  // namespace hookflash::sim
