// What calls of each kind write into the journal, taken from the real appliance in virtual time.
#pragma once

#include <string>
#include <vector>

namespace hookflash {

struct RecordedCall {
  const char* kind = "";
  int share = 0;                     // Of a hundred calls of the day that is reckoned with.
  std::vector<std::string> entries;  // In order, as the journal gets them.
};

std::vector<RecordedCall> record_calls();

// The same entry of another call that was never before: other ids and keys, same sizes. `number` is
// the call's, `now_ms` when it is written.
std::string entry_of_call(const std::string& entry, uint64_t number, int64_t now_ms);

}  // namespace hookflash
