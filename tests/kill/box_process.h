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
  [[nodiscard]] bool runs();

 private:
  std::vector<std::string> words_;
  std::string output_;
  std::vector<std::string> variables_;
  pid_t pid_ = -1;
};

}  // namespace hookflash::kill
