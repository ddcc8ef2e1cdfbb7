#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace hookflash::kill {

// A program of ours, with its output in a file.
class Process {
 public:
  Process(std::vector<std::string> words, std::string output)
      : words_(std::move(words)), output_(std::move(output)) {}
  ~Process() { kill_now(); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // In the program's environment, "NAME=value".
  void set(std::string variable) { variables_.push_back(std::move(variable)); }
  void start();
  // SIGKILL. False when it had ended by itself.
  bool kill_now();
  // A signal to end by, and its exit code then.
  int end(int signal);
  // Waits for its end, so long at most.
  [[nodiscard]] bool ends_within(int milliseconds);
  [[nodiscard]] bool runs() { return pid_ >= 0 && !ends_within(0); }
  // After its end: by which signal (0: none) and with which exit code (-1: none).
  [[nodiscard]] int signal() const;
  [[nodiscard]] int exit_code() const;

 private:
  void reap();

  std::vector<std::string> words_;
  std::string output_;
  std::vector<std::string> variables_;
  pid_t pid_ = -1;
  int watch_ = -1;  // Readable when it has ended.
  int status_ = 0;
};

}  // namespace hookflash::kill
