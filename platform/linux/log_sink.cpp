#include "platform/linux/log_sink.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/text_writer.h"
#include "limits.h"

namespace hookflash {

// A pipe, socket or terminal that polls as writable takes PIPE_BUF bytes (4096 on Linux) without
// waiting.
bool LogSink::takes() const {
  pollfd state{descriptor_, POLLOUT, 0};
  return poll(&state, 1, 0) == 1 && (state.revents & POLLOUT) != 0;
}

void LogSink::write(std::string_view line) {
  char text[limits::kLogLineBytesMax + 1];
  TextWriter out(text, sizeof text);
  out.put(line.substr(0, limits::kLogLineBytesMax)).put('\n');
  std::string_view rest = out.view();
  if (size_ != 0) flush();
  if (size_ == 0 && takes()) {
    const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written > 0) rest.remove_prefix(static_cast<size_t>(written));
    if (rest.empty()) return;
  }
  if (rest.size() > kKept - size_) {
    ++dropped_;
    ++unreported_;
    return;
  }
  for (const char c : rest) kept_[(begin_ + size_++) % kKept] = c;
}

void LogSink::flush() {
  while (size_ != 0 && takes()) {
    const size_t together = std::min({size_, kKept - begin_, size_t{4096}});
    const ssize_t written = ::write(descriptor_, kept_.data() + begin_, together);
    if (written <= 0) return;
    begin_ = (begin_ + static_cast<size_t>(written)) % kKept;
    size_ -= static_cast<size_t>(written);
  }
  if (size_ != 0 || unreported_ == 0) return;
  char text[80];
  TextWriter note(text, sizeof text);
  note.put("log: ").number(unreported_).put(" lines were dropped: the reader was too slow");
  unreported_ = 0;
  write(note.view());
}

}  // namespace hookflash
