#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/deadline_heap.h"
#include "base/pool.h"
#include "http/body_reader.h"
#include "http/request_handler.h"
#include "http/request_head.h"
#include "limits.h"

namespace hookflash {

using WebhookBody = std::array<uint8_t, limits::kBodyBytesMax>;
using ApiBody = std::array<uint8_t, limits::kApiBodyBytesMax>;

// One accepted connection and its present request. Requests of a connection are taken one after the
// other: the next is read when the answer of the one before has left.
struct Connection {
  enum class State : uint8_t {
    kFree,
    kHead,       // Reads a head, or waits for one.
    kBody,       // Reads a body.
    kWaiting,    // on_request() was called, respond() was not.
    kUpgrade,    // on_upgrade() was called.
    kSending,    // The answer leaves; the connection lives on behind it.
    kLingering,  // An answer that came early leaves; what the peer still sends is thrown away,
                 // because closing over unread bytes makes the kernel drop the answer.
    kClosing,    // Close was asked for.
  };

  State state = State::kFree;
  Peer peer;
  uint32_t number = 0;  // Of the present request; 0 before the first.
  RequestGroup group = RequestGroup::kWebhook;
  uint8_t tag = 0;
  uint16_t timeout_status = 0;
  Source source;
  Duration answer_timeout;
  Instant head_complete;
  bool counted = false;  // In step 8.
  bool keeps_alive = false;
  bool is_head_request = false;
  bool reports = false;  // on_answer_sent() is owed.
  bool stash_overflowed = false;
  uint64_t unread = 0;  // Bytes of the body still to come; the largest number when unknown.
  Deadline deadline;
  HeadReader head;
  BodyReader body;
  size_t stash_size = 0;  // Bytes of later requests, kept behind the head.
  Handle<WebhookBody> webhook_body;
  Handle<ApiBody> api_body;
};

}  // namespace hookflash
