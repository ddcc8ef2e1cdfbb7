#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/time.h"

namespace hookflash::twilio::carrier {

// Measures how long a frame was on its way when the other side sends back what it gets: each loud
// 20 ms frame is remembered by its hash, and found again when the same bytes arrive. Frames that
// come back cut or changed are simply not found.
class EchoTrace {
 public:
  void reset() { places_ = {}; }

  void sent(Bytes frame, Instant now) {
    const uint32_t hash = hash_of(frame);
    places_[hash % kPlaces] = {hash, now};
  }

  // The time since the frame was sent; a negative duration when it is not one of ours.
  Duration received(Bytes frame, Instant now) {
    const uint32_t hash = hash_of(frame);
    Place& place = places_[hash % kPlaces];
    if (place.hash != hash || !place.at.is_set()) return Duration::us(-1);
    const Duration delay = now - place.at;
    place = {};
    return delay;
  }

 private:
  // About ten seconds of frames fit with few collisions; one costs one measurement.
  static constexpr size_t kPlaces = 1024;
  struct Place {
    uint32_t hash = 0;
    Instant at;
  };

  static uint32_t hash_of(Bytes bytes) {  // FNV-1a.
    uint32_t hash = 2166136261U;
    for (const uint8_t byte : bytes) hash = (hash ^ byte) * 16777619U;
    return hash;
  }

  std::array<Place, kPlaces> places_{};
};

}  // namespace hookflash::twilio::carrier
