#include "platform/linux/poller.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>

namespace hookflash {
namespace {

uint64_t tag(int descriptor, uint16_t generation) {
  return static_cast<uint64_t>(static_cast<uint32_t>(descriptor)) | uint64_t{generation} << 32;
}

}  // namespace

Status Poller::open() {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (epoll_ < 0 || timer_ < 0) {
    close();
    return Status::kUnavailable;
  }
  return add(timer_, Kind::kTimer, EPOLLIN | EPOLLET);
}

void Poller::close() {
  if (timer_ >= 0) ::close(timer_);
  if (epoll_ >= 0) ::close(epoll_);
  epoll_ = timer_ = -1;
  armed_ = Instant::max();
  ready_ = taken_ = changes_ = 0;
  for (Entry& one : entries_) one = Entry();
}

bool Poller::known(int descriptor) const {
  return descriptor >= 0 && static_cast<size_t>(descriptor) < entries_.size() &&
         entries_[static_cast<size_t>(descriptor)].kind != Kind::kNone;
}

Status Poller::add(int descriptor, Kind kind, uint32_t interest) {
  if (descriptor < 0 || static_cast<size_t>(descriptor) >= entries_.size()) return Status::kFull;
  Entry& one = entry(descriptor);
  ++one.generation;
  epoll_event event{};
  event.events = interest;
  event.data.u64 = tag(descriptor, one.generation);
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) return Status::kUnavailable;
  one.kind = kind;
  one.wanted = one.applied = interest;
  return Status::kOk;
}

void Poller::set_interest(int descriptor, uint32_t interest) {
  if (!known(descriptor)) return;
  Entry& one = entry(descriptor);
  one.wanted = interest;
  if (one.changed || one.wanted == one.applied) return;
  one.changed = true;
  changed_[changes_++] = descriptor;
}

uint32_t Poller::interest(int descriptor) const {
  return known(descriptor) ? entries_[static_cast<size_t>(descriptor)].wanted : 0;
}

void Poller::remove(int descriptor) {
  if (!known(descriptor)) return;
  Entry& one = entry(descriptor);
  epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
  one.kind = Kind::kNone;
  one.wanted = one.applied = 0;  // It stays in changed_ until the next wait, if it is there.
  ++one.generation;
}

void Poller::apply_changes() {
  for (size_t i = 0; i < changes_; ++i) {
    Entry& one = entry(changed_[i]);
    one.changed = false;
    if (one.kind == Kind::kNone || one.wanted == one.applied) continue;
    epoll_event event{};
    event.events = one.wanted;
    event.data.u64 = tag(changed_[i], one.generation);
    epoll_ctl(epoll_, EPOLL_CTL_MOD, changed_[i], &event);
    one.applied = one.wanted;
  }
  changes_ = 0;
}

void Poller::wake_at(Instant instant) {
  // Up to the grid, on the absolute clock: deadlines of many streams that lie close share a
  // wake-up.
  const int64_t grid = linux_limits::kWakeGrid.us();
  if (instant > Instant::max() - Duration::us(grid)) {
    instant = Instant::max();  // Clamped, so that rounding up cannot wrap (B-TMR-2).
  } else {
    instant = Instant::from_us((instant.us() + grid - 1) / grid * grid);
  }
  if (instant >= armed_) return;
  armed_ = instant;
  itimerspec setting{};
  setting.it_value.tv_sec = static_cast<time_t>(instant.us() / 1'000'000);
  setting.it_value.tv_nsec = static_cast<long>(instant.us() % 1'000'000 * 1000);
  timerfd_settime(timer_, TFD_TIMER_ABSTIME, &setting, nullptr);
  ++timer_settings_;
}

void Poller::wait(Duration timeout) {
  apply_changes();
  int milliseconds = -1;
  if (timeout != Duration::max()) {
    const int64_t rounded_up = (std::max<int64_t>(timeout.us(), 0) + 999) / 1000;
    milliseconds = static_cast<int>(std::min<int64_t>(rounded_up, 60'000));
  }
  const int count =
      epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), milliseconds);
  ready_ = count > 0 ? static_cast<size_t>(count) : 0;
  taken_ = 0;
}

bool Poller::next(Event& event) {
  while (taken_ < ready_) {
    const epoll_event& got = events_[taken_++];
    const auto descriptor = static_cast<int>(got.data.u64 & 0xffff'ffffU);
    if (!known(descriptor)) continue;
    const Entry& one = entry(descriptor);
    if (one.generation != static_cast<uint16_t>(got.data.u64 >> 32)) continue;
    if (one.kind == Kind::kTimer) {
      // Edge-triggered: the expiry need not be read, setting the timer again clears it.
      armed_ = Instant::max();
      continue;
    }
    event = {descriptor, one.kind, got.events};
    return true;
  }
  return false;
}

}  // namespace hookflash
