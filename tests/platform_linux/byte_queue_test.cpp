#include "platform/linux/byte_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>

namespace hookflash {
namespace {

class ByteQueueTest : public testing::Test {
 protected:
  std::string drain(ByteQueue& queue) {
    std::string all;
    while (!queue.empty()) {
      const Bytes front = queue.front(*pool_);
      all += text_of(front);
      queue.pop(*pool_, front.size());
    }
    return all;
  }
  std::unique_ptr<BlockPool> pool_ = std::make_unique<BlockPool>();
};

// Aim: bytes come out as they went in, over block borders, and all blocks come back. Method: seeded
// random appends, peeks and pops against a string.
TEST_F(ByteQueueTest, KeepsOrder) {
  std::mt19937 random(20260102);
  ByteQueue queue;
  std::string expected;
  for (int step = 0; step < 20'000; ++step) {
    if (random() % 5 < 3) {
      const std::string bytes(random() % 5000, static_cast<char>('a' + step % 26));
      ASSERT_EQ(queue.append(*pool_, bytes_of(bytes)), Status::kOk);
      expected += bytes;
    } else {
      const size_t count = std::min<size_t>(random() % 6000, queue.size());
      std::string out(count, '\0');
      ASSERT_EQ(queue.peek(*pool_, {reinterpret_cast<uint8_t*>(out.data()), count}), count);
      ASSERT_TRUE(out == expected.substr(0, count));
      queue.pop(*pool_, count);
      expected.erase(0, count);
    }
    ASSERT_EQ(queue.size(), expected.size());
    if (queue.size() > 500'000) {
      queue.clear(*pool_);
      expected.clear();
      ASSERT_EQ(pool_->used(), 0U);
    }
  }
  EXPECT_TRUE(drain(queue) == expected);
  EXPECT_EQ(pool_->used(), 0U);
  EXPECT_GT(pool_->high_water(), 100U);
}

// Aim: when the blocks run out nothing is appended and nothing is lost, whatever was there before.
TEST_F(ByteQueueTest, FullPoolRefusesWhole) {
  ByteQueue hog;
  const std::string block(sizeof(BlockPool::Block::bytes), 'h');
  for (size_t i = 0; i < BlockPool::kBlocks - 2; ++i)
    ASSERT_EQ(hog.append(*pool_, bytes_of(block)), Status::kOk);
  ByteQueue empty;
  EXPECT_EQ(empty.append(*pool_, bytes_of(block + block + "x")), Status::kFull);
  EXPECT_TRUE(empty.empty());
  ByteQueue begun;
  ASSERT_EQ(begun.append(*pool_, bytes_of("kept")), Status::kOk);
  EXPECT_EQ(begun.append(*pool_, bytes_of(block + block + block)), Status::kFull);
  EXPECT_EQ(begun.size(), 4U);
  EXPECT_EQ(begun.append(*pool_, bytes_of(block)), Status::kOk);
  EXPECT_EQ(drain(begun), "kept" + block);
  EXPECT_EQ(pool_->refused(), 2U);
  hog.clear(*pool_);
  EXPECT_EQ(pool_->used(), 0U);
}

}  // namespace
}  // namespace hookflash
