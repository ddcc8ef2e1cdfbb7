#include "config/problems.h"

#include <array>

#include "base/utf8.h"

namespace hookflash {
std::string_view word_of(Severity severity) {
  switch (severity) {
    case Severity::kError: return "error";
    case Severity::kLine: return "line cannot start";
    case Severity::kWarning: return "warning";
  }
  return "error";
}

FixedText<192> Problem::path_for_log() const {
  constexpr std::string_view kHidden = "[...]";
  constexpr std::string_view kNumbers = "numbers.";
  std::string_view rest = path.view();
  std::array<char, 192> memory{};
  TextWriter out(memory);
  if (rest.starts_with(kNumbers)) {
    out.put("numbers").put(kHidden);
    const size_t end = rest.find_first_of(".[", kNumbers.size());
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
  }
  while (true) {
    const size_t quoted = rest.find("[\"");
    out.put(rest.substr(0, quoted));
    if (quoted == std::string_view::npos) break;
    out.put(kHidden);
    const size_t end = rest.find("\"]", quoted + 2);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 2);
  }
  FixedText<192> text;
  text.set(out.view());
  return text;
}

void Problems::add(Severity severity, std::string_view path, std::string_view message) {
  switch (severity) {
    case Severity::kError: ++errors_; break;
    case Severity::kLine: ++line_problems_; break;
    case Severity::kWarning: ++warnings_; break;
  }
  Problem* const problem = list_.emplace();
  if (problem == nullptr) return;
  problem->severity = severity;
  problem->path.set(utf8_prefix(path, problem->path.capacity()));
  problem->message.set(utf8_prefix(message, problem->message.capacity()));
}

void write_problem(const Problem& problem, TextWriter& out) {
  out.put(word_of(problem.severity)).put(": ");
  if (!problem.path.empty()) out.put(problem.path).put(": ");
  out.put(problem.message);
}

}  // namespace hookflash
