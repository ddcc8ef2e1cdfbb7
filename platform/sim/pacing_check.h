#pragma once

#include <string_view>

#include "base/time.h"

namespace hookflash::sim {

// Watches the media messages that leave for a carrier and tells when they run ahead of real time by
// more than allowed. It reckons like the far end: audio plays from the moment it was sent, without
// gaps while there is some.
class PacingCheck {
 public:
  void begin(Duration ahead_max) { ahead_max_ = ahead_max; }

  // False when the message is media that leaves too early.
  bool sent(std::string_view text, Instant now) {
    if (ahead_max_ == Duration()) return true;
    if (text.find("\"event\":\"clear\"") != std::string_view::npos) end_ = now;
    const size_t key = text.find("\"payload\":\"");
    if (key == std::string_view::npos) return true;
    const size_t begin = key + 11;
    const size_t characters = text.find('"', begin) - begin;
    const size_t padding = text.substr(begin, characters).ends_with("==")  ? 2
                           : text.substr(begin, characters).ends_with("=") ? 1
                                                                           : 0;
    const auto bytes = static_cast<int64_t>(characters / 4 * 3 - padding);
    if (end_ < now) end_ = now;
    end_ = end_ + Duration::us(bytes * 125);
    ++frames_;
    ahead_ = end_ - now;
    if (ahead_ > most_) most_ = ahead_;
    return ahead_ <= ahead_max_;
  }
  [[nodiscard]] Duration ahead() const { return ahead_; }  // Of the last message.
  [[nodiscard]] Duration most() const { return most_; }
  [[nodiscard]] uint64_t frames() const { return frames_; }

 private:
  Duration ahead_max_;  // Zero: not watched.
  Instant end_;
  Duration ahead_;
  Duration most_;
  uint64_t frames_ = 0;
};

}  // namespace hookflash::sim
