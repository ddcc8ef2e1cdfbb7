#include "box_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "base/check.h"

namespace hookflash::kill {

void Process::start() {
  CHECK(pid_ < 0);
  pid_ = fork();
  CHECK(pid_ >= 0);
  if (pid_ != 0) {
    watch_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    CHECK(watch_ >= 0);
    return;
  }
  const int file = open(output_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  dup2(file, STDOUT_FILENO);
  dup2(file, STDERR_FILENO);
  for (std::string& variable : variables_) putenv(variable.data());
  std::vector<char*> words;
  for (std::string& word : words_) words.push_back(word.data());
  words.push_back(nullptr);
  execv(words[0], words.data());
  _exit(127);
}

void Process::reap() {
  waitpid(pid_, &status_, 0);
  close(watch_);
  pid_ = watch_ = -1;
}

bool Process::ends_within(int milliseconds) {
  if (pid_ < 0) return true;
  pollfd wait{.fd = watch_, .events = POLLIN, .revents = 0};
  if (poll(&wait, 1, milliseconds) <= 0) return false;
  reap();
  return true;
}

bool Process::kill_now() {
  if (!runs()) return false;
  ::kill(pid_, SIGKILL);
  reap();
  return signal() == SIGKILL;
}

int Process::end(int signal) {
  if (!runs()) return -1;
  ::kill(pid_, signal);
  reap();
  return exit_code();
}

int Process::signal() const { return WIFSIGNALED(status_) ? WTERMSIG(status_) : 0; }

int Process::exit_code() const { return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1; }

}  // namespace hookflash::kill
