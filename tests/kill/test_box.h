#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "box_process.h"
#include "carrier.h"
#include "faults.h"
#include "http_call.h"

namespace hookflash::kill {

// The box under test on a data directory of its own, with a line "a" whose carrier is `Carrier` and
// a line "b" for `hookflash simulate`.
class TestBox {
 public:
  // `binary`: hookflash. `preload`: the library of faults.h; empty: none. `folder`: ours; the data
  // directory is made in its folder "disk".
  TestBox(const std::string& binary, const std::string& preload,
          const std::filesystem::path& folder);
  ~TestBox();
  TestBox(const TestBox&) = delete;
  TestBox& operator=(const TestBox&) = delete;

  // With the counts of its faults at nothing.
  void start();
  // Until it can take calls; `took` milliseconds. False: it has ended, or does not come up.
  bool ready(double& took);
  // Until that holds. False: it has ended, or it never held in a long time.
  bool await(const std::function<bool()>& holds);
  // The same of its health: a word that its text must have.
  bool await_health(const std::string& word);

  HttpResult get(const std::string& target);
  HttpResult post(const std::string& target, const std::string& json);
  [[nodiscard]] int64_t active() { return json_number(get("/health").body, "active"); }
  // Of a metric with its labels; -1: there is none.
  [[nodiscard]] int64_t metric(const std::string& name);
  // What it has printed since the last start.
  [[nodiscard]] std::string output() const;

  [[nodiscard]] Process& process() { return process_; }
  [[nodiscard]] Carrier& carrier() { return carrier_; }
  [[nodiscard]] Faults& faults() { return *faults_; }
  [[nodiscard]] uint16_t port() const { return port_; }
  [[nodiscard]] uint16_t load_port() const { return load_port_; }  // Of line b's carrier.
  [[nodiscard]] std::filesystem::path folder() const { return folder_; }
  [[nodiscard]] std::filesystem::path disk() const { return folder_ / "disk"; }
  [[nodiscard]] std::filesystem::path data() const { return disk() / "data"; }
  [[nodiscard]] std::filesystem::path journal() const { return data() / "journal"; }
  // The words of a command that works on this box.
  [[nodiscard]] std::vector<std::string> words(std::vector<std::string> more) const;

 private:
  void write_config() const;

  std::string binary_;
  Carrier carrier_;
  uint16_t port_;
  uint16_t load_port_;
  std::filesystem::path folder_;
  Faults* faults_ = nullptr;
  Process process_;
  uintmax_t output_before_ = 0;
};

}  // namespace hookflash::kill
