#include "contract.h"

#include <regex>

namespace hookflash::contract {
namespace {

std::vector<std::string> matches(std::string_view text, const std::regex& pattern) {
  std::vector<std::string> found;
  auto match = std::cregex_iterator(text.data(), text.data() + text.size(), pattern);
  for (; match != std::cregex_iterator(); ++match) found.push_back((*match)[1].str());
  return found;
}

std::set<std::string> as_set(const std::vector<std::string>& ids) {
  return {ids.begin(), ids.end()};
}

const std::regex& definition() {
  static const std::regex kDefinition(R"((?:^|\n)- \*\*(B-[A-Z]+-[0-9]+)\*\*)");
  return kDefinition;
}

}  // namespace

std::set<std::string> defined_ids(std::string_view contract) {
  return as_set(matches(contract, definition()));
}

std::vector<std::string> defined_twice(std::string_view contract) {
  std::set<std::string> seen;
  std::vector<std::string> twice;
  for (const std::string& id : matches(contract, definition())) {
    if (!seen.insert(id).second) twice.push_back(id);
  }
  return twice;
}

std::set<std::string> named_ids(std::string_view text) {
  static const std::regex kId(R"(\b(B-[A-Z]+-[0-9]+)\b)");
  return as_set(matches(text, kId));
}

Later read_later(std::string_view text) {
  static const std::regex kLine(R"(^(B-[A-Z]+-[0-9]+) +(\S.*)$)");
  Later later;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string line(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line[0] == '#') continue;
    std::smatch match;
    if (!std::regex_match(line, match, kLine)) {
      later.mistakes.push_back("not an id and a reason: " + line);
    } else if (!later.reasons.emplace(match[1].str(), match[2].str()).second) {
      later.mistakes.push_back("listed twice: " + match[1].str());
    }
  }
  return later;
}

std::vector<std::string> unproven(const std::set<std::string>& defined,
                                  const std::set<std::string>& named, const Later& later) {
  std::vector<std::string> wrong;
  for (const std::string& id : defined) {
    if (named.count(id) == 0 && later.reasons.count(id) == 0) {
      wrong.push_back(id + " is named by no test and is not in tests/contract/later.txt");
    }
  }
  return wrong;
}

std::vector<std::string> untrue_later(const std::set<std::string>& defined,
                                      const std::set<std::string>& named, const Later& later) {
  std::vector<std::string> wrong = later.mistakes;
  for (const auto& [id, reason] : later.reasons) {
    if (defined.count(id) == 0) wrong.push_back(id + " is in later.txt but not in the contract");
    if (named.count(id) > 0) wrong.push_back(id + " is in later.txt although a test names it");
  }
  return wrong;
}

std::vector<std::string> unknown_ids(const std::set<std::string>& defined,
                                     const std::set<std::string>& named) {
  std::vector<std::string> wrong;
  for (const std::string& id : named) {
    if (defined.count(id) == 0) wrong.push_back(id + " is named by a test but not in the contract");
  }
  return wrong;
}

}  // namespace hookflash::contract
