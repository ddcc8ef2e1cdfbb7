#include "platform/linux/arena.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <random>
#include <vector>

namespace hookflash {
namespace {

constexpr size_t kMemory = 256 * 1024;

class ArenaTest : public testing::Test {
 protected:
  ArenaTest() : memory_(std::make_unique<std::byte[]>(kMemory)) {
    arena_.assign({memory_.get(), kMemory});
    empty_ = arena_.used();
  }
  std::unique_ptr<std::byte[]> memory_;
  Arena arena_;
  size_t empty_ = 0;
};

// Aim: an arena that was given no memory refuses, counts it, and does not crash.
TEST(Arena, WithoutMemoryRefuses) {
  Arena arena;
  EXPECT_EQ(arena.allocate(1), nullptr);
  EXPECT_EQ(arena.refused(), 1U);
  EXPECT_EQ(arena.size(), 0U);
}

// Aim: blocks are aligned, apart, writable over their whole length, and all comes back. Method:
// many sizes at once, each filled with its own pattern and checked before release.
TEST_F(ArenaTest, BlocksAreApartAndComeBack) {
  std::vector<std::pair<unsigned char*, size_t>> blocks;
  using Sizes = std::initializer_list<size_t>;
  for (const size_t size :
       Sizes{0, 1, 15, 16, 17, 31, 200, 255, 256, 257, 4096, 5000, 16384, 20001}) {
    auto* const block = static_cast<unsigned char*>(arena_.allocate(size));
    ASSERT_NE(block, nullptr) << size;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % Arena::kAlignment, 0U);
    std::memset(block, static_cast<int>(blocks.size() + 1), size);
    blocks.emplace_back(block, size);
  }
  for (size_t i = 0; i < blocks.size(); ++i) {
    for (size_t j = 0; j < blocks[i].second; ++j) ASSERT_EQ(blocks[i].first[j], i + 1);
    arena_.release(blocks[i].first);
  }
  EXPECT_EQ(arena_.used(), empty_);
  EXPECT_GT(arena_.high_water(), 46'000U);
}

// Aim: exhaustion gives nullptr and is counted; after release everything can be had again, in one
// piece.
TEST_F(ArenaTest, ExhaustionIsRefusedAndHeals) {
  std::vector<void*> blocks;
  while (void* const block = arena_.allocate(1000)) blocks.push_back(block);
  EXPECT_GT(blocks.size(), 240U);
  EXPECT_EQ(arena_.refused(), 1U);
  EXPECT_LE(arena_.used(), arena_.size());
  // Every other one first, so that joining both neighbours is needed.
  for (size_t i = 0; i < blocks.size(); i += 2) arena_.release(blocks[i]);
  for (size_t i = 1; i < blocks.size(); i += 2) arena_.release(blocks[i]);
  EXPECT_EQ(arena_.used(), empty_);
  void* const whole = arena_.allocate(kMemory - 16 * 1024);
  EXPECT_NE(whole, nullptr);
  arena_.release(whole);
}

// Aim: sizes whose arithmetic would wrap are refused.
TEST_F(ArenaTest, AbsurdSizesAreRefused) {
  EXPECT_EQ(arena_.allocate(SIZE_MAX), nullptr);
  EXPECT_EQ(arena_.allocate(SIZE_MAX - 15), nullptr);
  EXPECT_EQ(arena_.allocate_zeroed(SIZE_MAX / 2, 3), nullptr);
  EXPECT_EQ(arena_.allocate(kMemory), nullptr);
  EXPECT_EQ(arena_.refused(), 4U);
}

// Aim: resize keeps the bytes, accepts nullptr, and leaves the old block alone when it finds no
// room.
TEST_F(ArenaTest, ResizeKeepsBytes) {
  auto* block = static_cast<char*>(arena_.resize(nullptr, 10));
  std::memcpy(block, "0123456789", 10);
  block = static_cast<char*>(arena_.resize(block, 3000));
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(std::memcmp(block, "0123456789", 10), 0);
  EXPECT_EQ(arena_.resize(block, kMemory), nullptr);
  EXPECT_EQ(std::memcmp(block, "0123456789", 10), 0);
  arena_.release(block);
  arena_.release(nullptr);
  EXPECT_EQ(arena_.used(), empty_);
}

// Aim: zeroed blocks are zero although the memory was used before.
TEST_F(ArenaTest, ZeroedIsZero) {
  void* const dirty = arena_.allocate(4000);
  std::memset(dirty, 0xff, 4000);
  arena_.release(dirty);
  auto* const block = static_cast<unsigned char*>(arena_.allocate_zeroed(100, 40));
  for (size_t i = 0; i < 4000; ++i) ASSERT_EQ(block[i], 0);
  arena_.release(block);
}

// Aim: a long random life neither loses memory nor mixes blocks. Method: seeded allocate, resize
// and release; each live block carries its own byte, checked when it goes.
TEST_F(ArenaTest, RandomLifeLosesNothing) {
  std::mt19937 random(20260101);
  struct Live {
    unsigned char* block;
    size_t size;
    unsigned char mark;
  };
  std::vector<Live> live;
  const auto check = [](const Live& one) {
    for (size_t i = 0; i < one.size; ++i) ASSERT_EQ(one.block[i], one.mark);
  };
  for (int step = 0; step < 60'000; ++step) {
    const auto mark = static_cast<unsigned char>(step);
    const size_t size = random() % 4 == 0 ? random() % 8000 : random() % 300;
    if (live.empty() || random() % 2 == 0) {
      auto* const block = static_cast<unsigned char*>(arena_.allocate(size));
      if (block == nullptr) continue;
      std::memset(block, mark, size);
      live.push_back({block, size, mark});
      continue;
    }
    const size_t at = random() % live.size();
    check(live[at]);
    if (random() % 8 == 0) {
      auto* const block = static_cast<unsigned char*>(arena_.resize(live[at].block, size));
      if (block == nullptr) continue;
      for (size_t i = 0; i < std::min(size, live[at].size); ++i) ASSERT_EQ(block[i], live[at].mark);
      std::memset(block, mark, size);
      live[at] = {block, size, mark};
      continue;
    }
    arena_.release(live[at].block);
    live[at] = live.back();
    live.pop_back();
  }
  for (const Live& one : live) {
    check(one);
    arena_.release(one.block);
  }
  EXPECT_EQ(arena_.used(), empty_);
  EXPECT_NE(arena_.allocate(kMemory - 16 * 1024), nullptr);
}

}  // namespace
}  // namespace hookflash
