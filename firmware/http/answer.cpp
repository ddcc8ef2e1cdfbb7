#include "http/answer.h"

namespace hookflash {
namespace {

void two_digits(TextWriter& out, int64_t value) {
  out.put(static_cast<char>('0' + value / 10)).put(static_cast<char>('0' + value % 10));
}

bool has_length(uint16_t status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace

std::string_view reason_of(uint16_t status) {
  switch (status) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "";
  }
}

void write_http_date(TextWriter& out, WallTime time) {
  constexpr std::string_view kDays = "ThuFriSatSunMonTueWed";  // 1970-01-01 was a Thursday.
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const int64_t seconds = time.ms() < 0 ? 0 : time.seconds();
  const int64_t days = seconds / 86400;
  const int64_t rest = seconds % 86400;
  // Civil date from days, on years that begin in March so that the leap day is a year's last.
  const int64_t shifted = days + 719468;
  const int64_t era = shifted / 146097;
  const int64_t day_of_era = shifted % 146097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const int64_t month = month_from_march < 10 ? month_from_march + 2 : month_from_march - 10;
  const int64_t year = year_of_era + era * 400 + (month < 2 ? 1 : 0);

  out.put(kDays.substr(static_cast<size_t>(days % 7) * 3, 3)).put(", ");
  two_digits(out, day);
  out.put(' ').put(kMonths.substr(static_cast<size_t>(month) * 3, 3)).put(' ');
  two_digits(out, year / 100 % 100);
  two_digits(out, year % 100);
  out.put(' ');
  two_digits(out, rest / 3600);
  out.put(':');
  two_digits(out, rest / 60 % 60);
  out.put(':');
  two_digits(out, rest % 60);
  out.put(" GMT");
}

void write_answer_head(TextWriter& out, const Answer& answer, WallTime now, bool closes) {
  out.put("HTTP/1.1 ").number(answer.status).put(' ').put(reason_of(answer.status)).put("\r\n");
  out.put("Date: ");
  write_http_date(out, now);
  out.put("\r\n");
  if (!answer.content_type.empty()) {
    out.put("Content-Type: ").put(answer.content_type).put("\r\n");
  }
  if (has_length(answer.status)) {
    out.put("Content-Length: ").number(answer.body.size()).put("\r\n");
  }
  if (closes) out.put("Connection: close\r\n");
  out.put(answer.headers).put("\r\n");
}

}  // namespace hookflash
