#pragma once

#include <cstddef>
#include <cstdint>

#include "base/fixed_vector.h"
#include "base/recent_keys.h"
#include "base/time.h"
#include "http/request_handler.h"
#include "limits.h"

namespace hookflash {

// The verified requests of the last 10 minutes, at most 10,000 over all lines, oldest out (B-DED),
// and who of several identical ones is being processed (B-DED-5). A key goes free -> in flight ->
// answered -> kept; failure before "kept" makes it free again (B-DED-6).
//
//   claim() -> kOwner: process it, then fail() or answer(), then written()
//           -> kWait:  an identical one is in flight; its outcome settles this one too
//           -> kReplay: it was processed; nothing may change (B-DED-4)
class ReplayWindow {
 public:
  enum class Claim : uint8_t { kOwner, kWait, kReplay };
  // Every request in flight but the owner can wait; signed fetches of /twiml count in the other
  // group.
  static constexpr size_t kWaitersMax =
      limits::kRequestsInFlightMax + limits::kApiRequestsInFlightMax;
  using Waiters = FixedVector<RequestRef, kWaitersMax>;

  Claim claim(const Key16& key, RequestRef request, Now now);

  // The owner was processed and its 2xx is on its way. Fills in who waits for it. False, and
  // nothing happens, when `owner` does not own the key.
  bool answer(const Key16& key, RequestRef owner, Waiters& waiters);
  // The owner was not processed: failed, unknown call, retryable, inbox full. Frees the key; the
  // waiters are answered 500. False, and nothing happens, when `owner` does not own the key.
  bool fail(const Key16& key, RequestRef owner, Waiters& waiters);
  // The owner's answer has left, or could not be written completely: then the key is freed. False
  // when `owner` does not own the key or has not answered.
  bool written(const Key16& key, RequestRef owner, bool complete);

  // A request that waited is gone.
  void forget_waiter(RequestRef request);

  // Takes a key over from before a restart, oldest first. `age` is how long ago it was claimed.
  void restore(const Key16& key, Duration age, Now now);

  [[nodiscard]] size_t size() const { return keys_.size(); }
  [[nodiscard]] size_t waiting() const { return waiters_.size(); }
  // Keys pushed out before their 10 minutes were over (B-GEN-5).
  [[nodiscard]] uint64_t evictions() const { return evictions_; }

 private:
  enum class Stage : uint8_t { kInFlight, kAnswered, kKept };
  struct Entry {
    Instant since;
    RequestRef owner;
    Stage stage = Stage::kInFlight;
  };
  struct Waiter {
    Key16 key{};
    RequestRef request;
  };

  Entry* owned(const Key16& key, RequestRef owner, Stage stage);
  void drop_old(Now now);
  Entry* insert(const Key16& key, Now now);
  void take_waiters(const Key16& key, Waiters& waiters);

  uint64_t evictions_ = 0;
  FixedVector<Waiter, kWaitersMax> waiters_;
  RecentKeys<Entry, limits::kRequestKeysMax> keys_;
};

}  // namespace hookflash
