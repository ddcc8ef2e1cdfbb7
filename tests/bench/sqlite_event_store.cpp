#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>

#include "base/check.h"
#include "call/entry_items.h"
#include "event_store.h"
#include "limits.h"

namespace hookflash::bench {
namespace {

constexpr const char* kTables =
    "CREATE TABLE calls(id BLOB PRIMARY KEY, core BLOB) WITHOUT ROWID;"
    "CREATE TABLE lines(n INTEGER PRIMARY KEY, call BLOB, line BLOB);"
    "CREATE INDEX lines_of_call ON lines(call);"
    "CREATE TABLE keys(n INTEGER PRIMARY KEY, keys BLOB);"
    "CREATE TABLE requests(n INTEGER PRIMARY KEY, request BLOB);"
    "CREATE TABLE history(n INTEGER PRIMARY KEY, summary BLOB);"
    "CREATE TABLE names(n INTEGER PRIMARY KEY, names BLOB);"
    "CREATE TABLE marks(id BLOB, type INTEGER, mark BLOB, PRIMARY KEY(id, type)) WITHOUT ROWID;";

class Statement {
 public:
  Statement(sqlite3* database, const char* sql) {
    CHECK(sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr) == SQLITE_OK);
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bytes(int at, Bytes value) {
    sqlite3_bind_blob(statement_, at, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
    return *this;
  }
  Statement& number(int at, int64_t value) {
    sqlite3_bind_int64(statement_, at, value);
    return *this;
  }
  void run() {
    const int result = sqlite3_step(statement_);
    CHECK(result == SQLITE_DONE);
    sqlite3_reset(statement_);
  }

 private:
  sqlite3_stmt* statement_ = nullptr;
};

class SqliteEvents final : public EventStore {
 public:
  explicit SqliteEvents(const std::string& path) {
    CHECK(sqlite3_open(path.c_str(), &database_) == SQLITE_OK);
    run("PRAGMA journal_mode=WAL");
    run("PRAGMA synchronous=FULL");
    run(kTables);
    prepare();
  }
  ~SqliteEvents() override {
    statements_.reset();
    sqlite3_close(database_);
  }
  SqliteEvents(const SqliteEvents&) = delete;
  SqliteEvents& operator=(const SqliteEvents&) = delete;

  [[nodiscard]] const char* name() const override { return "SQLite"; }
  void keep(std::span<const std::string> entries) override {
    statements_->begin.run();
    for (const std::string& entry : entries) {
      EntryReader reader(bytes_of(entry));
      for (Item item; reader.next(item);) keep(item);
    }
    statements_->commit.run();
  }

 private:
  struct Statements {
    explicit Statements(sqlite3* db)
        : begin(db, "BEGIN IMMEDIATE"),
          commit(db, "COMMIT"),
          call(db, "INSERT OR REPLACE INTO calls VALUES(?1, ?2)"),
          line(db, "INSERT INTO lines(call, line) VALUES(?1, ?2)"),
          keys(db, "INSERT INTO keys VALUES(?1, ?2)"),
          old_keys(db, "DELETE FROM keys WHERE n <= ?1"),
          request(db, "INSERT INTO requests VALUES(?1, ?2)"),
          old_requests(db, "DELETE FROM requests WHERE n <= ?1"),
          mark(db, "INSERT OR REPLACE INTO marks VALUES(?1, ?2, ?3)"),
          drop_call(db, "DELETE FROM calls WHERE id = ?1"),
          drop_lines(db, "DELETE FROM lines WHERE call = ?1"),
          drop_marks(db, "DELETE FROM marks WHERE id = ?1"),
          summary(db, "INSERT INTO history VALUES(?1, ?2)"),
          old_summaries(db, "DELETE FROM history WHERE n <= ?1"),
          names(db, "INSERT INTO names VALUES(?1, ?2)"),
          old_names(db, "DELETE FROM names WHERE n <= ?1") {}
    Statement begin, commit, call, line, keys, old_keys, request, old_requests, mark, drop_call,
        drop_lines, drop_marks, summary, old_summaries, names, old_names;
  };

  void run(const char* sql) {
    char* problem = nullptr;
    if (sqlite3_exec(database_, sql, nullptr, nullptr, &problem) == SQLITE_OK) return;
    fprintf(stderr, "bench_journal: SQLite: %s: %s\n", sql, problem);
    exit(1);
  }
  void prepare() { statements_ = std::make_unique<Statements>(database_); }

  void keep(const Item& item) {
    Statements& s = *statements_;
    const Bytes id = item.payload.first(item.payload.size() < 16 ? item.payload.size() : 16);
    switch (item.type) {
      case ItemType::kCore: {
        CallCore core;
        CHECK(ok(read_core(item.payload, core)));
        return s.call.bytes(1, core.call_id.bytes()).bytes(2, item.payload).run();
      }
      case ItemType::kTranscriptLine:
        return s.line.bytes(1, id).bytes(2, item.payload.subspan(16)).run();
      case ItemType::kCallEventKeys:
      case ItemType::kEventKeys: {
        // Each key of its own life; the call's name is in front.
        const bool of_call = item.type == ItemType::kCallEventKeys;
        Bytes keys = item.payload.subspan(of_call ? 16 : 0);
        while (keys.size() >= sizeof(Key)) {
          s.keys.number(1, ++keys_).bytes(2, keys.last(sizeof(Key))).run();
          keys = keys.first(keys.size() - sizeof(Key));
        }
        return s.old_keys.number(1, keys_ - int64_t{limits::kEventKeysMax}).run();
      }
      case ItemType::kRequestKey:
        s.request.number(1, ++requests_).bytes(2, item.payload).run();
        return s.old_requests.number(1, requests_ - int64_t{limits::kRequestKeysMax}).run();
      case ItemType::kFinished: {
        FinishedItem finished;
        CHECK(ok(read_finished(item.payload, finished)));
        const Bytes call = finished.summary.call_id.bytes();
        s.drop_call.bytes(1, call).run();
        s.drop_lines.bytes(1, call).run();
        s.drop_marks.bytes(1, call).run();
        const size_t names = 2 + FinishedCall::kIds * sizeof(Key);
        const size_t summary = item.payload.size() - names;
        s.summary.number(1, ++finished_).bytes(2, item.payload.first(summary)).run();
        s.old_summaries.number(1, finished_ - int64_t{limits::kHistoryMax}).run();
        s.names.number(1, finished_).bytes(2, item.payload.last(names)).run();
        return s.old_names.number(1, finished_ - int64_t{limits::kFinishedIdsMax}).run();
      }
      default:
        s.mark.bytes(1, id).number(2, static_cast<int64_t>(item.type)).bytes(3, item.payload).run();
    }
  }

  sqlite3* database_ = nullptr;
  std::unique_ptr<Statements> statements_;
  int64_t keys_ = 0;
  int64_t requests_ = 0;
  int64_t finished_ = 0;
};

}  // namespace

std::unique_ptr<EventStore> make_sqlite_store(const std::string& path) {
  return std::make_unique<SqliteEvents>(path);
}

}  // namespace hookflash::bench
