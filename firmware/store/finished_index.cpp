#include "store/finished_index.h"

namespace hookflash {

const Key& FinishedIndex::key_at(size_t reference) const {
  return calls_[reference / FinishedCall::kIds].ids[reference % FinishedCall::kIds];
}

size_t FinishedIndex::find_place(const Key& id) const {
  if (!is_set(id)) return kCapacity;
  const size_t reference =
      index_.find(hash_of(id), [&](size_t candidate) { return key_at(candidate) == id; });
  return reference == HashIndex<kReferences>::kNone ? kCapacity : reference / FinishedCall::kIds;
}

const FinishedCall* FinishedIndex::find(const Key& id) const {
  const size_t place = find_place(id);
  return place == kCapacity ? nullptr : &calls_[place];
}

void FinishedIndex::enter(size_t place) {
  for (size_t which = 0; which < FinishedCall::kIds; ++which) {
    const Key id = calls_[place].ids[which];
    if (!is_set(id)) continue;
    const size_t reference =
        index_.find(hash_of(id), [&](size_t candidate) { return key_at(candidate) == id; });
    if (reference != HashIndex<kReferences>::kNone) {
      if (reference / FinishedCall::kIds == place) {  // The same name twice in one call.
        calls_[place].ids[which] = Key{};
        continue;
      }
      // An older call that had this name loses it, so that one name means one call.
      erase_reference(reference);
      calls_[reference / FinishedCall::kIds].ids[reference % FinishedCall::kIds] = Key{};
    }
    index_.insert(hash_of(id), place * FinishedCall::kIds + which);
  }
}

void FinishedIndex::leave(size_t place) {
  for (size_t which = 0; which < FinishedCall::kIds; ++which) {
    if (is_set(calls_[place].ids[which])) erase_reference(place * FinishedCall::kIds + which);
  }
}

void FinishedIndex::erase_reference(size_t reference) {
  index_.erase(hash_of(key_at(reference)), reference,
               [this](size_t other) { return hash_of(key_at(other)); });
}

void FinishedIndex::add(const FinishedCall& call) {
  CHECK(is_set(call.ids[0]));
  size_t place = find_place(call.ids[0]);
  if (place != kCapacity) {
    leave(place);
  } else {
    place = next_;
    if (size_ == kCapacity) {
      leave(place);
      ++evictions_;
    } else {
      ++size_;
    }
    next_ = (next_ + 1) % kCapacity;
  }
  calls_[place] = call;
  enter(place);
}

bool FinishedIndex::confirm(const Key& id) {
  const size_t place = find_place(id);
  if (place == kCapacity) return false;
  calls_[place].end_confirmed = true;
  return true;
}

const FinishedCall& FinishedIndex::operator[](size_t index) const {
  CHECK(index < size_);
  return calls_[(next_ + kCapacity - size_ + index) % kCapacity];
}

void FinishedIndex::clear() {
  index_.clear();
  size_ = 0;
  next_ = 0;
  evictions_ = 0;
}

}  // namespace hookflash
