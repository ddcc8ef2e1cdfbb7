#include "recorded_calls.h"

#include "base/check.h"
#include "call/entry_items.h"
#include "tests/scenario/box.h"

namespace hookflash {
namespace {

using sim::Box;
using sim::CallRef;

std::vector<std::string> entries_of(Box& box) {
  box.world.run(Duration::seconds(120));  // Until everything about the call is over.
  CHECK(box.counts().call_slots == 0 && box.appliance.calls().history().size() == 1);
  CHECK(box.world.storage().entries().size() == box.world.storage().durable());
  return box.world.storage().entries();
}

std::vector<std::string> streamed() {
  Box box;
  const CallRef call = box.world.inbound_call("+15551234567");
  box.world.run(Duration::seconds(20));
  CHECK(box.counts().streams == 1);
  box.world.hang_up(call);
  return entries_of(box);
}

std::vector<std::string> with_turns(int turns) {
  Box box(sim::api_config(R"(,"streaming":{"enabled":false})"));
  const sim::HttpAnswer placed =
      post(box, "/api/v1/calls", R"({"to":"+15557654321","mode":"conversation"})");
  const std::string id = call_id_of(placed);
  const auto record = [&] { return box.appliance.calls().find(*CallId::parse(id)); };
  CHECK(box.world.run_until(
      [&] { return record() != nullptr && record()->core.answered_at.is_set(); },
      Duration::seconds(10)));
  box.world.run(Duration::seconds(1));
  for (int turn = 0; turn < turns; ++turn) {
    const auto answer = post_later(box, "/api/v1/calls/" + id + "/turn",
                                   R"({"text":"For how many people shall I book the table?"})");
    for (const CallState state : {CallState::kSpeaking, CallState::kListening}) {
      CHECK(box.world.run_until([&] { return record()->core.state == state; },
                                Duration::seconds(60)));
    }
    box.world.run(Duration::seconds(1));
    for (const auto& call : box.world.twilio().carrier().calls()) {
      box.world.twilio().carrier().say(call.ref, "For four people, please, at half past seven",
                                       box.world.now());
    }
    CHECK(box.world.run_until([&] { return answer->status != 0; }, Duration::seconds(30)));
    CHECK(answer->status == 200);
  }
  box.world.hang_up(box.world.twilio().carrier().calls().begin()->ref);
  return entries_of(box);
}

std::vector<std::string> notified() {
  Box box(sim::api_config());
  const sim::HttpAnswer placed =
      post(box, "/api/v1/calls",
           R"({"to":"+15557654321","mode":"notify","message":"Your table for four is ready."})");
  CHECK(placed.status == 201);
  return entries_of(box);
}

std::vector<std::string> refused() {
  Box box(sim::box_config(R"(,"serve":{"port":3334})", R"(,"inboundPolicy":"disabled")"));
  (void)box.world.inbound_call("+15551234567");
  return entries_of(box);
}

uint64_t mixed(uint64_t value) {
  value = (value ^ (value >> 31U)) * 0x7FB5D329728EA185U;
  value = (value ^ (value >> 27U)) * 0x81DADEF4BC2DD44DU;
  return value ^ (value >> 33U);
}

Key fresh_key(uint64_t& seed) {
  Key key;
  for (uint8_t& byte : key) byte = static_cast<uint8_t>(mixed(++seed) | 1U);
  return key;
}

CallId fresh_id(uint64_t number) {
  std::array<uint8_t, 16> bytes{};
  for (size_t i = 0; i < 16; ++i) bytes[i] = static_cast<uint8_t>(mixed(number * 16 + i));
  bytes[6] = static_cast<uint8_t>(0x40U | (bytes[6] & 0x0FU));
  bytes[8] = static_cast<uint8_t>(0x80U | (bytes[8] & 0x3FU));
  return *CallId::from_bytes(bytes);
}

ProviderCallId fresh_id(const ProviderCallId& like, uint64_t number) {
  std::string text(like.view());
  for (size_t i = 2; i < text.size(); ++i) text[i] = "0123456789abcdef"[mixed(number + i) % 16];
  ProviderCallId id;
  id.set(text);
  return id;
}

// Changes what is in an entry so that it is another call's.
struct Rewriter {
  CallId call;
  uint64_t number;
  uint64_t seed;
  WallTime now;
  EntryWriter out;

  void operator()(CallSummary& summary) const {
    summary.call_id = call;
    summary.provider_call_id = fresh_id(summary.provider_call_id, number);
  }
  void operator()(FinishedCall& names) {
    for (Key& id : names.ids) {
      if (is_set(id)) id = fresh_key(seed);
    }
  }
  void operator()(ItemKeys& keys) {
    for (Key& key : keys) key = fresh_key(seed);
  }

  void item(const Item& item) {
    switch (item.type) {
      case ItemType::kCore: {
        CallCore core;
        CHECK(ok(read_core(item.payload, core)));
        core.call_id = call;
        core.provider_call_id = fresh_id(core.provider_call_id, number);
        for (WallTime* const at : {&core.started_at, &core.ringing_at, &core.answered_at}) {
          if (at->is_set()) *at = now;
        }
        return write_core(out, core);
      }
      case ItemType::kTranscriptLine: {
        LineItem line;
        CHECK(ok(read_line(item.payload, line)));
        return write_line(out, call, line.line, line.dropped);
      }
      case ItemType::kCallEventKeys: {
        CallKeysItem keys;
        CHECK(ok(read_call_keys(item.payload, keys)));
        (*this)(keys.keys);
        return write_call_keys(out, call, keys.keys.span());
      }
      case ItemType::kEventKeys: {
        ItemKeys keys;
        CHECK(ok(read_keys(item.payload, keys)));
        (*this)(keys);
        return write_keys(out, keys.span());
      }
      case ItemType::kRequestKey: return write_request_key(out, fresh_key(seed), now);
      case ItemType::kMessage: {
        MessageItem message;
        CHECK(ok(read_message(item.payload, message)));
        return write_message(out, call, message.state, message.attempts);
      }
      case ItemType::kIntents: {
        IntentsItem intents;
        CHECK(ok(read_intents(item.payload, intents)));
        return write_intents(out, call, intents.intents);
      }
      case ItemType::kFinished: {
        FinishedItem finished;
        CHECK(ok(read_finished(item.payload, finished)));
        (*this)(finished.summary);
        (*this)(finished.names);
        return write_finished(out, finished.summary, finished.names);
      }
      default: CHECK(false);
    }
  }
};

}  // namespace

std::vector<RecordedCall> record_calls() {
  return {{"inbound, media stream", 60, streamed()},
          {"outbound, five turns of carrier speech", 20, with_turns(5)},
          {"outbound notification", 10, notified()},
          {"inbound, refused by policy", 10, refused()}};
}

std::string entry_of_call(const std::string& entry, uint64_t number, int64_t now_ms) {
  static Rewriter rewriter;
  rewriter.call = fresh_id(number);
  rewriter.number = number * 1000;
  rewriter.seed = mixed(number) + mixed(static_cast<uint64_t>(now_ms));
  rewriter.now = WallTime::from_ms(now_ms);
  rewriter.out.begin(rewriter.now);
  EntryReader reader(bytes_of(entry));
  for (Item item; reader.next(item);) rewriter.item(item);
  CHECK(ok(rewriter.out.status()) && rewriter.out.bytes().size() == entry.size());
  return std::string(text_of(rewriter.out.bytes()));
}

}  // namespace hookflash
