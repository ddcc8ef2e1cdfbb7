#include "base/check.h"
#include "call/archive.h"
#include "event_store.h"
#include "journal/pace.h"
#include "platform/linux/journal_store.h"

namespace hookflash::bench {
namespace {

class JournalEvents final : public EventStore {
 public:
  explicit JournalEvents(const std::string& path)
      : memory_(std::make_unique<CallArchiveMemory>()), archive_(*memory_), store_(archive_) {
    char text[512];
    TextWriter problem(text, sizeof text);
    CHECK(ok(store_.open(path, archive_.snapshot_bytes_max(), problem)));
  }
  [[nodiscard]] const char* name() const override { return "journal"; }
  void keep(std::span<const std::string> entries) override {
    for (const std::string& entry : entries) CHECK(ok(store_.append(bytes_of(entry))));
    CHECK(ok(store_.commit()));
  }
  void tidy(size_t entries) override {
    for (size_t n = journal_steps_after(entries); n > 0 && store_.step(); --n) {
    }
  }

 private:
  std::unique_ptr<CallArchiveMemory> memory_;
  CallArchive archive_;
  JournalStore store_;
};

}  // namespace

std::unique_ptr<EventStore> make_journal_store(const std::string& path) {
  return std::make_unique<JournalEvents>(path);
}

}  // namespace hookflash::bench
