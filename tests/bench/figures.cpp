#include "figures.h"

#include <dirent.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>
#include <sstream>

#include "link.h"

namespace hookflash::bench {

int64_t now_us() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

int64_t Percentiles::at(int permille) {
  if (values_.empty()) return 0;
  if (!sorted_) std::sort(values_.begin(), values_.end());
  sorted_ = true;
  return values_[(values_.size() - 1) * static_cast<size_t>(permille) / 1000];
}

uint64_t cpu_ns_of(pid_t process) {
  const std::string tasks = "/proc/" + std::to_string(process) + "/task";
  uint64_t sum = 0;
  DIR* const folder = opendir(tasks.c_str());
  if (folder == nullptr) return 0;
  while (const dirent* const entry = readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    std::ifstream file(tasks + "/" + entry->d_name + "/schedstat");
    uint64_t ns = 0;
    if (file >> ns) sum += ns;
  }
  closedir(folder);
  return sum;
}

uint64_t status_kb_of(pid_t process, const char* key) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  std::string line;
  while (std::getline(file, line)) {
    if (line.rfind(key, 0) == 0)
      return std::strtoull(line.c_str() + line.find(':') + 1, nullptr, 10);
  }
  return 0;
}

std::string metrics_of(uint16_t port, bool tls) {
  Link link;
  if (!link.connect(port, tls)) return {};
  link.send("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
  return link.receive_all();
}

namespace {

// Cumulative counts by bound, summed over all label sets.
std::map<double, double> buckets_of(const std::string& text, const std::string& name) {
  std::map<double, double> buckets;
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    if (line.rfind(name + "_bucket{", 0) != 0) continue;
    const size_t bound = line.find("le=\"");
    const size_t value = line.rfind(' ');
    if (bound == std::string::npos || value == std::string::npos) continue;
    const std::string text_of_bound = line.substr(bound + 4, line.find('"', bound + 4) - bound - 4);
    const double le =
        text_of_bound == "+Inf" ? HUGE_VAL : std::strtod(text_of_bound.c_str(), nullptr);
    buckets[le] += std::strtod(line.c_str() + value, nullptr);
  }
  return buckets;
}

}  // namespace

double quantile_of(const std::string& before, const std::string& after, const std::string& name,
                   int permille) {
  const auto early = buckets_of(before, name);
  const auto late = buckets_of(after, name);
  if (late.empty()) return -1;
  const auto count = [&](double bound, double value) {
    const auto it = early.find(bound);
    return value - (it != early.end() ? it->second : 0);
  };
  const double all = count(late.rbegin()->first, late.rbegin()->second);
  if (all <= 0) return -1;
  for (const auto& [bound, value] : late) {
    if (count(bound, value) * 1000 >= all * permille) return bound;
  }
  return -1;
}

void tell(const char* name, double value) { printf("%s %.3f\n", name, value); }

void tell_spread(const char* name, Percentiles& values) {
  const std::string text = name;
  tell((text + "_p50_ms").c_str(), static_cast<double>(values.at(500)) / 1000);
  tell((text + "_p99_ms").c_str(), static_cast<double>(values.at(990)) / 1000);
  tell((text + "_p999_ms").c_str(), static_cast<double>(values.at(999)) / 1000);
  tell((text + "_max_ms").c_str(), static_cast<double>(values.most()) / 1000);
}

}  // namespace hookflash::bench
