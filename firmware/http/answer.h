#pragma once

#include <cstdint>
#include <string_view>

#include "base/text_writer.h"
#include "base/time.h"

namespace hookflash {

// What a request is answered. An explicitly empty body stays empty.
struct Answer {
  uint16_t status = 200;
  std::string_view content_type;  // Left out when empty.
  std::string_view headers;       // Further header lines, each ended by CRLF.
  std::string_view body;
  bool close = false;  // Ends the connection behind it.
};

// "Not Found"; empty for a status that is not known here.
std::string_view reason_of(uint16_t status);

// Status line, Date, Content-Type, Content-Length (not for 1xx, 204 and 304), Connection when it
// closes, the further headers and the empty line. The body follows, unless the request was a HEAD.
void write_answer_head(TextWriter& out, const Answer& answer, WallTime now, bool closes);

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
void write_http_date(TextWriter& out, WallTime time);

inline constexpr size_t kAnswerHeadBytesMax = 512;  // Without Answer::headers and content_type.

}  // namespace hookflash
