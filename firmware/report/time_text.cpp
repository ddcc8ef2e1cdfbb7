#include "report/time_text.h"

#include <algorithm>

namespace hookflash {
namespace {

void write_padded(TextWriter& out, int64_t value, int64_t scale) {
  for (; scale > 0; scale /= 10) out.put(static_cast<char>('0' + value / scale % 10));
}

}  // namespace

void write_rfc3339(TextWriter& out, WallTime time) {
  constexpr int64_t kLastMs = 253'402'300'799'999;  // 9999-12-31T23:59:59.999Z.
  const int64_t ms = std::clamp<int64_t>(time.ms(), 0, kLastMs);
  const int64_t of_day = ms % 86'400'000;
  // Days since 0000-03-01: with March first, the leap day is the last of its year, and 400 years
  // (an era) have always as many days.
  const int64_t days = ms / 86'400'000 + 719'468;
  const int64_t era = days / 146'097;
  const int64_t day_of_era = days % 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_from_march =
      (5 * day_of_year + 2) / 153;  // Months of 31, 30, 31, 30, 31 days.
  const int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const int64_t year = era * 400 + year_of_era + (month <= 2 ? 1 : 0);
  write_padded(out, year, 1000);
  out.put('-');
  write_padded(out, month, 10);
  out.put('-');
  write_padded(out, day, 10);
  out.put('T');
  write_padded(out, of_day / 3'600'000, 10);
  out.put(':');
  write_padded(out, of_day / 60'000 % 60, 10);
  out.put(':');
  write_padded(out, of_day / 1000 % 60, 10);
  out.put('.');
  write_padded(out, of_day % 1000, 100);
  out.put('Z');
}

}  // namespace hookflash
