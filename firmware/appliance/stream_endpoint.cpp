#include "appliance/stream_endpoint.h"

#include "base/check.h"

namespace hookflash {
namespace {

// Close codes of RFC 6455 section 7.4.1 as the table of B-STR uses them.
constexpr uint16_t kNormal = 1000;
constexpr uint16_t kPolicy = 1008;
constexpr uint16_t kTooBig = 1009;
constexpr uint16_t kInternalError = 1011;
constexpr uint16_t kTryAgain = 1013;

// What a stream id may consist of: it goes unescaped into every message.
bool is_stream_id(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    const bool good = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                      c == '-' || c == '_';
    if (!good) return false;
  }
  return true;
}

bool is_digit(char c) { return (c >= '0' && c <= '9') || c == '*' || c == '#'; }

}  // namespace

Status StreamEndpoint::accept(SocketId socket, const MediaDialect& dialect, IpAddress source,
                              bool source_known, const StreamLimits& limits, StreamOwner& owner,
                              Now now) {
  if (connections_.size() >= limits.connections) return Status::kFull;
  const StreamHandle handle = connections_.acquire();
  if (!handle.is_set()) return Status::kFull;
  StreamConnection& connection = *connections_.get(handle);
  connection = StreamConnection{};
  connection.socket = socket;
  connection.dialect = &dialect;
  connection.source = source;
  connection.source_known = source_known;
  connection.number = ++last_number_;
  connection.accepted_at = now.mono;
  connection.timer.kind = kStreamDeadline;
  connection.timer.owner = handle.index;
  by_socket_[socket.index] = static_cast<uint16_t>(handle.index + 1);
  set_state(connection, StreamState::kConnecting, "accepted", owner, now);
  return Status::kOk;
}

StreamHandle StreamEndpoint::find(SocketId socket) const {
  if (socket.index >= limits::kAcceptedMax || by_socket_[socket.index] == 0) return {};
  const StreamHandle handle = connections_.at(by_socket_[socket.index] - 1U);
  const StreamConnection* connection = connections_.get(handle);
  if (connection == nullptr || connection->socket != socket) return {};
  return handle;
}

void StreamEndpoint::set_state(StreamConnection& connection, StreamState next,
                               std::string_view cause, StreamOwner& owner, Now now) {
  const StreamState from = connection.state;
  if (from == next) return;
  connection.state = next;
  owner.stream_state(connection, from, cause, now);
}

void StreamEndpoint::on_opened(StreamHandle handle, const StreamLimits& limits, StreamOwner& owner,
                               Outbox& outbox, Now now) {
  StreamConnection* connection = connections_.get(handle);
  if (connection == nullptr) return;
  connection->opened = true;
  if (connection->state != StreamState::kConnecting) return;
  size_t pending = 0;
  size_t same_source = 0;
  for (size_t i = 0; i < limits::kStreamsMax; ++i) {
    const StreamConnection* other = connections_.get(connections_.at(i));
    if (other == nullptr || other->state != StreamState::kConnecting || !other->opened) continue;
    ++pending;
    if (connection->source_known && other->source_known && other->source == connection->source) {
      ++same_source;
    }
  }
  // Counted with this one.
  if (pending > limits.pending || same_source > limits.pending_per_ip) {
    const bool per_ip = pending <= limits.pending;
    owner.stream_refused(per_ip ? StreamRefusal::kPerIp : StreamRefusal::kPending, "", now);
    close(handle, kTryAgain, "too many pending", owner, outbox, now);
    return;
  }
  owner.arm(connection->timer, connection->accepted_at + limits.prestart);
}

