#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace hookflash {

// A heap of fixed size for libraries that insist on allocating. Free blocks stand in lists by size
// class (sixteen classes for each power of two), so taking and giving back cost the same few steps
// however full it is, and neighbours that are free are joined, so that thousands of short
// big-number blocks of one TLS handshake leave no splinters. One thread only.
//
// All zero is an arena without memory: it refuses everything.
class Arena {
 public:
  // Every block is aligned to this and costs this much bookkeeping.
  static constexpr size_t kAlignment = 16;

  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Gives the arena its memory, for good. Call once, before anything else.
  void assign(std::span<std::byte> memory);
  [[nodiscard]] bool assigned() const { return size_ != 0; }

  // nullptr when no free block is large enough; nothing changes then. Size 0 gives a block too.
  void* allocate(size_t size);
  void* allocate_zeroed(size_t count, size_t size);
  // As realloc(): nullptr leaves the old block as it is. block may be nullptr.
  void* resize(void* block, size_t size);
  // block may be nullptr.
  void release(void* block);

  // Bytes in use, bookkeeping included.
  [[nodiscard]] size_t used() const { return used_; }
  [[nodiscard]] size_t high_water() const { return high_water_; }
  [[nodiscard]] size_t size() const { return size_; }
  // Requests that found no room.
  [[nodiscard]] uint64_t refused() const { return refused_; }

 private:
  struct Block;
  struct Class {
    uint32_t row = 0;
    uint32_t column = 0;
  };

  static constexpr uint32_t kColumnBits = 4;
  static constexpr uint32_t kColumns = 1U << kColumnBits;
  // The first row holds all sizes below 256 bytes in steps of 16; each further row one power of
  // two.
  static constexpr uint32_t kFirstRowBits = 8;
  static constexpr uint32_t kRows = 40 - kFirstRowBits;

  static Class class_of(size_t payload);
  static Class class_that_fits(size_t payload);
  static Block* block_of(void* payload);
  Block* find(size_t payload);
  void insert(Block* block);
  void remove(Block* block);
  void split(Block* block, size_t payload);
  void join_following(Block* block);

  uint32_t rows_ = 0;  // One bit for each row that has a free block.
  std::array<uint32_t, kRows> columns_{};
  std::array<std::array<Block*, kColumns>, kRows> free_{};
  size_t size_ = 0;
  size_t used_ = 0;
  size_t high_water_ = 0;
  uint64_t refused_ = 0;
};

}  // namespace hookflash
