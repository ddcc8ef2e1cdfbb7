// Two stores that keep the same transitions: the journal, and SQLite, which the journal is held
// against.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace hookflash::bench {

class EventStore {
 public:
  virtual ~EventStore() = default;
  [[nodiscard]] virtual const char* name() const = 0;
  // Takes the entries in order; they are durable when this returns.
  virtual void keep(std::span<const std::string> entries) = 0;
  // What the store does after a group of so many entries.
  virtual void tidy(size_t entries) { (void)entries; }
};

// The journal in a file, with the archive it writes snapshots from.
std::unique_ptr<EventStore> make_journal_store(const std::string& path);

// SQLite with WAL and synchronous=FULL, tables for what the archive holds, bounded as there. No
// index is asked for that would only serve looking things up, because the box does that in memory.
std::unique_ptr<EventStore> make_sqlite_store(const std::string& path);

}  // namespace hookflash::bench
