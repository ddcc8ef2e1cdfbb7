#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/hash_index.h"
#include "limits.h"
#include "store/key.h"

namespace hookflash {

// What is remembered of a finished call, so that a late event finds it without reading history
// (B-REC-4).
struct FinishedCall {
  static constexpr size_t kIds = 2 + limits::kAliasesMax;

  // Key of the callId, of the provider call id, of the aliases (store/key.h); all zero where there
  // is none. In the last place, if that is free, the idempotency key that it was asked for with. A
  // refused call may have a callId that nobody ever saw; it is there all the same.
  std::array<Key, kIds> ids{};
  bool end_confirmed = false;
  bool refused = false;  // Refused at the carrier: B-INB-3 and the table of B-DED.

  // Whether a carrier call of this name (its key) can be this one: it is one of its names, or the
  // call never had any.
  [[nodiscard]] bool may_be(const Key& provider_id) const {
    return !is_set(ids[1]) || std::find(ids.begin() + 1, ids.end(), provider_id) != ids.end();
  }

  bool operator==(const FinishedCall&) const = default;
};

// The newest 4,096 finished calls; the oldest makes room. Constant time. All bytes zero is empty.
class FinishedIndex {
 public:
  static constexpr size_t kCapacity = limits::kFinishedIdsMax;

  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] uint64_t evictions() const { return evictions_; }

  // The call that has this id as any of its names; nullptr when there is none. Where two have it (a
  // carrier's id that came back), the newer one.
  [[nodiscard]] const FinishedCall* find(const Key& id) const;

  // The first id must be set. A call with the same first id is replaced (its flags change, its age
  // stays).
  void add(const FinishedCall& call);
  // The carrier has confirmed the end after all. False when the call is not here.
  bool confirm(const Key& id);

  // Oldest first; index 0 to size() - 1.
  [[nodiscard]] const FinishedCall& operator[](size_t index) const;
  void clear();

 private:
  static constexpr size_t kReferences = kCapacity * FinishedCall::kIds;

  [[nodiscard]] const Key& key_at(size_t reference) const;
  [[nodiscard]] size_t find_place(const Key& id) const;
  void erase_reference(size_t reference);
  void enter(size_t place);
  void leave(size_t place);

  size_t size_ = 0;
  size_t next_ = 0;
  uint64_t evictions_ = 0;
  HashIndex<kReferences> index_;
  std::array<FinishedCall, kCapacity> calls_{};
};

}  // namespace hookflash
