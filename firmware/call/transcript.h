#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/time.h"
#include "limits.h"

namespace hookflash {

enum class Speaker : uint8_t { kNone = 0, kCaller, kBot };
inline constexpr size_t kSpeakers = 3;

constexpr std::string_view name_of(Speaker speaker) {
  switch (speaker) {
    case Speaker::kNone: return "none";
    case Speaker::kCaller: return "caller";
    case Speaker::kBot: return "bot";
  }
  return "none";
}

// One line. In a plan the text belongs to whoever made the plan and lives until the plan is applied
// or dropped; in a Transcript it points into the transcript and lives until the next add().
struct TranscriptLine {
  Speaker speaker = Speaker::kNone;
  WallTime at;
  std::string_view text;

  bool operator==(const TranscriptLine&) const = default;
};

// What was said: the newest 64 lines and 8,192 bytes (B-REC). All bytes zero is empty.
class Transcript {
 public:
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] size_t bytes() const { return used_; }
  // Lines that made room for newer ones.
  [[nodiscard]] uint32_t dropped() const { return dropped_; }
  // Index 0 is the oldest kept.
  [[nodiscard]] TranscriptLine operator[](size_t index) const;

  // At most limits::kTranscriptLineBytesMax bytes: whoever plans the line has cut or refused it.
  void add(const TranscriptLine& line);
  // What dropped() will be once these lines have been added.
  [[nodiscard]] uint32_t dropped_after(std::span<const TranscriptLine> lines) const;
  // For replay: lines that were dropped before the ones that follow.
  void set_dropped(uint32_t dropped) { dropped_ = dropped; }
  void clear();

  friend bool operator==(const Transcript& a, const Transcript& b);

 private:
  struct Line {
    WallTime at;
    uint16_t size = 0;
    Speaker speaker = Speaker::kNone;
  };

  void drop_oldest();

  size_t size_ = 0;
  size_t used_ = 0;
  uint32_t dropped_ = 0;
  std::array<Line, limits::kTranscriptLinesMax> lines_{};
  std::array<char, limits::kTranscriptBytesMax> text_{};  // Oldest first, without gaps.
};

// Blank: nothing but white space. Such a line is never added (B-EVT-4, section 3).
bool is_blank(std::string_view text);

}  // namespace hookflash
