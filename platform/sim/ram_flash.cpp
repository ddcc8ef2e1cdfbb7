#include "platform/sim/ram_flash.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace hookflash::sim {

RamFlash::RamFlash(const FlashGeometry& geometry, uint64_t seed)
    : geometry_(geometry), random_state_(seed * 2 + 1) {
  CHECK(std::has_single_bit(geometry.program_unit) && std::has_single_bit(geometry.erase_unit));
  CHECK(geometry.erase_unit % geometry.program_unit == 0);
  CHECK(geometry.size > 0 && geometry.size % geometry.erase_unit == 0);
  image_.assign(geometry.size, 0xFF);
  durable_ = image_;
  programmed_.assign(geometry.size / geometry.program_unit, false);
  worn_.assign(geometry.size / geometry.erase_unit, false);
  erases_.assign(geometry.size / geometry.erase_unit, 0);
}

// SplitMix64 (Steele, Lea, Flood 2014).
uint64_t RamFlash::random() {
  random_state_ += 0x9E3779B97F4A7C15U;
  uint64_t z = random_state_;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

void RamFlash::break_rule(std::string what) {
  if (violation_.empty()) violation_ = std::move(what);
}

void RamFlash::delays(Duration program, Duration erase, Duration sync) {
  program_time_ = program;
  erase_time_ = erase;
  sync_time_ = sync;
}

uint64_t RamFlash::erases_most() const { return *std::max_element(erases_.begin(), erases_.end()); }
uint64_t RamFlash::erases_least() const {
  return *std::min_element(erases_.begin(), erases_.end());
}

// Bits only fall: what was not erased ends as the AND of both.
void RamFlash::put(std::vector<uint8_t>& image, uint64_t at, Bytes bytes) {
  for (size_t i = 0; i < bytes.size(); ++i) image[at + i] &= bytes[i];
}

Status RamFlash::read(uint64_t at, MutableBytes out) {
  if (dead_ || gone_) return Status::kUnavailable;
  if (at > geometry_.size || out.size() > geometry_.size - at) return Status::kInvalid;
  std::copy_n(image_.begin() + static_cast<std::ptrdiff_t>(at), out.size(), out.begin());
  return Status::kOk;
}

bool RamFlash::strikes() const { return death_ && death_->operation == operations_; }

bool RamFlash::fails() {
  if (failing_ > 0) return --failing_, true;
  return failing_permille_ > 0 && random() % 1000 < failing_permille_;
}

void RamFlash::settle(const std::vector<uint8_t>& from, std::vector<uint8_t>& to) {
  for (const Pending& piece : pending_) {
    const auto at = static_cast<std::ptrdiff_t>(piece.at);
    const size_t size = piece.erase ? geometry_.erase_unit : geometry_.program_unit;
    std::copy_n(from.begin() + at, size, to.begin() + at);
  }
}

void RamFlash::die(Death how) {
  dead_ = true;
  death_.reset();
  if (how != Death::kUnsyncedDropped) return;
  // Some of the pieces made it to the medium, in whatever order; in order is as good as any,
  // because each unit is touched once by each kind.
  for (const Pending& piece : pending_) {
    if (random() % 2 == 0) continue;
    if (piece.erase) {
      std::fill_n(durable_.begin() + static_cast<std::ptrdiff_t>(piece.at), geometry_.erase_unit,
                  uint8_t{0xFF});
    } else {
      put(durable_, piece.at, piece.bytes);
    }
  }
  settle(durable_, image_);
}

Status RamFlash::program(uint64_t at, Bytes bytes) {
  if (dead_ || gone_) return Status::kUnavailable;
  const uint64_t unit = geometry_.program_unit;
  if (at > geometry_.size || bytes.size() > geometry_.size - at || at % unit != 0 ||
      bytes.size() % unit != 0) {
    return Status::kInvalid;
  }
  for (uint64_t i = at / unit; i < (at + bytes.size()) / unit; ++i) {
    if (programmed_[i]) break_rule("a unit is programmed twice, at " + std::to_string(i * unit));
    programmed_[i] = true;
  }
  const bool last = strikes();
  const Death how = last ? death_->how : Death::kBetween;
  ++operations_;
  busy_ += program_time_;
  if (last && how == Death::kBetween) {
    die(how);
    return Status::kUnavailable;
  }
  for (uint64_t done = 0; done < bytes.size(); done += unit) {
    const Bytes piece = bytes.subspan(done, unit);
    pending_.push_back({at + done, false, {piece.begin(), piece.end()}});
  }
  if (fails()) {
    put(image_, at, bytes.first(random() % (bytes.size() + 1)));
    return Status::kStorage;
  }
  if (!last) {
    put(image_, at, bytes);
    programmed_bytes_ += bytes.size();
    return Status::kOk;
  }
  const size_t whole = random() % (bytes.size() + 1);
  put(image_, at, bytes.first(whole));
  if (how == Death::kTornGarbage) {
    for (size_t i = whole; i < bytes.size(); ++i) image_[at + i] &= static_cast<uint8_t>(random());
  }
  die(how);
  return Status::kUnavailable;
}

// No two units of a part stand the same: the data sheet's figure is what the weakest does.
bool RamFlash::is_worn(uint64_t unit) const {
  if (worn_[unit]) return true;
  if (geometry_.endurance == 0) return false;
  const uint64_t more = unit * 2654435761U % (geometry_.endurance / 4 + 1);
  return erases_[unit] >= geometry_.endurance + more;
}

Status RamFlash::erase(uint64_t at) {
  if (dead_ || gone_) return Status::kUnavailable;
  const uint64_t size = geometry_.erase_unit;
  if (at % size != 0 || at >= geometry_.size) return Status::kInvalid;
  const bool last = strikes();
  const Death how = last ? death_->how : Death::kBetween;
  ++operations_;
  busy_ += erase_time_;
  if (last && how == Death::kBetween) {
    die(how);
    return Status::kUnavailable;
  }
  if (is_worn(at / size) || fails()) return Status::kStorage;
  ++erases_[at / size];
  pending_.push_back({at, true, {}});
  const auto begin = image_.begin() + static_cast<std::ptrdiff_t>(at);
  if (!last) {
    std::fill_n(begin, size, uint8_t{0xFF});
    std::fill_n(programmed_.begin() + static_cast<std::ptrdiff_t>(at / geometry_.program_unit),
                size / geometry_.program_unit, false);
    return Status::kOk;
  }
  const size_t whole = random() % (size + 1);
  std::fill_n(begin, whole, uint8_t{0xFF});
  if (how == Death::kTornGarbage) {
    for (size_t i = whole; i < size; ++i) image_[at + i] |= static_cast<uint8_t>(random());
  }
  die(how);
  return Status::kUnavailable;
}

Status RamFlash::sync() {
  if (dead_ || gone_) return Status::kUnavailable;
  const bool last = strikes();
  const Death how = last ? death_->how : Death::kBetween;
  ++operations_;
  busy_ += sync_time_;
  if (last) {
    die(how);
    return Status::kUnavailable;
  }
  if (failing_syncs_ > 0) return --failing_syncs_, Status::kStorage;
  if (fails()) return Status::kStorage;
  ++syncs_;
  settle(image_, durable_);
  pending_.clear();
  return Status::kOk;
}

void RamFlash::power_on() {
  dead_ = false;
  death_.reset();
  settle(image_, durable_);
  // Whether a unit was programmed shows in its bits alone now.
  const size_t unit = geometry_.program_unit;
  for (const Pending& piece : pending_) {
    const size_t count = piece.erase ? geometry_.erase_unit / unit : 1;
    for (size_t i = piece.at / unit; i < piece.at / unit + count; ++i) {
      const auto begin = image_.begin() + static_cast<std::ptrdiff_t>(i * unit);
      programmed_[i] = std::any_of(begin, begin + static_cast<std::ptrdiff_t>(unit),
                                   [](uint8_t byte) { return byte != 0xFF; });
    }
  }
  pending_.clear();
}

}  // namespace hookflash::sim
