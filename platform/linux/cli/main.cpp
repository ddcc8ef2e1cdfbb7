#include <array>
#include <cstdio>
#include <cstdlib>

#include "platform/linux/cli/commands.h"

namespace {

using hookflash::cli::Words;

struct Command {
  std::string_view name;
  int (*act)(Words words);
  const char* summary;
};

constexpr std::array kCommands = {
    Command{"run", hookflash::cli::run, "runs the appliance until SIGTERM or Ctrl-C"},
    Command{"check", hookflash::cli::check, "says everything that is wrong with a configuration"},
    Command{"simulate", hookflash::cli::simulate,
            "is a simulated Twilio that calls a running appliance"},
    Command{"call", hookflash::cli::call, "places a call through the running box and follows it"},
    Command{"calls", hookflash::cli::calls, "lists the running box's calls"},
    Command{"journal", hookflash::cli::journal, "looks at a journal: check, dump, stats"},
    Command{"status", hookflash::cli::status, "says how the running box is"},
    Command{"version", hookflash::cli::version, "prints the version and what this build can hold"},
};

void print_help(FILE* out) {
  fputs(
      "Hookflash bridges phone calls to voice applications.\n\n"
      "Usage: hookflash COMMAND [OPTION...]\n\n",
      out);
  for (const Command& command : kCommands) {
    fprintf(out, "  %-9.*s %s\n", static_cast<int>(command.name.size()), command.name.data(),
            command.summary);
  }
  fputs(
      "\nhookflash COMMAND --help says more. Exit codes: 0 done, 1 failed, 2 wrong usage;\n"
      "call, calls and status besides: 3 no box answers, 4 it refuses the API token,\n"
      "5 it refuses the request, 6 the call ended without a conversation.\n",
      out);
}

}  // namespace

// There are no exceptions here; the C++ runtime's own handler would bring a demangler of 50 KB into
// the static binaries to describe one.
namespace __gnu_cxx {
// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming): the runtime's own name
void __verbose_terminate_handler();
void __verbose_terminate_handler() { abort(); }
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)
}  // namespace __gnu_cxx

int main(int count, char** words) {
  if (count < 2) {
    print_help(stderr);
    return hookflash::cli::kUsage;
  }
  const std::string_view name = words[1];
  if (name == "-h" || name == "--help" || name == "help") {
    print_help(stdout);
    return hookflash::cli::kSuccess;
  }
  const Words rest(words + 2, static_cast<size_t>(count - 2));
  if (name == "--version") return hookflash::cli::version(rest);
  for (const Command& command : kCommands) {
    if (command.name == name) return command.act(rest);
  }
  fprintf(stderr, "hookflash: there is no command '%s'\n\n", words[1]);
  print_help(stderr);
  return hookflash::cli::kUsage;
}
