#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "base/time.h"

namespace hookflash::sim {

// What happened, in order. Every value that crosses a border goes into a running hash, so two runs
// of one seed can be compared to the last byte; lines for people are kept as far as they are
// recent.
class SimLog {
 public:
  explicit SimLog(Instant start) : start_(start) {}

  // `kind` keeps apart what has equal content.
  void note(Instant at, uint8_t kind, std::string_view content);
  // The same, and a line for people.
  void line(Instant at, std::string_view part, std::string_view text);

  [[nodiscard]] uint64_t hash() const { return hash_; }
  [[nodiscard]] uint64_t entries() const { return entries_; }
  [[nodiscard]] const std::deque<std::string>& recent() const { return recent_; }
  [[nodiscard]] std::string tail(size_t lines) const;
  void keep(size_t lines) { keep_ = lines; }
  void print_as_it_comes(bool on) { print_ = on; }

 private:
  void mix(const void* data, size_t size);

  Instant start_;
  uint64_t hash_ = 14695981039346656037ULL;  // FNV-1a.
  uint64_t entries_ = 0;
  size_t keep_ = 20'000;
  bool print_ = false;
  std::deque<std::string> recent_;
};

}  // namespace hookflash::sim
