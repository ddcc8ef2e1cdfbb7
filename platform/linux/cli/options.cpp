#include "platform/linux/cli/options.h"

#include <charconv>
#include <cstdio>

namespace hookflash::cli {
namespace {

Parsed wrong(std::string_view word, std::string_view why, std::string_view help) {
  fprintf(stderr, "hookflash: %.*s: %.*s\n\n%.*s", static_cast<int>(word.size()), word.data(),
          static_cast<int>(why.size()), why.data(), static_cast<int>(help.size()), help.data());
  return Parsed::kWrong;
}

bool read_number(std::string_view text, uint32_t most, uint32_t& out) {
  uint32_t value = 0;
  const auto end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end || value > most) return false;
  out = value;
  return true;
}

}  // namespace

int fail(std::initializer_list<std::string_view> words) {
  fputs("hookflash: ", stderr);
  for (const std::string_view word : words) fwrite(word.data(), 1, word.size(), stderr);
  fputc('\n', stderr);
  return kFailure;
}

Parsed parse_options(Words words, std::span<const Option> options,
                     std::span<std::string_view> operands, std::string_view help) {
  size_t taken = 0;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == "-h" || word == "--help") {
      fwrite(help.data(), 1, help.size(), stdout);
      return Parsed::kHelp;
    }
    if (!word.starts_with('-') || word == "-") {
      if (taken == operands.size()) return wrong(word, "not understood", help);
      operands[taken++] = word;
      continue;
    }
    const size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const Option* option = nullptr;
    for (const Option& known : options) {
      if (known.name == name) option = &known;
    }
    if (option == nullptr) return wrong(word, "no such option", help);
    if (option->flag != nullptr) {
      if (equals != std::string_view::npos) return wrong(word, "takes no value", help);
      *option->flag = true;
      continue;
    }
    std::string_view value;
    if (equals != std::string_view::npos) {
      value = word.substr(equals + 1);
    } else if (i + 1 < words.size()) {
      value = words[++i];
    } else {
      return wrong(word, "needs a value", help);
    }
    if (option->text != nullptr) {
      *option->text = value;
    } else if (!read_number(value, option->most, *option->number)) {
      return wrong(word, "needs a whole number in its range", help);
    }
  }
  return Parsed::kGo;
}

}  // namespace hookflash::cli
