#include "call/entry_items.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/call/call_test_values.h"

namespace hookflash {
namespace {

// The payload of the only item of an entry.
Bytes payload_of(const EntryWriter& entry) {
  EXPECT_EQ(entry.status(), Status::kOk);
  EXPECT_EQ(EntryReader::check(entry.bytes()), Status::kOk);
  EntryReader reader(entry.bytes());
  Item item;
  EXPECT_TRUE(reader.next(item));
  const Bytes payload = item.payload;
  EXPECT_FALSE(reader.next(item));
  return payload;
}

// Each shorter piece of a payload, and the payload with one byte more, is refused.
template <typename Read>
void expect_exact_length(Bytes payload, Read read) {
  for (size_t size = 0; size < payload.size(); ++size) {
    EXPECT_NE(read(payload.first(size)), Status::kOk) << size;
  }
  std::vector<uint8_t> longer(payload.begin(), payload.end());
  longer.push_back(0);
  EXPECT_EQ(read(longer), Status::kInvalid);
}

// Aim: a core comes back field by field, all but the index of its line and the turn's token.
// Method: random cores with texts of all lengths and bytes.
TEST(EntryItems, CoreComesBackWhole) {
  SeededEntropy random(1);
  EntryWriter entry;
  for (int i = 0; i < 500; ++i) {
    const CallCore core = random_core(random);
    entry.begin({});
    write_core(entry, core);
    CallCore back;
    ASSERT_EQ(read_core(payload_of(entry), back), Status::kOk);
    EXPECT_EQ(back.line, kNoLine);
    EXPECT_EQ(back.turn_token, TurnToken{});
    back.line = core.line;
    back.turn_token = core.turn_token;
    ASSERT_EQ(back, core);
  }
  expect_exact_length(payload_of(entry), [](Bytes bytes) {
    CallCore core;
    return read_core(bytes, core);
  });
}

// Aim: what one event writes fits 4 KiB even when every text of the call is full and the
// line has 1,200 bytes. Method: the largest core, one full line and all keys a plan can have.
TEST(EntryItems, LargestEventFitsAnEntry) {
  SeededEntropy random(2);
  FakeCrypto crypto;
  CallPlan plan;
  plan.core = random_core(random);
  const auto full = [](auto& text) { text.set(std::string(text.capacity(), 'x')); };
  CallCore& core = plan.core;
  full(core.line_id);
  full(core.provider_call_id);
  for (ProviderCallId& alias : core.aliases) full(alias);
  full(core.end_detail);
  full(core.from);
  full(core.to);
  full(core.route_key);
  full(core.app);
  full(core.session_key);
  full(core.message);
  full(core.dtmf_sequence);
  full(core.stream_id);
  const std::string text(1200, 'y');
  ASSERT_EQ(plan.lines.push({.speaker = Speaker::kCaller, .at = {}, .text = text}), Status::kOk);
  while (!plan.keys.full()) {
    ASSERT_EQ(plan.keys.push(call_id_key(crypto, CallId::make(random))), Status::kOk);
  }
  EntryWriter entry;
  entry.begin({});
  write_plan(entry, plan, Transcript{}, crypto);
  EXPECT_EQ(entry.status(), Status::kOk);
  EXPECT_LE(entry.bytes().size(), 4096U);
  EXPECT_GT(entry.bytes().size(), 3400U);
  // A second line of that size does not, and says so.
  ASSERT_EQ(plan.lines.push({.speaker = Speaker::kBot, .at = {}, .text = text}), Status::kOk);
  entry.begin({});
  write_plan(entry, plan, Transcript{}, crypto);
  EXPECT_EQ(entry.status(), Status::kTooLarge);
}

// Aim: every other item comes back as it was and only in its exact length. Method: one of each.
TEST(EntryItems, OtherItemsComeBack) {
  SeededEntropy random(3);
  FakeCrypto crypto;
  EntryWriter entry;
  const CallId call = CallId::make(random);
  const Key key = call_id_key(crypto, call);

  entry.begin({});
  write_line(entry, call, {Speaker::kBot, WallTime::from_ms(5), "hello"}, 7);
  LineItem line;
  ASSERT_EQ(read_line(payload_of(entry), line), Status::kOk);
  EXPECT_EQ(line.call, call);
  EXPECT_EQ(line.line, (TranscriptLine{Speaker::kBot, WallTime::from_ms(5), "hello"}));
  EXPECT_EQ(line.dropped, 7U);
  expect_exact_length(payload_of(entry), [&](Bytes bytes) { return read_line(bytes, line); });

  entry.begin({});
  std::vector<Key> keys;
  for (uint32_t i = 0; i < 64; ++i) keys.push_back(make_synthetic_key(crypto, call.bytes(), i));
  write_call_keys(entry, call, keys);
  CallKeysItem call_keys;
  ASSERT_EQ(read_call_keys(payload_of(entry), call_keys), Status::kOk);
  EXPECT_EQ(call_keys.call, call);
  EXPECT_TRUE(std::equal(keys.begin(), keys.end(), call_keys.keys.begin(), call_keys.keys.end()));

  entry.begin({});
  write_keys(entry, std::span(keys).first(2));
  ItemKeys some;
  ASSERT_EQ(read_keys(payload_of(entry), some), Status::kOk);
  EXPECT_EQ(some.size(), 2U);
  EXPECT_EQ(read_keys(std::vector<uint8_t>(16), some), Status::kInvalid);  // No empty key.
  EXPECT_EQ(read_keys(std::vector<uint8_t>(65 * 16, 1), some), Status::kInvalid);
  EXPECT_EQ(read_keys(std::vector<uint8_t>(17, 1), some), Status::kInvalid);

  entry.begin({});
  write_request_key(entry, key, WallTime::from_ms(99));
  RequestKeyItem request;
  ASSERT_EQ(read_request_key(payload_of(entry), request), Status::kOk);
  EXPECT_EQ(request.key, key);
  EXPECT_EQ(request.at.ms(), 99);
  expect_exact_length(payload_of(entry),
                      [&](Bytes bytes) { return read_request_key(bytes, request); });

  entry.begin({});
  write_message(entry, call, MessageState::kPlaying, 2);
  MessageItem message;
  ASSERT_EQ(read_message(payload_of(entry), message), Status::kOk);
  EXPECT_EQ(message.call, call);
  EXPECT_EQ(message.state, MessageState::kPlaying);
  EXPECT_EQ(message.attempts, 2);
  expect_exact_length(payload_of(entry), [&](Bytes bytes) { return read_message(bytes, message); });

  entry.begin({});
  write_intents(entry, call, 0xA5A5A5A5);
  IntentsItem intents;
  ASSERT_EQ(read_intents(payload_of(entry), intents), Status::kOk);
  EXPECT_EQ(intents.intents, 0xA5A5A5A5);
  expect_exact_length(payload_of(entry), [&](Bytes bytes) { return read_intents(bytes, intents); });

  entry.begin({});
  write_end_confirmed(entry, call, key);
  EndConfirmedItem end;
  ASSERT_EQ(read_end_confirmed(payload_of(entry), end), Status::kOk);
  EXPECT_EQ(end.call_key, key);
  expect_exact_length(payload_of(entry),
                      [&](Bytes bytes) { return read_end_confirmed(bytes, end); });

  CallCore core = random_core(random);
  finish(core, EndReason::kBusy, "486", WallTime::from_ms(8), false);
  entry.begin({});
  const CallSummary summary = summary_of(core, Transcript{});
  write_finished(entry, summary, finished_of(crypto, core));
  FinishedItem finished;
  ASSERT_EQ(read_finished(payload_of(entry), finished), Status::kOk);
  EXPECT_EQ(finished.summary, summary);
  EXPECT_EQ(finished.names, finished_of(crypto, core));
  expect_exact_length(payload_of(entry),
                      [&](Bytes bytes) { return read_finished(bytes, finished); });
}

// Aim: B-REC-3: a summary has at most 512 bytes and everything the contract lists; B-REC-6: nothing
// that names numbers, message or transcript. Method: sizes; and the written bytes do not hold the
// secrets.
TEST(EntryItems, SummaryIsSmallAndDiscreet) {
  SeededEntropy random(4);
  FakeCrypto crypto;
  CallCore core = random_core(random);
  core.from.set("+15550001111");
  core.to.set("+15550002222");
  core.message.set("the message");
  core.session_key.set("the session");
  core.dtmf_sequence.set("98765#");
  core.stream_id.set("MZstream");
  Transcript transcript;
  transcript.add({Speaker::kCaller, WallTime::from_ms(1), "the secret words"});
  transcript.set_dropped(4);
  finish(core, EndReason::kHangupUser, "16", WallTime::from_ms(8), true);
  const CallSummary summary = summary_of(core, transcript);
  EXPECT_LE(sizeof(CallSummary), 512U);
  EXPECT_EQ(summary.call_id, core.call_id);
  EXPECT_EQ(summary.provider_call_id, core.provider_call_id);
  EXPECT_EQ(summary.line_id, core.line_id);
  EXPECT_EQ(summary.direction, core.direction);
  EXPECT_EQ(summary.started_at, core.started_at);
  EXPECT_EQ(summary.ringing_at, core.ringing_at);
  EXPECT_EQ(summary.answered_at, core.answered_at);
  EXPECT_EQ(summary.ended_at, core.ended_at);
  EXPECT_EQ(summary.end_reason, EndReason::kHangupUser);
  EXPECT_EQ(summary.end_detail, "16");
  EXPECT_EQ(summary.rejection, core.rejection);
  EXPECT_EQ(summary.idempotency, core.idempotency);
  EXPECT_EQ(summary.turn_count, core.turn_count);
  EXPECT_EQ(summary.transcript_lines, 5U);
  EXPECT_EQ(summary.transcript_dropped, 4U);

  EntryWriter entry;
  entry.begin({});
  write_finished(entry, summary, finished_of(crypto, core));
  const std::string_view bytes = text_of(entry.bytes());
  EXPECT_LE(bytes.size(), 512U + 4U * 16U);
  for (const char* secret : {"+15550001111", "+15550002222", "the message", "the session", "98765#",
                             "MZstream", "the secret words"}) {
    EXPECT_EQ(bytes.find(secret), std::string_view::npos) << secret;
  }
}

// Aim: transcript text is journaled while its call lives and not with its end, and no
// token ever is. Method: the same plan live and ended, searched for the words and the token.
TEST(EntryItems, NeitherTokensNorFinishedTranscripts) {
  SeededEntropy random(5);
  FakeCrypto crypto;
  CallPlan plan;
  plan.core = random_core(random);
  const std::string words = "words of the caller";
  ASSERT_EQ(plan.lines.push({Speaker::kCaller, WallTime::from_ms(1), words}), Status::kOk);
  const std::string token(text_of(plan.core.turn_token));
  EntryWriter entry;
  entry.begin({});
  write_plan(entry, plan, Transcript{}, crypto);
  EXPECT_NE(text_of(entry.bytes()).find(words), std::string_view::npos);
  EXPECT_EQ(text_of(entry.bytes()).find(token), std::string_view::npos);
  ASSERT_TRUE(finish(plan.core, EndReason::kCompleted, "", WallTime::from_ms(2), true));
  entry.begin({});
  write_plan(entry, plan, Transcript{}, crypto);
  EXPECT_EQ(text_of(entry.bytes()).find(words), std::string_view::npos);
}

// Aim: values that no writer makes are refused: unknown enums and booleans, an id that is no UUID,
// a state that is not live. Method: spoil single bytes of a payload whose layout is known.
TEST(EntryItems, RefusesImpossibleValues) {
  SeededEntropy random(6);
  EntryWriter entry;
  CallCore core = random_core(random);
  core.provider_call_id.clear();
  entry.begin({});
  write_core(entry, core);
  const Bytes good = payload_of(entry);
  const size_t direction = 1 + 16 + 1 + 2 + kTestLineId.size();
  const auto spoiled = [&](size_t at, uint8_t value) {
    std::vector<uint8_t> bytes(good.begin(), good.end());
    bytes[at] = value;
    CallCore back;
    return read_core(bytes, back);
  };
  EXPECT_EQ(spoiled(0, 1), Status::kOk);
  EXPECT_EQ(spoiled(0, 2), Status::kUnsupported);
  EXPECT_EQ(spoiled(1 + 6, 0x10), Status::kInvalid);         // Version nibble of the UUID.
  EXPECT_EQ(spoiled(direction, 3), Status::kInvalid);        // Direction.
  EXPECT_EQ(spoiled(direction + 1, 2), Status::kInvalid);    // External.
  EXPECT_EQ(spoiled(direction + 2, 3), Status::kInvalid);    // Mode.
  EXPECT_EQ(spoiled(direction + 3, 129), Status::kInvalid);  // Length of the provider id.
  size_t state = direction + 3 + 2 + 2 * 2;
  for (const ProviderCallId& alias : core.aliases) state += alias.size();
  ASSERT_EQ(good[state], static_cast<uint8_t>(core.state));
  for (const unsigned value : {0U, 7U, 8U, 255U})
    EXPECT_EQ(spoiled(state, static_cast<uint8_t>(value)), Status::kInvalid);

  entry.begin({});
  write_line(entry, core.call_id, {Speaker::kBot, {}, std::string(1200, 'x')}, 0);
  std::vector<uint8_t> line(payload_of(entry).begin(), payload_of(entry).end());
  line.push_back('x');
  line[16 + 1 + 8 + 4] = 0xB1;  // 1,201.
  LineItem item;
  EXPECT_EQ(read_line(line, item), Status::kInvalid);
}

}  // namespace
}  // namespace hookflash
