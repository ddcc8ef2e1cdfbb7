#include "audio/frame_list.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <vector>

namespace hookflash {
namespace {

using List = FrameList<12>;
constexpr size_t kFrame = List::kFrameBytes;

std::vector<uint8_t> run(uint8_t first, size_t bytes) {
  std::vector<uint8_t> audio(bytes);
  for (size_t i = 0; i < bytes; ++i) audio[i] = static_cast<uint8_t>(first + i);
  return audio;
}

// Aim: audio of any length is cut into whole frames, and nothing of a message counts before it is
// committed. Method: pieces of 1, 100, 219 and 320 bytes.
TEST(FrameList, CutsPiecesIntoFrames) {
  List list;
  EXPECT_EQ(list.stage(run(0, 1)), Status::kOk);
  EXPECT_EQ(list.stage(run(1, 100)), Status::kOk);
  EXPECT_EQ(list.size() + list.part(), 0U);
  EXPECT_EQ(list.commit(7), 0U);
  EXPECT_EQ(list.part(), 101U);
  EXPECT_EQ(list.stage(run(101, 219)), Status::kOk);
  EXPECT_EQ(list.commit(8), 2U);
  EXPECT_EQ(list.part(), 0U);
  EXPECT_EQ(list.front_stamp(), 8U);
  const std::vector<uint8_t> all = run(0, 320);
  const Bytes first = list.take();
  EXPECT_EQ(std::vector<uint8_t>(first.begin(), first.end()),
            std::vector<uint8_t>(all.begin(), all.begin() + 160));
  const Bytes second = list.take();
  EXPECT_EQ(std::vector<uint8_t>(second.begin(), second.end()),
            std::vector<uint8_t>(all.begin() + 160, all.end()));
  EXPECT_TRUE(list.empty());
}

// Aim: a bad message leaves no trace. Method: discard on an empty list, behind a part frame, behind
// whole frames; what comes later joins what was there before.
TEST(FrameList, DiscardTakesBackWhatWasStaged) {
  List list;
  EXPECT_EQ(list.stage(run(0, 500)), Status::kOk);
  list.discard();
  EXPECT_EQ(list.blocks(), 0U);
  EXPECT_EQ(list.stage(run(0, 100)), Status::kOk);
  list.commit(0);
  EXPECT_EQ(list.stage(run(9, 400)), Status::kOk);
  list.discard();
  EXPECT_EQ(list.part(), 100U);
  EXPECT_EQ(list.blocks(), 1U);
  EXPECT_EQ(list.stage(run(100, 60)), Status::kOk);
  EXPECT_EQ(list.commit(0), 1U);
  EXPECT_EQ(list.stage(run(50, 900)), Status::kOk);
  list.discard();
  EXPECT_EQ(list.stage(run(160, 160)), Status::kOk);
  EXPECT_EQ(list.commit(0), 1U);
  for (size_t i = 0; i < 2; ++i) {
    const Bytes frame = list.take();
    for (size_t j = 0; j < kFrame; ++j) ASSERT_EQ(frame[j], static_cast<uint8_t>(i * kFrame + j));
  }
  list.release();
  EXPECT_EQ(list.blocks(), 0U);
}

// Aim: what does not fit is refused whole, and room() says so before. Method: fill to the last
// byte.
TEST(FrameList, RefusesWhatDoesNotFit) {
  List list;
  EXPECT_EQ(list.room(), 12 * kFrame);
  EXPECT_EQ(list.stage(run(0, 100)), Status::kOk);
  EXPECT_EQ(list.room(), 12 * kFrame - 100);
  EXPECT_EQ(list.stage(run(0, list.room() + 1)), Status::kFull);
  EXPECT_EQ(list.staged(), 100U);
  EXPECT_EQ(list.stage(run(0, list.room())), Status::kOk);
  EXPECT_EQ(list.stage(run(0, 1)), Status::kFull);
  EXPECT_EQ(list.commit(0), 12U);
  EXPECT_EQ(list.stage(run(0, 1)), Status::kFull);
  list.take();
  EXPECT_EQ(list.stage(run(0, 1)), Status::kFull) << "the frame taken is still being read";
  list.release();
  EXPECT_EQ(list.stage(run(0, 1)), Status::kOk);
}

// Aim: freed blocks serve first, so memory is touched for the fullest moment only.
// Method: a thousand frames through a list that holds three at a time.
TEST(FrameList, TouchesNoMoreBlocksThanItHeldAtATime) {
  List list;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(list.stage(run(static_cast<uint8_t>(i), 160)), Status::kOk);
    list.commit(0);
    if (list.size() == 3) list.take();
  }
  EXPECT_LE(list.blocks_high(), 4U);
}

// Aim: the list does what a plain queue of bytes does. Method: random operations beside a model
// with std containers; every frame's bytes, number and stamp are compared.
TEST(FrameList, BehavesLikeAQueue) {
  struct Model {
    std::vector<uint8_t> bytes;
    uint32_t number;
    uint32_t stamp;
  };
  for (uint32_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    List list;
    list.number_from(0xFFFFFFF0);
    std::deque<Model> model;
    std::vector<uint8_t> part;
    std::vector<uint8_t> staged;
    uint32_t number = 0xFFFFFFF0;
    const auto commit = [&](uint32_t stamp) {
      part.insert(part.end(), staged.begin(), staged.end());
      staged.clear();
      while (part.size() >= kFrame) {
        model.push_back({{part.begin(), part.begin() + kFrame}, number++, stamp});
        part.erase(part.begin(), part.begin() + kFrame);
      }
    };
    for (uint32_t step = 0; step < 5000; ++step) {
      switch (random() % 10) {
        case 0:
        case 1:
        case 2: {
          const auto piece = run(static_cast<uint8_t>(random()), random() % 400);
          const bool fits = piece.size() <= list.room();
          ASSERT_EQ(ok(list.stage(piece)), fits);
          if (fits) staged.insert(staged.end(), piece.begin(), piece.end());
          break;
        }
        case 3:
        case 4: {
          const size_t before = model.size();
          commit(step);
          ASSERT_EQ(list.commit(step), model.size() - before);
          break;
        }
        case 5:
          list.discard();
          staged.clear();
          break;
        case 6:
          if (staged.empty()) {
            const bool pads = !part.empty();
            if (pads) part.resize(kFrame, kMulawSilence);
            commit(step);
            ASSERT_EQ(list.pad(step), pads ? 1U : 0U);
          }
          break;
        case 7:
        case 8:
          if (!model.empty()) {
            ASSERT_EQ(list.front_number(), model.front().number);
            ASSERT_EQ(list.front_stamp(), model.front().stamp);
            const Bytes frame = list.take();
            ASSERT_TRUE(std::equal(frame.begin(), frame.end(), model.front().bytes.begin()));
            model.pop_front();
          }
          break;
        default:
          if (random() % 20 == 0) {
            ASSERT_EQ(list.clear(), model.size() + (part.empty() ? 0 : 1));
            model.clear();
            part.clear();
            staged.clear();
          } else if (random() % 2 == 0) {
            const auto odd = [](Bytes frame) { return frame[0] % 2 == 1; };
            const size_t limit = random() % 4;
            size_t gone = 0;
            for (auto it = model.begin(); it != model.end() && gone < limit;) {
              if (it->bytes[0] % 2 == 1) {
                it = model.erase(it);
                ++gone;
              } else {
                ++it;
              }
            }
            ASSERT_EQ(list.drop_if(limit, odd), gone);
          } else if (!model.empty()) {
            list.drop_front();
            model.pop_front();
          }
      }
      ASSERT_EQ(list.size(), model.size());
      ASSERT_EQ(list.part(), part.size());
      ASSERT_EQ(list.staged(), staged.size());
      ASSERT_EQ(list.next_number(), number);
    }
  }
}

}  // namespace
}  // namespace hookflash