void StreamEndpoint::on_received(StreamHandle handle, const in::WsReceived& in, StreamOwner& owner,
                                 Outbox& outbox, Now now) {
  StreamConnection* connection = connections_.get(handle);
  if (connection == nullptr) return;
  if (connection->state != StreamState::kConnecting && connection->state != StreamState::kActive) {
    return;  // Closing: late frames mean nothing.
  }
  if (in.first) {
    connection->message_bytes = 0;
    // Half a frame is no frame: what began before the start was taken stays out to its end.
    connection->message_counts = connection->attached;
    connection->audio_counts = connection->start_given;
  }
  connection->message_bytes += in.piece.size();
  // Judged by the frame's header, before its bytes are taken (B-STR table).
  if (connection->message_bytes + in.frame_left > limits::kFrameBytesMax) {
    owner.stream_refused(StreamRefusal::kSize, "", now);
    set_state(*connection, StreamState::kError, "frame too large", owner, now);
    close(handle, kTooBig, "frame too large", owner, outbox, now);
    return;
  }
  if (in.binary) {
    if (in.last) malformed(handle, *connection, owner, outbox, now);
    return;
  }
  if (in.first) connection->scanner.begin();
  json::PayloadSink* const sink =
      connection->audio_counts ? owner.stream_sink(*connection) : nullptr;
  const json::Progress progress =
      connection->scanner.feed(connection->dialect->fields, text_of(in.piece), in.last, sink);
  if (!in.last) return;
  if (progress != json::Progress::kComplete) {
    if (connection->audio_counts) owner.stream_media(*connection, false, now);
    malformed(handle, *connection, owner, outbox, now);
    return;
  }
  connection->malformed_in_row = 0;
  message(handle, *connection, owner, outbox, now);
}

void StreamEndpoint::malformed(StreamHandle handle, StreamConnection& connection,
                               StreamOwner& owner, Outbox& outbox, Now now) {
  ++connection.malformed;
  ++totals_.malformed;
  if (++connection.malformed_in_row < kMalformedInRowMax) return;
  set_state(connection, StreamState::kError, "malformed frames", owner, now);
  close(handle, kPolicy, "malformed frames", owner, outbox, now);
}

void StreamEndpoint::message(StreamHandle handle, StreamConnection& connection, StreamOwner& owner,
                             Outbox& outbox, Now now) {
  using Kind = MediaMessage::Kind;
  const json::FoundFields fields = connection.scanner.found(connection.dialect->fields);
  MediaMessage message;
  connection.dialect->read(fields, message);
  if (connection.audio_counts) {
    const bool audio = message.kind == Kind::kAudio && message.from_caller &&
                       fields.payload() == json::PayloadState::kGood;
    owner.stream_media(connection, audio, now);
  }
  if (message.kind == Kind::kStart) {
    start(handle, connection, message, owner, outbox, now);
    return;
  }
  if (!connection.message_counts) return;  // Before the start nothing else counts (B-STR-6).
  connection.last_frame = now.mono;
  if (message.sequence.ok()) {
    if (connection.sequence != 0 && *message.sequence > connection.sequence + 1) {
      connection.gaps += *message.sequence - connection.sequence - 1;
      totals_.gaps += *message.sequence - connection.sequence - 1;
    }
    connection.sequence = *message.sequence;
  }
  switch (message.kind) {
    case Kind::kAudio:
      if (fields.payload() == json::PayloadState::kBad ||
          fields.payload() == json::PayloadState::kAbsent) {
        ++connection.bad_payloads;
        ++totals_.bad_payloads;
        return;
      }
      ++connection.frames_in;
      connection.bytes_in += fields.payload_bytes();
      return;
    case Kind::kDigit:
      if (is_digit(message.digit)) owner.stream_digit(connection, message.digit, now);
      return;
    case Kind::kMark:
      ++connection.marks;
      owner.stream_mark(connection, message.mark, now);
      return;
    case Kind::kStop:
      lost(connection, owner, now);
      close(handle, kNormal, "stop", owner, outbox, now);
      return;
    case Kind::kUnknown:
      ++connection.unknown;
      ++totals_.unknown;
      return;
    case Kind::kNotice:
    case Kind::kStart: return;
  }
}

