#include "platform/linux/arena.h"

#include <bit>
#include <cstring>
#include <new>

#include "base/check.h"

namespace hookflash {

// Stands before each payload. `previous` is the physical neighbour, for joining; the neighbour that
// follows is found by the size. The two list pointers exist in free blocks only, inside the
// payload.
struct Arena::Block {
  static constexpr size_t kFree = 1;
  static constexpr size_t kLast =
      2;  // The sentinel at the end of the memory: no payload, never free.

  size_t size_and_flags = 0;
  Block* previous = nullptr;
  Block* next_free = nullptr;
  Block* previous_free = nullptr;

  [[nodiscard]] size_t payload() const { return size_and_flags & ~(kAlignment - 1); }
  [[nodiscard]] bool is_free() const { return (size_and_flags & kFree) != 0; }
  [[nodiscard]] bool is_last() const { return (size_and_flags & kLast) != 0; }
  [[nodiscard]] std::byte* bytes() { return reinterpret_cast<std::byte*>(this) + kHeaderBytes; }
  [[nodiscard]] Block* following() { return reinterpret_cast<Block*>(bytes() + payload()); }
  void set_payload(size_t payload) {
    size_and_flags = payload | (size_and_flags & (kAlignment - 1));
  }

  static constexpr size_t kHeaderBytes = 2 * sizeof(void*) > kAlignment ? 2 * sizeof(void*)
                                                                        : kAlignment;
};

namespace {
constexpr size_t kSmallestPayload = 16;

constexpr size_t round_up(size_t size) {
  const size_t rounded = (size + Arena::kAlignment - 1) & ~(Arena::kAlignment - 1);
  return rounded < kSmallestPayload ? kSmallestPayload : rounded;
}
}  // namespace

Arena::Class Arena::class_of(size_t payload) {
  const auto bits = static_cast<uint32_t>(std::bit_width(payload)) - 1;
  if (bits < kFirstRowBits) return {0, static_cast<uint32_t>(payload / kAlignment)};
  const uint32_t row = bits - kFirstRowBits + 1;
  return {row, static_cast<uint32_t>(payload >> (bits - kColumnBits)) - kColumns};
}

// Every block of this class or a later one is large enough: the request is rounded up to the next
// class.
Arena::Class Arena::class_that_fits(size_t payload) {
  const auto bits = static_cast<uint32_t>(std::bit_width(payload)) - 1;
  if (bits >= kFirstRowBits) payload += (size_t{1} << (bits - kColumnBits)) - 1;
  return class_of(payload);
}

Arena::Block* Arena::block_of(void* payload) {
  return reinterpret_cast<Block*>(static_cast<std::byte*>(payload) - Block::kHeaderBytes);
}

void Arena::assign(std::span<std::byte> memory) {
  static_assert(sizeof(Block) <= Block::kHeaderBytes + kSmallestPayload);
  CHECK(size_ == 0);
  CHECK(reinterpret_cast<uintptr_t>(memory.data()) % kAlignment == 0);
  const size_t size = memory.size() & ~(kAlignment - 1);
  CHECK(size > 2 * Block::kHeaderBytes + kSmallestPayload && size < size_t{1} << 38);
  size_ = size;
  Block* const first = new (memory.data()) Block;
  first->size_and_flags = size - 2 * Block::kHeaderBytes;
  Block* const last = reinterpret_cast<Block*>(memory.data() + size - Block::kHeaderBytes);
  last->size_and_flags = Block::kLast;
  last->previous = first;
  used_ = high_water_ = 2 * Block::kHeaderBytes;
  insert(first);
}

void Arena::insert(Block* block) {
  const Class place = class_of(block->payload());
  Block*& head = free_[place.row][place.column];
  block->size_and_flags |= Block::kFree;
  block->previous_free = nullptr;
  block->next_free = head;
  if (head != nullptr) head->previous_free = block;
  head = block;
  rows_ |= 1U << place.row;
  columns_[place.row] |= 1U << place.column;
}

void Arena::remove(Block* block) {
  const Class place = class_of(block->payload());
  if (block->previous_free != nullptr) block->previous_free->next_free = block->next_free;
  if (block->next_free != nullptr) block->next_free->previous_free = block->previous_free;
  Block*& head = free_[place.row][place.column];
  if (head == block) head = block->next_free;
  if (head == nullptr) {
    columns_[place.row] &= ~(1U << place.column);
    if (columns_[place.row] == 0) rows_ &= ~(1U << place.row);
  }
  block->size_and_flags &= ~Block::kFree;
}

Arena::Block* Arena::find(size_t payload) {
  const Class least = class_that_fits(payload);
  if (least.row >= kRows) return nullptr;
  uint32_t columns = columns_[least.row] & (~0U << least.column);
  uint32_t row = least.row;
  if (columns == 0) {
    if (row + 1 >= kRows) return nullptr;
    const uint32_t rows = rows_ & (~0U << (row + 1));
    if (rows == 0) return nullptr;
    row = static_cast<uint32_t>(std::countr_zero(rows));
    columns = columns_[row];
  }
  return free_[row][static_cast<uint32_t>(std::countr_zero(columns))];
}

// Cuts the rest off a block that is in use and gives it back, when it can stand alone.
void Arena::split(Block* block, size_t payload) {
  const size_t rest = block->payload() - payload;
  if (rest < Block::kHeaderBytes + kSmallestPayload) return;
  block->set_payload(payload);
  Block* const cut = block->following();
  cut->size_and_flags = rest - Block::kHeaderBytes;
  cut->previous = block;
  cut->following()->previous = cut;
  used_ -= cut->payload();
  join_following(cut);
  insert(cut);
}

// Takes the free neighbour that follows into a block that is in no list.
void Arena::join_following(Block* block) {
  Block* const neighbour = block->following();
  if (neighbour->is_last() || !neighbour->is_free()) return;
  remove(neighbour);
  block->set_payload(block->payload() + Block::kHeaderBytes + neighbour->payload());
  block->following()->previous = block;
  used_ -= Block::kHeaderBytes;
}

void* Arena::allocate(size_t size) {
  Block* const block = size < size_t{1} << 38 ? find(round_up(size)) : nullptr;
  if (block == nullptr) {
    ++refused_;
    return nullptr;
  }
  remove(block);
  used_ += block->payload();
  split(block, round_up(size));
  if (used_ > high_water_) high_water_ = used_;
  return block->bytes();
}

void* Arena::allocate_zeroed(size_t count, size_t size) {
  size_t bytes = 0;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    ++refused_;
    return nullptr;
  }
  void* const block = allocate(bytes);
  if (block != nullptr) std::memset(block, 0, bytes);
  return block;
}

void Arena::release(void* payload) {
  if (payload == nullptr) return;
  Block* block = block_of(payload);
  CHECK(!block->is_free() && !block->is_last());
  used_ -= block->payload();
  join_following(block);
  Block* const neighbour = block->previous;
  if (neighbour != nullptr && neighbour->is_free()) {
    remove(neighbour);
    neighbour->set_payload(neighbour->payload() + Block::kHeaderBytes + block->payload());
    neighbour->following()->previous = neighbour;
    used_ -= Block::kHeaderBytes;
    block = neighbour;
  }
  insert(block);
}

void* Arena::resize(void* payload, size_t size) {
  if (payload == nullptr) return allocate(size);
  const size_t old = block_of(payload)->payload();
  if (round_up(size) <= old) return payload;
  void* const moved = allocate(size);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, payload, old);
  release(payload);
  return moved;
}

}  // namespace hookflash
