#pragma once

#include <cstddef>

namespace hookflash {

// How the owner of a journal goes about its work. Entries that have gathered while the last group
// was written are the next group: the longest wait is one group's, and no clock is needed.
inline constexpr size_t kJournalGroupMax = 64;  // B-JRN-4.

// Housekeeping after a group of entries, so that it keeps ahead of a load that never rests: each
// step takes in eight entries of the log, so the log grows by a half at most while it is read.
constexpr size_t journal_steps_after(size_t entries) { return 4 + entries / 4; }

}  // namespace hookflash
