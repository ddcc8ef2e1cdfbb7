#include "platform/linux/cli/start_report.h"

#include <cstdio>

#include "config/readiness.h"
#include "http/url.h"

namespace hookflash::cli {
namespace {

void write_address(std::string_view scheme, std::string_view bind, uint16_t port, TextWriter& out) {
  const bool v6 = bind.find(':') != std::string_view::npos;
  out.put(scheme).put("://").put(v6 ? "[" : "").put(bind).put(v6 ? "]" : "").put(':').number(port);
}

void print_line(const TextWriter& text) {
  printf("%.*s\n", static_cast<int>(text.size()), text.view().data());
}

}  // namespace

void write_webhook_url(const Config& config, const LineConfig& line, uint16_t port,
                       TextWriter& out) {
  const std::string_view public_url = line.values.public_url;
  const Result<Url> url = split_url(public_url);
  if (public_url.empty() || !url.ok()) {
    write_address(config.tls_cert_file.empty() ? "http" : "https", config.serve_bind, port, out);
    out.put(line.values.path);
  } else {
    out.put(public_url);
    if (url->path.empty()) out.put(line.values.path);
  }
  out.put("#rc=2&rp=5xx,ct");
}

void print_start_report(const Config& config, uint16_t port, uint16_t api_port) {
  size_t ready = 0;
  for (const LineConfig& line : config.lines) {
    if (readiness_of(line).ready()) ++ready;
  }
  char memory[2048];
  TextWriter text(memory, sizeof memory);
  text.put("ready: ").number(ready).put(" of ").number(config.lines.size());
  print_line(text.put(config.lines.size() == 1 ? " line" : " lines").put(" can take calls"));
  text.truncate(0);
  text.put("listening: ");
  write_address(config.tls_cert_file.empty() ? "http" : "https", config.serve_bind, port, text);
  print_line(text);
  if (api_port != 0) {
    text.truncate(0);
    text.put("listening: ");
    const std::string_view bind = config.api_bind.empty() ? config.serve_bind : config.api_bind;
    write_address("http", bind, api_port, text);
    print_line(text.put(" (api)"));
  }
  for (const LineConfig& line : config.lines) {
    text.truncate(0);
    text.put("line ").put(line.id).put(": ");
    const Readiness readiness = readiness_of(line);
    if (!readiness.enabled) {
      text.put("disabled");
    } else if (!readiness.ready()) {
      write_readiness(line, readiness, text);
    } else {
      text.put("webhook to paste into the number's settings: ");
      write_webhook_url(config, line, port, text);
    }
    print_line(text);
  }
  fflush(stdout);
}

}  // namespace hookflash::cli
