#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/fixed_vector.h"
#include "base/ring.h"
#include "base/time.h"
#include "hal/in.h"
#include "hal/outbox.h"
#include "limits.h"
#include "providers/provider.h"

namespace hookflash {

// One REST exchange wanted for a call. What is sent is built only when a connection is free, from
// the call as it is then; `ticket` lets the owner drop a job whose call has moved on.
struct RestJob {
  RestId id = 0;
  Operation operation = Operation::kNone;
  uint8_t line = 0;
  bool hangup = false;  // May use the connection kept for hang-ups (B-HUP-6).
  uint16_t slot = 0;    // Whose job it is; means nothing here.
  uint16_t generation = 0;
  Instant began;
  Instant deadline;  // Over waiting, name, connect, TLS and body together (B-PRV-2).
};

// What became of a job. Exactly one for each job that was taken (B-PRV-2).
struct RestReport {
  RestJob job;
  bool answered = false;  // `status` and `body` hold; otherwise `failure` and `sent`.
  uint16_t status = 0;
  std::string_view body;
  in::RestFailure failure = in::RestFailure::kTimeout;
  bool sent = false;
  bool unwanted = false;  // Nobody wanted it any more when its turn came.
};

class RestOwner {
 public:
  // Fills in everything of `send` but id, line, hangup and timeout; texts live in the outbox.
  // False: the job is no longer wanted; it is reported as not sent.
  virtual bool build_request(const RestJob& job, out::RestSend& send) = 0;
  virtual void on_report(const RestReport& report, Now now) = 0;

 protected:
  ~RestOwner() = default;
};

// Which exchanges run and which wait (B-PRV-6): per line limits::kRestConnectionsPerLine at a time,
// one of them for hang-ups only; limits::kRestWaitingMax waiting, hang-ups first and beside them.
class RestQueue {
 public:
  // kFull: the line is busy; nothing was taken.
  Status submit(const RestJob& job, RestOwner& owner, Outbox& outbox, Now now, RestId& id);
  // Both return false when the id is unknown (late, or not ours).
  bool answered(const in::RestAnswered& in, RestOwner& owner, Outbox& outbox, Now now);
  bool failed(const in::RestFailed& in, RestOwner& owner, Outbox& outbox, Now now);
  // Gives up what has waited past its deadline.
  void expire(RestOwner& owner, Outbox& outbox, Now now);
  [[nodiscard]] Instant deadline() const;
  [[nodiscard]] size_t pending() const;
  [[nodiscard]] size_t pending(uint8_t line) const {
    return lines_[line].running.size() + lines_[line].waiting.size();
  }
  [[nodiscard]] bool idle() const { return pending() == 0; }

 private:
  // A line that is full of other requests still takes hang-ups (B-HUP-6).
  static constexpr size_t kHangupPlaces = 32;
  struct Line {
    FixedVector<RestJob, limits::kRestConnectionsPerLine> running;
    FixedVector<RestJob, limits::kRestWaitingMax + kHangupPlaces> waiting;
  };
  bool may_run(const Line& line, const RestJob& job) const;
  void pump(Line& line, RestOwner& owner, Outbox& outbox, Now now);
  bool take(RestId id, RestJob& job, Line*& line);

  RestId last_id_ = 0;
  std::array<Line, limits::kLinesMax> lines_{};
};

}  // namespace hookflash
