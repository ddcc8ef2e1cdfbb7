#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

// What is measured, and how it is told.
namespace hookflash::bench {

// CLOCK_MONOTONIC, in microseconds.
int64_t now_us();

// Keeps every value; microseconds.
class Percentiles {
 public:
  void add(int64_t value) { values_.push_back(value); }
  [[nodiscard]] size_t count() const { return values_.size(); }
  // permille 500 is the median; 0 when there is no value.
  int64_t at(int permille);
  int64_t most() { return at(1000); }

 private:
  std::vector<int64_t> values_;
  bool sorted_ = false;
};

// CPU time that all threads of a process have had, in nanoseconds, and its memory.
uint64_t cpu_ns_of(pid_t process);
uint64_t status_kb_of(pid_t process, const char* key);

// The text of GET /metrics on this machine; empty when there is none.
std::string metrics_of(uint16_t port, bool tls);
// The upper bound in seconds of the bucket in which the permille lies, between two readings of a
// histogram; negative when it has none.
double quantile_of(const std::string& before, const std::string& after, const std::string& name,
                   int permille);

// One line `name value` on standard output: what script/bench reads.
void tell(const char* name, double value);
void tell_spread(const char* name, Percentiles& values);

}  // namespace hookflash::bench
