#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/status.h"
#include "base/time.h"
#include "platform/linux/linux_limits.h"

namespace hookflash {

// epoll and one absolute timer. Changes of interest are gathered and handed to the kernel only
// before it waits, so that on and off within one turn cost nothing.
class Poller {
 public:
  // Who has to act on an event.
  enum class Kind : uint8_t {
    kNone,
    kTimer,
    kSignal,
    kRequest,
    kStorage,
    kListener,
    kStream,
    kLookup
  };

  struct Event {
    int descriptor = -1;
    Kind kind = Kind::kNone;
    uint32_t events = 0;  // EPOLLIN and so on.
  };

  Poller() = default;
  ~Poller() { close(); }
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  Status open();
  void close();

  // kFull when the number of the descriptor is beyond the table, kUnavailable when the kernel
  // refuses.
  Status add(int descriptor, Kind kind, uint32_t interest);
  // Nothing happens for a descriptor that was not added.
  void set_interest(int descriptor, uint32_t interest);
  [[nodiscard]] uint32_t interest(int descriptor) const;
  // Before the descriptor is closed. Events already fetched for it are dropped.
  void remove(int descriptor);

  // Wakes at the instant, or up to kWakeGrid later, never before it. Instant::max() is never. A
  // timer that is set earlier already is left alone: it fires once for nothing, which is cheaper
  // than setting it again for each frame.
  void wake_at(Instant instant);

  // Waits for events, at most timeout (Duration::max(): for ever). They are then had from next().
  void wait(Duration timeout);
  // The next event; false when all were taken. Expiries of the timer are swallowed.
  bool next(Event& event);

  // System calls made for the timer, for tests.
  [[nodiscard]] uint64_t timer_settings() const { return timer_settings_; }

 private:
  struct Entry {
    Kind kind = Kind::kNone;
    bool changed = false;
    uint16_t generation = 0;
    uint32_t wanted = 0;
    uint32_t applied = 0;
  };

  static constexpr size_t kEventsMax = 128;

  [[nodiscard]] bool known(int descriptor) const;
  Entry& entry(int descriptor) { return entries_[static_cast<size_t>(descriptor)]; }
  void apply_changes();

  int epoll_ = -1;
  int timer_ = -1;
  Instant armed_ = Instant::max();
  uint64_t timer_settings_ = 0;
  size_t ready_ = 0;
  size_t taken_ = 0;
  size_t changes_ = 0;
  std::array<epoll_event, kEventsMax> events_{};
  std::array<int, linux_limits::kDescriptorsMax> changed_{};
  std::array<Entry, linux_limits::kDescriptorsMax> entries_{};
};

}  // namespace hookflash
