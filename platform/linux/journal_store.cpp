#include "platform/linux/journal_store.h"

#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace hookflash {
namespace {

constexpr int kNamesMax = 9;  // journal.lost, journal.lost-2 ... -9.

}  // namespace

uint64_t journal_file_bytes(size_t snapshot_bytes_max) {
  const uint64_t wanted = std::max<uint64_t>(16U << 20U, 4 * uint64_t{snapshot_bytes_max});
  const uint64_t most = uint64_t{Journal::kSegmentsMax} * FileFlash::kEraseUnit;
  return std::min(
      most, (wanted + FileFlash::kEraseUnit - 1) / FileFlash::kEraseUnit * FileFlash::kEraseUnit);
}

Status JournalStore::make(std::string_view path, uint64_t size, TextWriter& problem) {
  Status status = flash_.create(path, size);
  if (ok(status)) status = journal_.open();
  if (ok(status)) return status;
  problem.put("cannot make the journal ").put(path).put(": ");
  problem.put(flash_.error() != 0 ? strerror(flash_.error()) : name_of(status).data());
  flash_.close();
  return status;
}

// Kept for somebody who may want to look at it; never over one that was kept before.
Status JournalStore::set_aside(std::string_view path, TextWriter& problem) {
  flash_.close();
  char from[320];
  TextWriter from_text(from, sizeof from);
  from_text.put(path).put(std::string_view("\0", 1));
  for (int n = 1; n <= kNamesMax && !from_text.overflowed(); ++n) {
    char to[320];
    TextWriter text(to, sizeof to);
    text.put(path).put(".lost");
    if (n > 1) text.put("-").number(n);
    const std::string_view name = text.view();
    text.put(std::string_view("\0", 1));
    if (text.overflowed()) break;
    if (access(to, F_OK) == 0) continue;
    if (rename(from, to) != 0 || !ok(set_aside_.assign(name))) break;
    return sync_directory_of(path);
  }
  problem.put("the journal ").put(path).put(" cannot be read, nor set aside");
  return Status::kStorage;
}

// Whoever pointed us here may have meant another partition.
Status JournalStore::refuse(std::string_view path, Status why, TextWriter& problem) {
  flash_.close();
  problem.put("the device ").put(path);
  if (why == Status::kFull) {
    problem.put(" is too small for a journal of this build");
  } else if (why == Status::kInvalid) {
    problem.put(" holds no journal; if nothing on it is wanted: flash_erase ")
        .put(path)
        .put(" 0 0");
  } else {
    problem.put(" holds a journal of another version, or is no flash that can hold one");
  }
  return Status::kStorage;
}

Status JournalStore::open(std::string_view path, size_t snapshot_bytes_max, TextWriter& problem) {
  const Status status = read(path, journal_file_bytes(snapshot_bytes_max), problem);
  char name[320];
  TextWriter text(name, sizeof name);
  text.put(path).put(std::string_view("\0", 1));
  stays_ = !ok(status) && (!set_aside_.empty() || (!text.overflowed() && access(name, F_OK) == 0));
  open_.store(ok(status), std::memory_order_release);
  return status;
}

Status JournalStore::read(std::string_view path, uint64_t size, TextWriter& problem) {
  Status status = flash_.open(path, size);
  if (status == Status::kNotFound) return make(path, size, problem);
  if (ok(status)) status = journal_.open();
  switch (status) {
    case Status::kOk: return status;
    case Status::kFull:
      if (flash_.is_device()) return refuse(path, status, problem);
      // What it holds is wanted, so it waits for room.
      problem.put("the journal ").put(path);
      problem.put(" is too small for this build, and the disk has no room to make it larger");
      flash_.close();
      return Status::kStorage;
    case Status::kInvalid:
    case Status::kUnsupported:
      if (flash_.is_device()) return refuse(path, status, problem);
      TRY(set_aside(path, problem));
      return make(path, size, problem);
    default: break;
  }
  problem.put("cannot open the journal ").put(path).put(": ");
  problem.put(flash_.error() != 0 ? strerror(flash_.error()) : name_of(status).data());
  flash_.close();
  return status;
}

}  // namespace hookflash
