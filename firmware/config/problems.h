#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/fixed_text.h"
#include "base/fixed_vector.h"
#include "base/text_writer.h"
#include "limits.h"

namespace hookflash {

enum class Severity : uint8_t {
  kError,  // The configuration is not used.
  kLine,   // A line cannot start; everything else does (B-LIFE-6).
  kWarning,
};

struct Problem {
  Severity severity = Severity::kError;
  FixedText<192> path;  // Of the document: lines[2].authToken. Empty: the document as a whole.
  FixedText<400>
      message;  // What was expected. Never a value of the document, but for small numbers.

  // For the log: names that are no words of ours are left out, as those of `numbers` are phone
  // numbers (B-LOG-1).
  [[nodiscard]] FixedText<192> path_for_log() const;
};

// Everything that is wrong with a configuration, found in one go (B-CFG-1). Keeps the first
// limits::kConfigProblemsMax and counts the rest.
class Problems {
 public:
  void clear() {
    list_.clear();
    errors_ = line_problems_ = warnings_ = 0;
  }
  void add(Severity severity, std::string_view path, std::string_view message);

  [[nodiscard]] std::span<const Problem> list() const { return list_.span(); }
  [[nodiscard]] size_t errors() const { return errors_; }
  [[nodiscard]] size_t line_problems() const { return line_problems_; }
  [[nodiscard]] size_t warnings() const { return warnings_; }
  // How many there are beyond list().
  [[nodiscard]] size_t unlisted() const {
    return errors_ + line_problems_ + warnings_ - list_.size();
  }
  [[nodiscard]] bool full() const { return list_.full(); }

 private:
  FixedVector<Problem, limits::kConfigProblemsMax> list_;
  size_t errors_ = 0;
  size_t line_problems_ = 0;
  size_t warnings_ = 0;
};

// "error", "line cannot start", "warning".
std::string_view word_of(Severity severity);

// One line of text for people, without a newline: "error: serve.port: expected ...".
void write_problem(const Problem& problem, TextWriter& out);

}  // namespace hookflash
