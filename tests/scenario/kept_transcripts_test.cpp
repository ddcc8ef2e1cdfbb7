// Aim: history.keepTranscripts decides, from the configuration to the bytes on the medium, whether
// what was said in a call is there after the call. Method: the real appliance in virtual time, its
// entries in the real journal, which is compacted; then a look at the medium.
#include <algorithm>

#include "journal/journal.h"
#include "platform/sim/ram_flash.h"
#include "power.h"

namespace hookflash::sim {
namespace {

constexpr std::string_view kSaid = "For four people, please, at half past seven";
constexpr uint32_t kSegment = 64 * 1024;
constexpr FlashGeometry kPart{
    .program_unit = 16, .erase_unit = kSegment, .size = 96 * kSegment, .endurance = 0};
constexpr JournalOptions kOptions{.segment_bytes = kSegment, .fold_segments = 2};

std::string config(bool keep) {
  return api_config(std::string(R"(,"streaming":{"enabled":false},"history":{"keepTranscripts":)") +
                    (keep ? "true}" : "false}"));
}

// The flash under a box.
class Medium {
 public:
  explicit Medium(Power& power) : power_(power) { EXPECT_EQ(journal_->open(), Status::kOk); }

  // Everything that has become durable up to now, and a snapshot of it.
  void compact() {
    const std::vector<std::string>& entries = power_.world.storage().entries();
    for (; taken_ < entries.size(); ++taken_) append(entries[taken_]);
    EntryWriter filler;
    filler.begin(power_.world.now().wall);
    write_request_key(filler, Key{1}, power_.world.now().wall);
    const uint64_t folds = journal_->figures().folds;
    while (journal_->figures().folds < folds + 2) append(text_of(filler.bytes()));
    // What is there for the next start, and is handed on by it.
    const auto memory = std::make_unique<CallArchiveMemory>();
    CallArchive archive(*memory);
    const auto again = std::make_unique<Journal>(
        flash_, archive, JournalOptions{.segment_bytes = kSegment, .read_only = true});
    EXPECT_EQ(again->open(), Status::kOk);
    EXPECT_EQ(again->figures().damaged + archive.refused(), 0U);
    finished_ = memory->history.size();
  }
  // Segments that are free still have what was in them: only what counts.
  [[nodiscard]] bool has(std::string_view words) {
    class Search final : public JournalState {
     public:
      explicit Search(std::string_view words) : words_(words) {}
      void clear() override { found = false; }
      void apply(Bytes entry, uint64_t /*sequence*/) override {
        found = found || text_of(entry).find(words_) != std::string_view::npos;
      }
      [[nodiscard]] size_t snapshot_bytes_max() const override { return 0; }
      void begin_snapshot() override {}
      Bytes next_piece() override { return {}; }
      bool found = false;

     private:
      std::string_view words_;
    } search(words);
    const auto look = std::make_unique<Journal>(
        flash_, search, JournalOptions{.segment_bytes = kSegment, .read_only = true});
    EXPECT_EQ(look->open(), Status::kOk);
    return search.found;
  }
  [[nodiscard]] size_t finished() const { return finished_; }

 private:
  void append(std::string_view entry) {
    ASSERT_EQ(journal_->append(bytes_of(entry)), Status::kOk);
    ASSERT_EQ(journal_->commit(), Status::kOk);
    while (journal_->step()) {
    }
  }

  Power& power_;
  size_t taken_ = 0;
  size_t finished_ = 0;
  RamFlash flash_{kPart};
  std::unique_ptr<CallArchiveMemory> memory_ = std::make_unique<CallArchiveMemory>();
  CallArchive archive_{*memory_};
  std::unique_ptr<Journal> journal_ = std::make_unique<Journal>(flash_, archive_, kOptions);
};

// A call in which the caller says one sentence.
void call(Power& power) {
  const HttpAnswer placed =
      power.post("/api/v1/calls", R"({"to":"+15557654321","mode":"conversation"})");
  ASSERT_EQ(placed.status, 201);
  const std::string id = call_id_of(placed);
  const auto record = [&] { return power.appliance().calls().find(*CallId::parse(id)); };
  ASSERT_TRUE(power.world.run_until([&] { return record()->core.answered_at.is_set(); },
                                    Duration::seconds(10)));
  power.world.run(Duration::seconds(1));
  HttpRequest turn;
  turn.method = "POST";
  turn.target = "/api/v1/calls/" + id + "/turn";
  turn.body = R"({"text":"When?"})";
  turn.headers = {std::string("Authorization: Bearer ") + kToken, "Content-Type: application/json"};
  int answered = 0;
  power.world.request_later(turn, [&](const HttpAnswer& given) { answered = given.status; });
  for (const CallState state : {CallState::kSpeaking, CallState::kListening}) {
    ASSERT_TRUE(power.world.run_until([&] { return record()->core.state == state; },
                                      Duration::seconds(60)));
  }
  power.world.run(Duration::seconds(1));
  auto& carrier = power.world.twilio().carrier();
  const CallRef ref = carrier.calls().begin()->ref;
  carrier.say(ref, kSaid, power.world.now());
  ASSERT_TRUE(power.world.run_until([&] { return answered != 0; }, Duration::seconds(30)));
  ASSERT_EQ(answered, 200);
  power.world.hang_up(ref);
  power.world.run(Duration::seconds(120));
  ASSERT_EQ(power.counts().call_slots, 0U);
}

// B-JRN-10 and B-CFG-4.
TEST(KeptTranscripts, TheKeyDecides) {
  for (const bool keep : {false, true}) {
    Power power(config(keep));
    ASSERT_NO_FATAL_FAILURE(call(power));
    Medium medium(power);
    medium.compact();
    EXPECT_EQ(medium.finished(), 1U);
    EXPECT_EQ(medium.has(kSaid), keep);
    EXPECT_EQ(medium.has("When?"), keep);
    power.cut(Duration::seconds(5));
    power.start();
    power.world.run(Duration::seconds(5));
    medium.compact();
    EXPECT_EQ(medium.has(kSaid), keep) << "after a restart";
  }
}

// B-CFG-3: from a reload on, and again after the next one; storage that fails meanwhile delays it.
TEST(KeptTranscripts, AReloadDecidesAnew) {
  Power power(config(false));
  Medium medium(power);
  power.world.storage().fail_permille(1000);
  power.world.reconfigure(config(true));
  power.world.run(Duration::seconds(10));
  power.world.storage().fail_permille(0);
  power.world.run(Duration::seconds(10));
  ASSERT_NO_FATAL_FAILURE(call(power));
  medium.compact();
  EXPECT_TRUE(medium.has(kSaid));
  power.world.reconfigure(config(false));
  power.world.run(Duration::seconds(5));
  medium.compact();
  EXPECT_FALSE(medium.has(kSaid));
  EXPECT_EQ(medium.finished(), 1U);
}

}  // namespace
}  // namespace hookflash::sim
