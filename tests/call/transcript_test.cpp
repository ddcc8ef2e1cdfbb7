#include "call/transcript.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>

#include "tests/store/fake_crypto.h"

namespace hookflash {
namespace {

// Aim: the newest 64 lines and 8,192 bytes are kept, whole lines only, and the rest is counted
// (table of section 1). Method: random lines against a plain list that drops from its front.
TEST(Transcript, KeepsTheNewestLines) {
  SeededEntropy random(9);
  for (const size_t longest : {20U, 200U, 1200U}) {
    Transcript transcript;
    std::deque<std::string> model;
    uint32_t dropped = 0;
    for (int i = 0; i < 500; ++i) {
      const std::string text(1 + random.below(longest), static_cast<char>('a' + i % 26));
      const auto total = [&] {
        size_t sum = text.size();
        for (const std::string& line : model) sum += line.size();
        return sum;
      };
      while (model.size() == 64 || total() > 8192) {
        model.pop_front();
        ++dropped;
      }
      model.push_back(text);
      const TranscriptLine planned[] = {{.speaker = Speaker::kBot, .at = {}, .text = text}};
      ASSERT_EQ(transcript.dropped_after(planned), dropped);
      transcript.add({.speaker = i % 2 == 0 ? Speaker::kCaller : Speaker::kBot,
                      .at = WallTime::from_ms(1000 + i),
                      .text = text});
      ASSERT_EQ(transcript.size(), model.size());
      ASSERT_EQ(transcript.dropped(), dropped);
      ASSERT_LE(transcript.bytes(), 8192U);
      ASSERT_EQ(transcript[0].text, model.front());
      ASSERT_EQ(transcript[transcript.size() - 1].at.ms(), 1000 + i);
    }
    for (size_t i = 0; i < model.size(); ++i) EXPECT_EQ(transcript[i].text, model[i]);
    EXPECT_GT(dropped, 0U);
  }
}

// Aim: equality sees texts, speakers, times and the counter, not leftover bytes. Method: two ways
// to the same lines, then one difference at a time.
TEST(Transcript, EqualityIsOfContent) {
  Transcript a;
  Transcript b;
  b.add({.speaker = Speaker::kBot, .at = WallTime::from_ms(1), .text = "something else"});
  b.clear();
  const TranscriptLine line{.speaker = Speaker::kCaller, .at = WallTime::from_ms(2), .text = "hi"};
  a.add(line);
  b.add(line);
  EXPECT_TRUE(a == b);
  b.set_dropped(1);
  EXPECT_FALSE(a == b);
  b.clear();
  b.add({.speaker = Speaker::kBot, .at = WallTime::from_ms(2), .text = "hi"});
  EXPECT_FALSE(a == b);
}

// Aim: what counts as blank. Method: white space of all kinds against anything
// else.
TEST(Transcript, BlankIsWhiteSpaceOnly) {
  EXPECT_TRUE(is_blank(""));
  EXPECT_TRUE(is_blank(" \t\r\n\v\f"));
  EXPECT_FALSE(is_blank(" . "));
  EXPECT_FALSE(is_blank(std::string_view("\0", 1)));
}

}  // namespace
}  // namespace hookflash
