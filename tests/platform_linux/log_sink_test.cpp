#include "platform/linux/log_sink.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "limits.h"

namespace hookflash {
namespace {

class LogSinkTest : public testing::Test {
 protected:
  LogSinkTest() {
    EXPECT_EQ(pipe2(ends_, O_CLOEXEC), 0);
    sink_ = std::make_unique<LogSink>(ends_[1]);
  }
  ~LogSinkTest() override {
    close(ends_[0]);
    close(ends_[1]);
  }
  std::string read_some() {
    std::string bytes(4096, '\0');
    const ssize_t got = read(ends_[0], bytes.data(), bytes.size());
    bytes.resize(got > 0 ? static_cast<size_t>(got) : 0);
    return bytes;
  }
  int ends_[2] = {-1, -1};
  std::unique_ptr<LogSink> sink_;
};

// Aim: a line is written at once, cut at the limit of a log line.
TEST_F(LogSinkTest, WritesLines) {
  sink_->write("hello");
  EXPECT_EQ(read_some(), "hello\n");
  sink_->write(std::string(3000, 'x'));
  EXPECT_EQ(read_some(), std::string(limits::kLogLineBytesMax, 'x') + "\n");
  EXPECT_EQ(sink_->patience(), Duration::max());
}

// Aim: a reader that does not read never holds us; lines are kept, then dropped and counted; when
// it reads again, whole lines come in order and it is told what is missing.
TEST_F(LogSinkTest, SlowReader) {
  const std::string line(999, 'y');
  for (int i = 0; i < 300; ++i) sink_->write(line);
  EXPECT_GT(sink_->dropped(), 0U);
  EXPECT_NE(sink_->patience(), Duration::max());
  ASSERT_EQ(fcntl(ends_[0], F_SETFL, O_NONBLOCK), 0);
  std::string all;
  for (std::string more = read_some(); !more.empty(); more = read_some()) {
    all += more;
    sink_->flush();
  }
  const std::string note = "log: " + std::to_string(sink_->dropped()) + " lines were dropped";
  const size_t at = all.find(note);
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(at % 1000, 0U) << "only whole lines stand before it";
  EXPECT_EQ(at / 1000 + sink_->dropped(), 300U);
}

}  // namespace
}  // namespace hookflash