void StreamEndpoint::start(StreamHandle handle, StreamConnection& connection,
                           const MediaMessage& start, StreamOwner& owner, Outbox& outbox, Now now) {
  if (connection.start_given) {
    owner.stream_refused(StreamRefusal::kBinding, "second start", now);
    set_state(connection, StreamState::kError, "second start", owner, now);
    close(handle, kPolicy, "second start", owner, outbox, now);
    return;
  }
  connection.start_given = true;
  if (start.ids_overlong || start.provider_call_id.empty() || !is_stream_id(start.stream_id)) {
    refuse(handle, StreamRefusal::kBinding, owner, outbox, now);
    return;
  }
  if (!start.format_ok) {
    refuse(handle, StreamRefusal::kFormat, owner, outbox, now);
    return;
  }
  connection.stream_id.set(start.stream_id);
  connection.provider_call_id.set(start.provider_call_id);
  connection.sequence = start.sequence.value_or(0);
  owner.arm(connection.timer, now.mono + kDecisionTime);
  owner.stream_start(handle, start, now);
}

void StreamEndpoint::attach(StreamHandle handle, uint32_t generation, StreamOwner& owner, Now now) {
  StreamConnection* connection = connections_.get(handle);
  if (connection == nullptr || connection->state != StreamState::kConnecting) return;
  connection->attached = true;
  connection->registered = true;
  connection->generation = generation;
  connection->last_frame = now.mono;
  owner.arm(connection->timer, now.mono + kInactivity);
  set_state(*connection, StreamState::kActive, "start", owner, now);
}

void StreamEndpoint::refuse(StreamHandle handle, StreamRefusal refusal, StreamOwner& owner,
                            Outbox& outbox, Now now) {
  StreamConnection* connection = connections_.get(handle);
  if (connection == nullptr) return;
  owner.stream_refused(refusal, "", now);
  set_state(*connection, StreamState::kError, "start refused", owner, now);
  close(handle, kPolicy, "refused", owner, outbox, now);
}

void StreamEndpoint::lost(StreamConnection& connection, StreamOwner& owner, Now now) {
  if (!connection.attached || connection.owner_told_lost) return;
  connection.owner_told_lost = true;
  owner.disarm(connection.timer);
  owner.stream_lost(connection, now);
}

void StreamEndpoint::close(StreamHandle handle, uint16_t code, std::string_view cause,
                           StreamOwner& owner, Outbox& outbox, Now now) {
  StreamConnection* connection = connections_.get(handle);
  if (connection == nullptr || connection->state == StreamState::kStopping) return;
  const bool was_error = connection->state == StreamState::kError;
  lost(*connection, owner, now);
  owner.disarm(connection->timer);
  // error leaves only to idle (section 22), so a connection in error just closes.
  if (!was_error) set_state(*connection, StreamState::kStopping, cause, owner, now);
  outbox.push(out::WsClose{.socket = connection->socket, .code = code, .reason = {}});
}

void StreamEndpoint::replace(StreamHandle handle, StreamOwner& owner, Outbox& outbox, Now now) {
  StreamConnection* connection = connections_.get(handle);
  if (connection == nullptr) return;
  connection->owner_told_lost = true;
  connection->registered = false;
  close(handle, kNormal, "newer stream", owner, outbox, now);
}

void StreamEndpoint::on_blocked(StreamHandle handle, uint32_t unsent, StreamOwner& owner,
                                Outbox& outbox, Now now) {
  StreamConnection* connection = connections_.get(handle);
  if (connection == nullptr) return;
  connection->blocked = true;
  if (unsent <= limits::kUnsentBytesMax) return;
  if (connection->state != StreamState::kConnecting && connection->state != StreamState::kActive) {
    return;
  }
  ++totals_.blocked;
  set_state(*connection, StreamState::kError, "peer does not read", owner, now);
  close(handle, kTryAgain, "peer does not read", owner, outbox, now);
}

void StreamEndpoint::on_writable(StreamHandle handle) {
  if (StreamConnection* connection = connections_.get(handle)) connection->blocked = false;
}

