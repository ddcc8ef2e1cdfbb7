#include "platform/linux/byte_queue.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace hookflash {

BlockPool::Index BlockPool::acquire() {
  Index index = free_;
  if (index != 0) {
    free_ = at(index).next;
  } else if (fresh_ < kBlocks) {
    index = static_cast<Index>(++fresh_);
  } else {
    ++refused_;
    return 0;
  }
  at(index).next = 0;
  high_water_ = std::max(high_water_, ++used_);
  return index;
}

void BlockPool::release(Index index) {
  CHECK(index != 0 && used_ > 0);
  at(index).next = free_;
  free_ = index;
  --used_;
}

Status ByteQueue::append(BlockPool& pool, Bytes bytes) {
  const ByteQueue before = *this;
  while (!bytes.empty()) {
    if (first_ == 0 || end_ == kRoom) {
      const BlockPool::Index index = pool.acquire();
      if (index == 0) {
        // Give back what this call took.
        BlockPool::Index taken = before.first_ == 0 ? first_ : pool.at(before.last_).next;
        *this = before;
        if (last_ != 0) pool.at(last_).next = 0;
        while (taken != 0) {
          const BlockPool::Index next = pool.at(taken).next;
          pool.release(taken);
          taken = next;
        }
        return Status::kFull;
      }
      if (first_ == 0) {
        first_ = index;
        begin_ = 0;
      } else {
        pool.at(last_).next = index;
      }
      last_ = index;
      end_ = 0;
    }
    const size_t count = std::min(bytes.size(), kRoom - end_);
    std::memcpy(pool.at(last_).bytes.data() + end_, bytes.data(), count);
    end_ = static_cast<uint16_t>(end_ + count);
    size_ += count;
    bytes = bytes.subspan(count);
  }
  return Status::kOk;
}

Bytes ByteQueue::front(BlockPool& pool) const {
  if (size_ == 0) return {};
  const size_t end = first_ == last_ ? end_ : kRoom;
  return Bytes(pool.at(first_).bytes).subspan(begin_, end - begin_);
}

void ByteQueue::pop(BlockPool& pool, size_t count) {
  CHECK(count <= size_);
  while (count > 0) {
    const size_t end = first_ == last_ ? end_ : kRoom;
    const size_t gone = std::min(count, end - begin_);
    begin_ = static_cast<uint16_t>(begin_ + gone);
    size_ -= gone;
    count -= gone;
    if (begin_ < end) return;
    const BlockPool::Index next = pool.at(first_).next;
    pool.release(first_);
    first_ = next;
    begin_ = 0;
  }
  if (first_ == 0) last_ = end_ = 0;
}

size_t ByteQueue::peek(BlockPool& pool, MutableBytes out) const {
  size_t copied = 0;
  size_t begin = begin_;
  const size_t wanted = std::min(out.size(), size_);
  for (BlockPool::Index index = first_; copied < wanted; index = pool.at(index).next) {
    const size_t end = index == last_ ? end_ : kRoom;
    const size_t count = std::min(wanted - copied, end - begin);
    std::memcpy(out.data() + copied, pool.at(index).bytes.data() + begin, count);
    copied += count;
    begin = 0;
  }
  return copied;
}

}  // namespace hookflash
