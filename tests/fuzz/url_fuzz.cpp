// Aim: no text breaks the URL parser, and the parts it finds make up the text again.

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/check.h"
#include "base/ip_address.h"
#include "base/text_writer.h"
#include "http/url.h"
#include "webhook/diagnostics.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hookflash;
  if (size > 4096) return 0;
  const std::string_view text = text_of({data, size});
  static char memory[32 * 1024];
  TextWriter masked(memory, sizeof memory);
  write_masked_url(masked, text);
  CHECK(!masked.overflowed());

  if (const auto address = IpAddress::parse(text)) {
    char spelling[64];
    TextWriter out(spelling, sizeof spelling);
    address->write(out);
    CHECK(IpAddress::parse(out.view()) == address);
  }
  const Result<Url> url = split_url(text);
  if (!url.ok()) return 0;
  TextWriter out(memory, sizeof memory);
  out.put(url->scheme).put("://");
  if (url->has_user_info) out.put(url->user_info).put('@');
  out.put(url->host);
  if (url->port != 0) out.put(':').put(url->port_text);
  out.put(url->path);
  if (url->has_query) out.put('?').put(url->query);
  if (url->has_fragment) out.put('#').put(url->fragment);
  CHECK(out.view() == text);
  return 0;
}
