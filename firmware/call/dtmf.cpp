#include "call/dtmf.h"

#include "limits.h"

namespace hookflash {
namespace {

enum class Symbol { kOther, kDigit, kHalfSecond, kSecond };

Symbol symbol_of(char c) {
  if ((c >= '0' && c <= '9') || c == '*' || c == '#') return Symbol::kDigit;
  if (c == 'w' || c == 'p' || c == ',') return Symbol::kHalfSecond;
  if (c == 'W' || c == 'P') return Symbol::kSecond;
  return Symbol::kOther;
}

}  // namespace

Status check_dtmf(std::string_view sequence) {
  if (sequence.empty() || sequence.size() > limits::kDtmfSequenceMax) return Status::kInvalid;
  for (const char c : sequence) {
    if (symbol_of(c) == Symbol::kOther) return Status::kInvalid;
  }
  return Status::kOk;
}

bool is_dtmf_digit(char c) { return symbol_of(c) == Symbol::kDigit || (c >= 'A' && c <= 'D'); }

void write_dtmf(TextWriter& out, std::string_view sequence, std::string_view half_second,
                std::string_view second) {
  for (const char c : sequence) {
    switch (symbol_of(c)) {
      case Symbol::kDigit: out.put(c); break;
      case Symbol::kHalfSecond: out.put(half_second); break;
      case Symbol::kSecond: out.put(second); break;
      case Symbol::kOther: break;
    }
  }
}

Duration dtmf_playing_time(std::string_view sequence) {
  Duration time;
  for (const char c : sequence) {
    time += symbol_of(c) == Symbol::kSecond ? Duration::seconds(1) : Duration::ms(500);
  }
  return time;
}

}  // namespace hookflash
