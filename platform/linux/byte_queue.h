#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/status.h"
#include "platform/linux/linux_limits.h"

namespace hookflash {

// Blocks that all queues of bytes share, so that a few slow peers can have much and the rest
// nothing. All zero is the pool with every block free.
class BlockPool {
 public:
  static constexpr size_t kBlocks = linux_limits::kBlocksMax;
  using Index = uint16_t;  // Place plus one; 0 is none.

  struct Block {
    Index next = 0;
    std::array<uint8_t, linux_limits::kBlockBytes - sizeof(Index)> bytes{};
  };

  // 0 when all are taken.
  Index acquire();
  void release(Index index);
  Block& at(Index index) { return blocks_[index - 1U]; }
  [[nodiscard]] size_t used() const { return used_; }
  [[nodiscard]] size_t high_water() const { return high_water_; }
  [[nodiscard]] uint64_t refused() const { return refused_; }

 private:
  Index free_ = 0;
  size_t fresh_ = 0;
  size_t used_ = 0;
  size_t high_water_ = 0;
  uint64_t refused_ = 0;
  std::array<Block, kBlocks> blocks_{};
};

// First in, first out bytes in blocks of a pool. All zero is empty. Not to be copied while it holds
// any.
class ByteQueue {
 public:
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  // kFull when the pool has too few blocks left: nothing is appended then.
  Status append(BlockPool& pool, Bytes bytes);
  // The oldest bytes that lie together; empty when there are none.
  [[nodiscard]] Bytes front(BlockPool& pool) const;
  // Takes the oldest count bytes off; count is at most size().
  void pop(BlockPool& pool, size_t count);
  // Copies the oldest bytes without taking them off, as many as fit or are there. Returns the
  // count.
  size_t peek(BlockPool& pool, MutableBytes out) const;
  void clear(BlockPool& pool) { pop(pool, size_); }

 private:
  static constexpr size_t kRoom = sizeof(BlockPool::Block::bytes);

  BlockPool::Index first_ = 0;
  BlockPool::Index last_ = 0;
  uint16_t begin_ = 0;  // Bytes already gone from the first block.
  uint16_t end_ = 0;    // Bytes filled in the last block.
  size_t size_ = 0;
};

}  // namespace hookflash
