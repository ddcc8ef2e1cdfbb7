#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

namespace hookflash::cli {

// What a command ends with.
enum ExitCode : int {
  kSuccess = 0,
  kFailure = 1,
  kUsage = 2,        // The words on the command line are wrong.
  kUnreachable = 3,  // No box answers.
  kDenied = 4,       // The box refuses the API token.
  kRefused = 5,      // The box refuses the request.
  kNoTalk = 6,       // The call ended without a conversation: busy, no answer, failed, ...
};

// The words behind the command's name.
using Words = std::span<char* const>;

// Each prints its result on standard output and problems on standard error, one line each.
int run(Words words);
int check(Words words);
int simulate(Words words);
int call(Words words);
int calls(Words words);
int journal(Words words);
int status(Words words);
// What the journal of a box that does not run holds, on one line. False: it cannot be read.
bool print_journal(std::string_view place);
int version(Words words);

inline constexpr std::string_view kDefaultConfig = "/etc/hookflash/config.json";
inline constexpr std::string_view kDefaultData = "/var/lib/hookflash";
inline constexpr std::string_view kVersion = HOOKFLASH_VERSION;

// "hookflash: <words>" on standard error; returns kFailure.
int fail(std::initializer_list<std::string_view> words);

}  // namespace hookflash::cli
