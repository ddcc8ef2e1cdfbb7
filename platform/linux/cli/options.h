#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "platform/linux/cli/commands.h"

namespace hookflash::cli {

// One option of a command. Exactly one of the places is set; it keeps its value when the option is
// not given. Numbers are whole, without sign, at most `most`.
struct Option {
  std::string_view name;  // With the two dashes.
  bool* flag = nullptr;
  std::string_view* text = nullptr;
  uint32_t* number = nullptr;
  uint32_t most = 0;
};

enum class Parsed : uint8_t {
  kGo,
  kHelp,   // Help was asked for and has been printed on standard output.
  kWrong,  // Said on standard error, with the help.
};

// Reads `--name value`, `--name=value` and flags; `-h` and `--help` print `help`. Words that are no
// options go to `operands` in order; more of them than there are places is wrong.
Parsed parse_options(Words words, std::span<const Option> options,
                     std::span<std::string_view> operands, std::string_view help);

// What a command returns when parse_options() did not say kGo.
constexpr int exit_code_of(Parsed parsed) { return parsed == Parsed::kHelp ? kSuccess : kUsage; }

}  // namespace hookflash::cli
