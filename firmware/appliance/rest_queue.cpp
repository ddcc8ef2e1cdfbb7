#include "appliance/rest_queue.h"

namespace hookflash {

bool RestQueue::may_run(const Line& line, const RestJob& job) const {
  if (line.running.full()) return false;
  if (job.hangup) return true;
  size_t ordinary = 0;
  for (const RestJob& running : line.running) ordinary += running.hangup ? 0 : 1;
  return ordinary + 1 < limits::kRestConnectionsPerLine;
}

Status RestQueue::submit(const RestJob& job, RestOwner& owner, Outbox& outbox, Now now,
                         RestId& id) {
  Line& line = lines_[job.line];
  if (line.waiting.full()) return Status::kFull;
  if (!job.hangup && line.waiting.size() >= limits::kRestWaitingMax) return Status::kFull;
  RestJob taken = job;
  if (++last_id_ == 0) ++last_id_;
  taken.id = last_id_;
  taken.began = now.mono;
  id = taken.id;
  CHECK(line.waiting.push(taken) == Status::kOk);
  pump(line, owner, outbox, now);
  return Status::kOk;
}

void RestQueue::pump(Line& line, RestOwner& owner, Outbox& outbox, Now now) {
  // Hang-ups overtake: they stop costs, and a slot waits for them (B-HUP-6).
  for (const bool hangups : {true, false}) {
    size_t i = 0;
    while (i < line.waiting.size()) {
      const RestJob job = line.waiting[i];
      if (job.hangup != hangups || !may_run(line, job)) {
        ++i;
        continue;
      }
      line.waiting.erase(i);
      out::RestSend send{.id = job.id, .line = job.line, .hangup = job.hangup};
      send.timeout = job.deadline - now.mono;
      if (send.timeout <= Duration()) {
        owner.on_report({.job = job, .failure = in::RestFailure::kTimeout}, now);
        i = 0;  // The owner may have submitted more.
        continue;
      }
      if (!owner.build_request(job, send)) {
        owner.on_report({.job = job, .failure = in::RestFailure::kUnreachable, .unwanted = true},
                        now);
        i = 0;
        continue;
      }
      CHECK(line.running.push(job) == Status::kOk);
      outbox.push(send);
    }
  }
}

bool RestQueue::take(RestId id, RestJob& job, Line*& found) {
  for (Line& line : lines_) {
    for (size_t i = 0; i < line.running.size(); ++i) {
      if (line.running[i].id != id) continue;
      job = line.running[i];
      line.running.erase(i);
      found = &line;
      return true;
    }
  }
  return false;
}

bool RestQueue::answered(const in::RestAnswered& in, RestOwner& owner, Outbox& outbox, Now now) {
  RestReport report{.answered = true, .status = in.status, .body = in.body};
  Line* line = nullptr;
  if (!take(in.id, report.job, line)) return false;
  owner.on_report(report, now);
  pump(*line, owner, outbox, now);
  return true;
}

bool RestQueue::failed(const in::RestFailed& in, RestOwner& owner, Outbox& outbox, Now now) {
  RestReport report{.failure = in.failure, .sent = in.sent};
  Line* line = nullptr;
  if (!take(in.id, report.job, line)) return false;
  owner.on_report(report, now);
  pump(*line, owner, outbox, now);
  return true;
}

void RestQueue::expire(RestOwner& owner, Outbox& outbox, Now now) {
  for (Line& line : lines_) {
    size_t i = 0;
    while (i < line.waiting.size()) {
      if (line.waiting[i].deadline > now.mono) {
        ++i;
        continue;
      }
      const RestJob job = line.waiting[i];
      line.waiting.erase(i);
      owner.on_report({.job = job, .failure = in::RestFailure::kTimeout}, now);
      i = 0;
    }
    pump(line, owner, outbox, now);
  }
}

Instant RestQueue::deadline() const {
  Instant next = Instant::max();
  for (const Line& line : lines_) {
    for (const RestJob& job : line.waiting) {
      if (job.deadline < next) next = job.deadline;
    }
  }
  return next;
}

size_t RestQueue::pending() const {
  size_t sum = 0;
  for (const Line& line : lines_) sum += line.running.size() + line.waiting.size();
  return sum;
}

}  // namespace hookflash
