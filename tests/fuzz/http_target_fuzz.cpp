// Aim: no target breaks what is made of it: path, query, public URL and the text for
// logs. The first line is the target, the second the Host header.

#include <cstddef>
#include <cstdint>

#include "base/ascii.h"
#include "base/bytes.h"
#include "base/check.h"
#include "webhook/diagnostics.h"
#include "webhook/form.h"
#include "webhook/host.h"
#include "webhook/origin.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hookflash;
  static char text[limits::kHeadBytesMax];
  static RequestHead head;
  static Query query;
  std::string_view rest = text_of({data, size});
  const std::string_view target = next_piece(rest, '\n');
  const std::string_view host = next_piece(rest, '\n');
  TextWriter out(text, sizeof text);
  out.put("GET ").put(target).put(" HTTP/1.1\r\nHost: ").put(host);
  out.put("\r\nX-Forwarded-Host: ").put(rest).put("\r\n\r\n");
  if (out.overflowed() || head.parse(out.view(), {}) != HeadFault::kNone) return 0;

  static_cast<void>(query.parse(head.query()));
  OriginRules rules;
  rules.line_path.set("/voice/webhook");
  const IpAddress peer = IpAddress::from_v4({192, 0, 2, 1});
  for (const std::string_view public_url : {"", "https://a.example:8443/base"}) {
    rules.public_url.set(public_url);
    rules.trust_forwarding_headers = !rules.trust_forwarding_headers;
    for (const UrlKind kind : {UrlKind::kWebhook, UrlKind::kOwnPath, UrlKind::kStream}) {
      PublicUrl url;
      const Status status = build_public_url(rules, head, peer, kind, url);
      if (status != Status::kOk) continue;
      // The query is byte for byte the request's own.
      if (head.has_query()) CHECK(url.text.view().ends_with(head.query()));
      char masked[4 * kPublicUrlBytesMax];
      TextWriter line(masked, sizeof masked);
      write_masked_url(line, url.text);
      for (const char c : line.view()) CHECK(c > ' ' && c <= '~');
    }
  }
  if (const Result<Host> read = parse_host(host); read.ok()) {
    const Result<Host> again = parse_host(read->name);
    CHECK(again.ok() && again->name == read->name);
  }
  return 0;
}