void StreamEndpoint::on_closed(StreamHandle handle, const in::WsClosed& in, StreamOwner& owner,
                               Now now) {
  StreamConnection* connection = connections_.get(handle);
  if (connection == nullptr) return;
  lost(*connection, owner, now);
  owner.disarm(connection->timer);
  const bool orderly = in.end == in::WsEnd::kPeerClosed || in.end == in::WsEnd::kWeClosed;
  if (connection->state == StreamState::kConnecting || connection->state == StreamState::kActive) {
    set_state(*connection, orderly ? StreamState::kStopping : StreamState::kError,
              orderly ? "closed" : "broken", owner, now);
  }
  owner.stream_gone(*connection, in, now);
  set_state(*connection, StreamState::kIdle, "clean", owner, now);
  by_socket_[connection->socket.index] = 0;
  connections_.release(handle);
}

void StreamEndpoint::on_timer(StreamHandle handle, StreamOwner& owner, Outbox& outbox, Now now) {
  StreamConnection* connection = connections_.get(handle);
  if (connection == nullptr) return;
  if (connection->state == StreamState::kConnecting) {
    const bool undecided = connection->start_given;
    const std::string_view cause = undecided ? "start not taken in time" : "no start in time";
    owner.stream_refused(StreamRefusal::kPrestart, cause, now);
    set_state(*connection, StreamState::kError, cause, owner, now);
    close(handle, undecided ? kInternalError : kPolicy, cause, owner, outbox, now);
    return;
  }
  if (!connection->attached) return;
  const Instant due = connection->last_frame + kInactivity;
  if (now.mono < due) {
    owner.arm(connection->timer, due);
    return;
  }
  owner.arm(connection->timer, now.mono + kInactivity);
  owner.stream_silent(*connection, now);
}

bool StreamEndpoint::is_silent(StreamHandle handle, Now now) const {
  const StreamConnection* connection = connections_.get(handle);
  return connection != nullptr && connection->attached &&
         now.mono - connection->last_frame >= kInactivity;
}

StreamConnection* StreamEndpoint::open_for_sending(StreamHandle handle) {
  StreamConnection* connection = connections_.get(handle);
  return connection != nullptr && connection->state == StreamState::kActive ? connection : nullptr;
}

// Messages are written where they will be sent from.
template <typename Write>
void StreamEndpoint::send(const StreamConnection& connection, size_t payload, Write write,
                          Outbox& outbox) {
  const std::span<char> text =
      outbox.reserve(media_message_size_max(connection.stream_id.size(), payload));
  TextWriter writer(text);
  write(writer);
  CHECK(!writer.overflowed());
  outbox.shrink(text, writer.size());
  outbox.push(out::WsSend{.socket = connection.socket,
                          .text = {reinterpret_cast<uint8_t*>(text.data()), writer.size()}});
}

bool StreamEndpoint::send_media(StreamHandle handle, Bytes mulaw, Outbox& outbox) {
  StreamConnection* connection = open_for_sending(handle);
  if (connection == nullptr) return false;
  const auto write = [&](TextWriter& out) {
    connection->dialect->write_audio(connection->stream_id, mulaw, out);
  };
  send(*connection, mulaw.size(), write, outbox);
  ++connection->frames_out;
  connection->bytes_out += mulaw.size();
  return true;
}

bool StreamEndpoint::send_mark(StreamHandle handle, std::string_view name, Outbox& outbox) {
  const StreamConnection* connection = open_for_sending(handle);
  if (connection == nullptr) return false;
  const auto write = [&](TextWriter& out) {
    connection->dialect->write_mark(connection->stream_id, name, out);
  };
  send(*connection, name.size(), write, outbox);
  return true;
}

bool StreamEndpoint::send_clear(StreamHandle handle, Outbox& outbox) {
  StreamConnection* connection = open_for_sending(handle);
  if (connection == nullptr) return false;
  const auto write = [&](TextWriter& out) {
    connection->dialect->write_clear(connection->stream_id, out);
  };
  send(*connection, 0, write, outbox);
  ++connection->clears;
  return true;
}

size_t StreamEndpoint::count(StreamState state) const {
  size_t n = 0;
  for (size_t i = 0; i < limits::kStreamsMax; ++i) {
    const StreamConnection* connection = connections_.get(connections_.at(i));
    if (connection != nullptr && connection->state == state) ++n;
  }
  return n;
}

}  // namespace hookflash
