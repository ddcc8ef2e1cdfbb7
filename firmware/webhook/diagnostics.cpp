#include "webhook/diagnostics.h"

#include "base/ascii.h"
#include "http/url.h"

namespace hookflash {
namespace {

constexpr std::string_view kMask = "***";

void put_printable(TextWriter& out, std::string_view text) {
  for (const char c : text) out.put(c > ' ' && c <= '~' && c != '"' ? c : '?');
}

}  // namespace

void write_masked_url(TextWriter& out, std::string_view text) {
  const Result<Url> url = split_url(text);
  if (!url.ok()) {
    out.put("(malformed URL)");
    return;
  }
  out.put(url->scheme).put("://");
  if (url->has_user_info) out.put(kMask).put('@');
  put_printable(out, url->host);
  if (url->port != 0) out.put(':').number(url->port);
  put_printable(out, url->path);
  if (url->has_query) {
    char separator = '?';
    std::string_view rest = url->query;
    do {
      std::string_view value = next_piece(rest, '&');
      const bool has_value = value.find('=') != std::string_view::npos;
      out.put(separator);
      // A piece without "=" may be a value whose name was left out.
      if (has_value) {
        put_printable(out, next_piece(value, '='));
        out.put('=');
      }
      out.put(kMask);
      separator = '&';
    } while (!rest.empty());
  }
  if (url->has_fragment) out.put('#').put(kMask);
}

}  // namespace hookflash
