#include "base/text_writer.h"

namespace hookflash {

TextWriter& TextWriter::fixed_point(int64_t value, int decimals) {
  uint64_t magnitude = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  uint64_t scale = 1;
  for (int i = 0; i < decimals; ++i) scale *= 10;
  if (value < 0) put('-');
  number(magnitude / scale);
  if (decimals == 0) return *this;
  put('.');
  uint64_t rest = magnitude % scale;
  for (uint64_t digit = scale / 10; digit > 0; digit /= 10) {
    put(static_cast<char>('0' + rest / digit));
    rest %= digit;
  }
  return *this;
}

}  // namespace hookflash
