#include "platform/linux/cli/box_access.h"

#include <cstdlib>

#include "http/url.h"
#include "json/document.h"
#include "platform/linux/cli/commands.h"
#include "platform/linux/cli/config_file.h"
#include "platform/linux/cli/static_memory.h"

namespace hookflash::cli {
namespace {

std::string_view environment(const char* name) {
  const char* const value = getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

bool take_url(std::string_view text, Server& server) {
  const Result<Url> url = split_url(text);
  if (!url.ok() || url->has_user_info || !(url->path.empty() || url->path == "/") ||
      !(has_scheme(*url, "http") || has_scheme(*url, "https"))) {
    fail(
        {"expected the box's address as http://HOST:PORT or https://HOST, without a path: ", text});
    return false;
  }
  server.tls = url->is_secure();
  server.host = url->host;
  server.port = url->effective_port();
  return true;
}

// A bind address that stands for every network is reached at loopback.
std::string host_of_bind(std::string_view bind) {
  if (bind == "0.0.0.0") return "127.0.0.1";
  if (bind == "::") return "[::1]";
  if (bind.find(':') != std::string_view::npos) return "[" + std::string(bind) + "]";
  return std::string(bind);
}

}  // namespace

// The API listener where there is one; it is plain. Else the main listener; its certificate is made
// out to publicUrl's host.
bool address_of(const Config& config, Server& server) {
  const bool api = config.has_api_listener();
  const bool tls = !api && !config.tls_cert_file.empty();
  const std::string_view bind =
      api && !config.api_bind.empty() ? config.api_bind.view() : config.serve_bind.view();
  const int64_t port =
      api && config.api_port >= 0 ? int64_t{config.api_port} : int64_t{config.serve_port};
  server.tls = tls;
  server.host = host_of_bind(bind);
  server.port = static_cast<uint16_t>(port);
  if (tls) {
    std::string_view public_url = config.values.public_url;
    if (public_url.empty() && !config.lines.empty()) public_url = config.lines[0].values.public_url;
    if (const Result<Url> url = split_url(public_url); url.ok()) {
      server.host = url->host;
      server.port = url->effective_port();
    }
  }
  return server.port != 0;
}

bool find_box(BoxAccess& access) {
  std::string token(environment("HOOKFLASH_TOKEN"));
  if (access.url.empty()) access.url = environment("HOOKFLASH_URL");
  if (!access.url.empty()) {
    if (!take_url(access.url, access.server)) return false;
  } else {
    ApplianceMemory& memory = appliance_memory();
    Config& config = memory.configs[0];
    if (!load_config(access.config, config, memory.problems, Report::kErrors)) return false;
    if (!address_of(config, access.server)) {
      fail({access.config, " lets the box take any free port; give its address with --url"});
      return false;
    }
    if (token.empty() && config.api_token.is_set()) token = config.api_token.reveal();
  }
  for (const char c : token) {
    if (c > 0x20 && c < 0x7F) continue;
    fail({"the API token has characters that no token can have"});
    return false;
  }
  if (!token.empty()) access.server.headers = "Authorization: Bearer " + token + "\r\n";
  return true;
}

std::string plain(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (static_cast<uint8_t>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return out;
}

int explain(const Server& server, const Reply& reply) {
  if (reply.status == 0) {
    const bool nobody = reply.failure == in::RestFailure::kUnreachable;
    fail({nobody ? "no box is running at " : "the box at ", server.url(), ": ",
          reason_of(reply.failure)});
    return kUnreachable;
  }
  json::Document document(appliance_memory().scratch);
  std::string words;
  if (ok(document.parse(reply.body))) {
    const json::Value error = document.root().member("error");
    const auto add = [&](json::Value one) {
      const std::string path = plain(one.member("path").text());
      if (!words.empty()) words += "; ";
      words += (path.empty() ? "" : path + ": ") + plain(one.member("message").text());
    };
    if (error.member("errors").size() > 0) {
      for (const json::Value one : error.member("errors").values()) add(one);
    } else if (error.is_object()) {
      add(error);
      const std::string detail = plain(error.member("detail").text());
      if (!detail.empty()) words += " (" + detail + ")";
      words += " [" + plain(error.member("code").text()) + "]";
    }
  }
  const std::string status = std::to_string(reply.status);
  if (words.empty()) {
    fail({"what answers at ", server.url(), " is not a box's API (HTTP ", status, ")"});
    return kUnreachable;
  }
  if (reply.status == 401) {
    const bool had = !server.headers.empty();
    fail({"the box at ", server.url(),
          had ? " refuses this API token (api.token)" : " wants an API token (api.token)"});
    return kDenied;
  }
  if (reply.status == 404 && words.find("no such call") == std::string::npos) {
    fail({"the box at ", server.url(),
          " does not serve the API here: without api.token only a box that is bound to loopback "
          "does, and api.bind or api.port take it elsewhere"});
    return kDenied;
  }
  fail({"refused: ", words});
  return kRefused;
}

}  // namespace hookflash::cli
