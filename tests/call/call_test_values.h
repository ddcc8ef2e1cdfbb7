#pragma once

#include <string>

#include "call/record.h"
#include "tests/store/fake_crypto.h"

namespace hookflash {

inline constexpr uint8_t kTestLine = 3;
inline constexpr std::string_view kTestLineId = "office";

// A text of random length up to the capacity, often empty, often full.
template <size_t N>
void fill_text(SeededEntropy& random, FixedText<N>& text) {
  const size_t choice = random.below(4);
  std::string value(choice == 0 ? 0 : choice == 1 ? N : random.below(N + 1), '\0');
  for (char& c : value) c = static_cast<char>(random.below(256));
  text.set(value);
}

// A live core with random values in every field.
inline CallCore random_core(SeededEntropy& random) {
  const auto u32 = [&] { return static_cast<uint32_t>(random.next()); };
  const auto time = [&] { return WallTime::from_ms(static_cast<int64_t>(random.next())); };
  const auto flag = [&] { return random.below(2) == 0; };
  CallCore core;
  core.call_id = CallId::make(random);
  core.line = kTestLine;
  core.provider = static_cast<uint8_t>(random.next());
  core.line_id.set(kTestLineId);
  core.direction = static_cast<Direction>(random.below(kDirections));
  core.external = flag();
  core.mode = static_cast<Mode>(random.below(kModes));
  fill_text(random, core.provider_call_id);
  for (ProviderCallId& alias : core.aliases) fill_text(random, alias);
  core.state = static_cast<CallState>(1 + random.below(6));
  core.rejection = static_cast<Rejection>(random.below(kRejections));
  fill_text(random, core.end_detail);
  fill_text(random, core.from);
  fill_text(random, core.to);
  fill_text(random, core.route_key);
  fill_text(random, core.app);
  fill_text(random, core.session_key);
  random.fill(core.idempotency);
  core.started_at = time();
  core.ringing_at = time();
  core.answered_at = time();
  core.limits = {u32(), u32(), u32(), u32(), u32(), u32(), u32(), flag()};
  fill_text(random, core.message);
  core.message_state = static_cast<MessageState>(random.below(kMessageStates));
  core.message_attempts = static_cast<uint8_t>(random.next());
  fill_text(random, core.dtmf_sequence);
  core.dtmf_sent = flag();
  core.turn_count = u32();
  random.fill(core.turn_token);
  core.last_turn_latency_ms = u32();
  core.last_turn_listen_wait_ms = u32();
  fill_text(random, core.stream_id);
  core.stream_generation = u32();
  core.document_number = u32();
  core.sequence = u32();
  core.intents = u32();
  core.hangup_reason = static_cast<EndReason>(random.below(kEndReasons));
  return core;
}

}  // namespace hookflash
