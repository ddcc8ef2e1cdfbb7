#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "base/check.h"
#include "base/text_writer.h"
#include "json/text.h"

namespace hookflash::json {

// Where in a document something stands, as people write it: lines[2].authToken,
// numbers["+1555"].greeting. A path that grows too long ends in "...".
class Path {
 public:
  // The text of the whole path; empty for the outermost object.
  [[nodiscard]] std::string_view view() const { return {text_.data(), size_}; }

  // Adds a step and takes it away again when it goes out of scope:
  //   const Path::Step step(path, "lines");
  class Step {
   public:
    Step(Path& path, std::string_view name) : path_(path), size_(path.size_) { path.add(name); }
    Step(Path& path, size_t index) : path_(path), size_(path.size_) { path.add(index); }
    ~Step() { path_.size_ = size_; }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Path& path_;
    size_t size_;
  };

 private:
  static bool is_word(std::string_view name) {
    for (const char c : name) {
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
      if (!letter && (c < '0' || c > '9')) return false;
    }
    return !name.empty();
  }
  void add(std::string_view name) {
    std::array<char, 128> step{};
    TextWriter out(step);
    if (is_word(name)) {
      if (size_ > 0) out.put('.');
      out.put(name);
    } else {
      out.put('[');
      write_string(out, name);
      out.put(']');
    }
    append(out);
  }
  void add(size_t index) {
    std::array<char, 32> step{};
    TextWriter out(step);
    out.put('[').number(index).put(']');
    append(out);
  }
  void append(const TextWriter& step) {
    constexpr std::string_view kMore = "...";
    if (!step.overflowed() && step.size() + kMore.size() <= text_.size() - size_) {
      std::memcpy(text_.data() + size_, step.view().data(), step.size());
      size_ += step.size();
    } else if (view().substr(size_ < 3 ? 0 : size_ - 3) != kMore &&
               size_ + kMore.size() <= text_.size()) {
      std::memcpy(text_.data() + size_, kMore.data(), kMore.size());
      size_ += kMore.size();
    }
  }

  size_t size_ = 0;
  std::array<char, 192> text_{};
};

}  // namespace hookflash::json
