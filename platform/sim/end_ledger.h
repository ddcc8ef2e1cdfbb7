#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "base/bytes.h"
#include "call/call_id.h"

namespace hookflash::sim {

// Reads each entry that becomes durable, over all lives of a box: a call that is journaled ends
// exactly once, and nothing of it comes after its end.
class EndLedger {
 public:
  explicit EndLedger(std::function<void(std::string)> fail) : fail_(std::move(fail)) {}

  void read(Bytes entry);
  // When nothing is under way any more: every call has had its end.
  void close();
  [[nodiscard]] uint64_t ends() const { return ends_; }

 private:
  std::function<void(std::string)> fail_;
  std::map<std::string, bool> ended_;  // Calls by id.
  uint64_t ends_ = 0;
};

}  // namespace hookflash::sim
