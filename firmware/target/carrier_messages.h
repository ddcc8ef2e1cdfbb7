#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/fixed_text.h"
#include "hal/entropy.h"
#include "hal/outbox.h"
#include "hal/socket_id.h"
#include "target/custom_parameters.h"
#include "target/target.h"

namespace hookflash {

// What a carrier of Twilio Media Streams says on one stream, byte for byte in the order of members
// it uses: every number a JSON string except in mediaFormat; sequenceNumber counts the messages of
// the stream from start (1), chunk the frames of the caller. One object per stream: begin() starts
// anew.
//
// Two things no carrier says, because nothing there can carry them: `stop` also has `reason`, the
// name of the end reason (B-APP-7), and `call.expiring` is an event of its own (B-DUR-2). Apps
// ignore members and events they do not know.
class CarrierMessages {
 public:
  static constexpr size_t kSidBytes = 34;  // Two letters and 32 hex digits.

  // The names a carrier gives: the call's own where they have the shape (a Twilio line), else made
  // from callId, so that redials and restarts keep them. The stream's is drawn anew for each
  // stream.
  void begin(const TargetCall& call);
  void begin_stream(Entropy& entropy);

  [[nodiscard]] std::string_view stream_sid() const { return stream_sid_.view(); }

  // Each writes one message into the outbox and pushes its WsSend. `resumed` adds that member to
  // customParameters.
  void connected(Outbox& outbox, SocketId socket) const;
  void start(Outbox& outbox, SocketId socket, const CustomParameters& parameters, bool resumed);
  void media(Outbox& outbox, SocketId socket, Bytes frame, uint64_t timestamp_ms);
  void dtmf(Outbox& outbox, SocketId socket, char digit);
  void mark(Outbox& outbox, SocketId socket, std::string_view name);
  void expiring(Outbox& outbox, SocketId socket, std::string_view call_id, int64_t seconds_left);
  void stop(Outbox& outbox, SocketId socket, std::string_view reason);

  // A frame of the caller was dropped: chunk shows the gap.
  void skip_chunks(uint32_t frames) { chunk_ += frames; }

 private:
  uint32_t sequence_ = 0;  // Of the last message.
  uint32_t chunk_ = 0;     // Of the last frame.
  FixedText<kSidBytes> account_sid_;
  FixedText<kSidBytes> call_sid_;
  FixedText<kSidBytes> stream_sid_;
};

}  // namespace hookflash
