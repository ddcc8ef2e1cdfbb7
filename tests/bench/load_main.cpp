// bench_load: plays N carriers' media streams towards a box or a bare program, and its application.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string_view>

#include "load.h"

namespace {

using hookflash::bench::Play;

constexpr std::string_view kHelp =
    "Usage: bench_load PLAY NAME=VALUE...\n\n"
    "  PLAY  echo, relay, tone, pause, burst or clear\n"
    "  port, app_port, streams, seconds, process (its id), bare (0 or 1), tls, speech,\n"
    "  setups (TLS connections a second), stop_ms (the process is stopped), number, url\n\n"
    "script/bench runs it. Prints `name value` lines.\n";

const std::map<std::string_view, Play> kPlays = {{"echo", Play::kEcho},   {"relay", Play::kRelay},
                                                 {"tone", Play::kTone},   {"pause", Play::kPause},
                                                 {"burst", Play::kBurst}, {"clear", Play::kClear}};

}  // namespace

int main(int count, char** words) {
  signal(SIGPIPE, SIG_IGN);
  hookflash::bench::LoadOptions options;
  const auto play = count > 1 ? kPlays.find(words[1]) : kPlays.end();
  if (play == kPlays.end()) {
    fputs(kHelp.data(), stderr);
    return 2;
  }
  options.play = play->second;
  for (int i = 2; i < count; ++i) {
    const std::string_view word = words[i];
    const size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const std::string value(equals == std::string_view::npos ? "" : word.substr(equals + 1));
    const auto number = static_cast<uint32_t>(strtoul(value.c_str(), nullptr, 10));
    if (name == "port")
      options.port = static_cast<uint16_t>(number);
    else if (name == "app_port")
      options.app_port = static_cast<uint16_t>(number);
    else if (name == "streams")
      options.streams = number;
    else if (name == "seconds")
      options.seconds = number;
    else if (name == "process")
      options.process = static_cast<pid_t>(number);
    else if (name == "bare")
      options.bare = number != 0;
    else if (name == "tls")
      options.tls = number != 0;
    else if (name == "speech")
      options.speech = number != 0;
    else if (name == "setups")
      options.setups = number;
    else if (name == "stop_ms")
      options.stop_ms = number;
    else if (name == "number")
      options.number = value;
    else if (name == "url")
      options.public_url = value;
    else {
      fprintf(stderr, "bench_load: unknown word '%s'\n", words[i]);
      return 2;
    }
  }
  hookflash::bench::Load load(options);
  return load.run();
}
