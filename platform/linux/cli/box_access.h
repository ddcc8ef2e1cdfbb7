#pragma once

#include <string>
#include <string_view>

#include "config/config.h"
#include "platform/linux/cli/client.h"
#include "platform/linux/cli/options.h"

namespace hookflash::cli {

// Where the running box is and how to be let in: from the options, else the environment, else the
// configuration it was started with.
struct BoxAccess {
  std::string_view config = kDefaultConfig;
  std::string_view url;
  std::string_view ca_file;  // Trusted certificates; empty: the system's.
  Server server;             // Filled in by find_box(), with the Authorization header.
};

inline constexpr std::string_view kBoxOptionsHelp =
    "  --config FILE  of the running box: its address and API token are taken from there;\n"
    "                 default /etc/hookflash/config.json\n"
    "  --url URL      of the box, in place of the configuration's (or HOOKFLASH_URL);\n"
    "                 HOOKFLASH_TOKEN holds the API token then\n"
    "  --ca FILE      certificates to trust in place of the system's\n";

inline constexpr std::string_view kBoxExitHelp =
    "3 the box is not reachable, 4 it refuses the API token";

// Where the box of this configuration listens for its API, seen from this machine; without the
// token. False when any free port is wanted, so that nobody can know.
bool address_of(const Config& config, Server& server);

// False when it has been said on standard error why not.
bool find_box(BoxAccess& access);

// One line on standard error about an answer that is no 2xx, with the box's own words, and the exit
// code for it: kUnreachable, kDenied or kRefused.
int explain(const Server& server, const Reply& reply);

// Text of a peer on a terminal: control characters become "?".
std::string plain(std::string_view text);

}  // namespace hookflash::cli
