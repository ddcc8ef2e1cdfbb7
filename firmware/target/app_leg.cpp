#include "target/app_leg.h"

#include <algorithm>
#include <array>

#include "audio/caller_audio.h"
#include "audio/streamer.h"
#include "base/base64.h"
#include "hal/crypto.h"
#include "hal/outbox.h"
#include "target/app_url.h"

namespace hookflash {
namespace {

// B-APP-5, counted from the loss.
constexpr std::array<Duration, 3> kRedialAfter = {Duration::seconds(0), Duration::seconds(1),
                                                  Duration::seconds(2)};
// Every place is taken, some only by closing handshakes: soon one is free.
constexpr Duration kPlaceRetry = Duration::ms(100);

constexpr uint16_t kNormalClosure = 1000;
constexpr uint16_t kGoingAway = 1001;
constexpr uint16_t kNoCode = 1005;
constexpr uint16_t kTryAgainLater = 1013;

// RFC 6455 section 7.1.5: a close frame without a code is an orderly close as well, and what many
// apps send (close() without arguments).
bool orderly(const in::WsClosed& closed) {
  return closed.end == in::WsEnd::kPeerClosed &&
         (closed.code == kNormalClosure || closed.code == kNoCode);
}

Status add_parameters(const TargetCall& call, const AppSetup& setup, CustomParameters& out) {
  constexpr std::array<std::string_view, 7> kOwn = {"callId", "from",       "to",     "direction",
                                                    "line",   "sessionKey", "resumed"};
  for (const TargetParameter& parameter : setup.parameters) {
    if (std::find(kOwn.begin(), kOwn.end(), parameter.name) != kOwn.end()) continue;
    TRY(out.add(parameter.name, parameter.value));
  }
  TRY(out.add("callId", call.call_id));
  TRY(out.add("from", call.from));
  TRY(out.add("to", call.to));
  TRY(out.add("direction", call.outbound ? "outbound" : "inbound"));
  TRY(out.add("line", call.line));
  if (!call.session_key.empty()) TRY(out.add("sessionKey", call.session_key));
  return Status::kOk;
}

// base64(HMAC-SHA1(token, URL)) as in twilio.md 4.1, without form fields; the port rule of 4.2.
void sign(const AppUrl& url, std::string_view key, Crypto& crypto, FixedText<28>& out) {
  const bool port = !url.tls && url.port_given;
  std::string_view authority = url.authority;
  if (!port) {
    const size_t brackets = authority[0] == '[' ? 2 : 0;
    authority = authority.substr(0, url.host.size() + brackets);
  }
  const Sha1Digest digest = crypto.hmac_sha1(
      bytes_of(key),
      {bytes_of(url.tls ? "wss://" : "ws://"), bytes_of(authority), bytes_of(url.target)});
  std::array<char, base64_encoded_size(std::tuple_size_v<Sha1Digest>)> text{};
  out.set({text.data(), base64_encode(digest, text.data())});
}

}  // namespace

Status AppLeg::open(const TargetCall& call, const AppSetup& setup, Now now) {
  const Result<AppUrl> url = split_app_url(setup.url);
  if (!url.ok()) return url.status();
  TRY(url_.assign(setup.url));
  TRY(call_id_.assign(call.call_id));
  TRY(add_parameters(call, setup, parameters_));
  if (!setup.signing_key.empty()) sign(*url, setup.signing_key, links_.crypto, signature_);
  messages_.begin(call);
  resumed_ = call.resumed;
  dial(now);
  return Status::kOk;
}

// --- Dialling
// ---------------------------------------------------------------------------------------

void AppLeg::dial(Now now) {
  socket_ = links_.sockets.open(*this);
  if (!socket_.is_set()) {
    state_ = State::kWaiting;
    redial_at_ = now.mono + kPlaceRetry;
    return;
  }
  if (dialled_) {
    ++redials_;
    ++links_.counters.redials;
    redialling_ = true;
  }
  dialled_ = true;
  state_ = State::kDialing;

  const Result<AppUrl> url = split_app_url(url_.view());
  out::WsDial request;
  request.socket = socket_;
  request.tls = url->tls;
  request.host = links_.outbox.keep(url->host);
  request.port = url->port;
  request.target = links_.outbox.keep(url->target);
  request.timeout = kConnectTimeout;
  if (!signature_.empty()) {
    const std::span<char> memory = links_.outbox.reserve(64);
    TextWriter header(memory);
    header.put("x-twilio-signature: ").put(signature_.view()).put("\r\n");
    CHECK(!header.overflowed());
    links_.outbox.shrink(memory, header.size());
    request.headers = header.view();
  }
  links_.outbox.push(request);
}

void AppLeg::on_opened(Now now) {
  ++links_.counters.legs_ok;
  if (redialling_) ++links_.counters.redials_ok;
  messages_.begin_stream(links_.entropy);
  messages_.connected(links_.outbox, socket_);
  messages_.start(links_.outbox, socket_, parameters_, resumed_);
  resumed_ = true;
  if (ending_) {
    finish(end_reason_.view());
    state_ = State::kTold;
    links_.owner.target_told(slot_, now);
    return;
  }
  state_ = State::kReady;
  tag_ = links_.sockets.next_stream_tag();
  reading_ = true;
  blocked_ = false;
  blocked_echoes_ = 0;
  bad_in_a_row_ = 0;
  message_bytes_ = 0;
  ready_at_ = now.mono;
  ping_at_ = now.mono + kPingEvery;
  pong_until_ = {};
  begin_caller_audio(now);
  if (expiring_owed_) send_expiring(now);
  flush(now);
  watch_reading(now);  // The buffer may still be full of what the last stream sent.
  links_.owner.target_ready(slot_, now);
}

void AppLeg::on_closed(const in::WsClosed& closed, Now now) {
  socket_ = {};
  if (state_ == State::kReady && orderly(closed)) {
    state_ = State::kLeft;
    audio_.from_caller.set_app_reads(false, now.mono);
    audio_.to_carrier.discard();
    audio_.to_carrier.end_burst(now.mono);
    links_.owner.target_left(slot_, now);
    return;
  }
  if (closed.end == in::WsEnd::kTlsTime) {
    links_.owner.target_note(slot_, TargetNote::kCertificateTime, now);
  }
  lost(now);
}

// The socket is gone, or is no longer ours.
void AppLeg::lost(Now now) {
  if (state_ == State::kReady) {
    ++links_.counters.lost;
    audio_.from_caller.set_app_reads(false, now.mono);
    audio_.to_carrier.discard();
    if (now.mono - ready_at_ >= kStableAfter) redials_ = 0;
  } else {
    ++links_.counters.legs_failed;
    if (redialling_) ++links_.counters.redials_failed;
  }
  links_.owner.target_note(slot_, TargetNote::kLost, now);
  if (redials_ == 0) row_began_ = now.mono;
  if (redials_ < kRedialAfter.size()) {
    state_ = State::kWaiting;
    redial_at_ = std::max(now.mono, row_began_ + kRedialAfter[redials_]);
    if (redial_at_ <= now.mono && may_dial()) dial(now);
    return;
  }
  if (!ending_) {
    state_ = State::kFailed;
    links_.owner.target_failed(slot_, now);
    return;
  }
  state_ = State::kTold;
  ++links_.counters.ends_not_told;
  links_.owner.target_note(slot_, TargetNote::kEndNotTold, now);
  links_.owner.target_told(slot_, now);
}

void AppLeg::break_off(uint16_t code, std::string_view reason, Now now) {
  links_.outbox.push(out::WsClose{socket_, code, reason});
  links_.sockets.detach(socket_);
  socket_ = {};
  lost(now);
}

void AppLeg::finish(std::string_view reason) {
  messages_.stop(links_.outbox, socket_, reason);
  links_.outbox.push(out::WsClose{socket_, kNormalClosure, {}});
  links_.sockets.detach(socket_);
  socket_ = {};
  if (!reason.empty()) ++links_.counters.ends_told;
}

// --- The call
// ---------------------------------------------------------------------------------------

void AppLeg::caller_stream(bool up, Now now) {
  caller_stream_up_ = up;
  if (up && state_ == State::kWaiting && redial_at_ <= now.mono) dial(now);
}

void AppLeg::call_expiring(Duration left, Now now) {
  expires_at_ = now.mono + left;
  if (state_ == State::kReady) {
    send_expiring(now);
  } else {
    expiring_owed_ = true;
  }
}

void AppLeg::send_expiring(Now now) {
  expiring_owed_ = false;
  const Duration left = std::max(Duration(), expires_at_ - now.mono);
  messages_.expiring(links_.outbox, socket_, call_id_.view(), left.seconds());
}

bool AppLeg::call_ending(std::string_view reason, Now now) {
  switch (state_) {
    case State::kClosed:
    case State::kLeft:  // It hung up itself.
    case State::kTold: return true;
    case State::kFailed:
      state_ = State::kTold;
      ++links_.counters.ends_not_told;
      return true;
    case State::kReady:
      audio_.from_caller.set_app_reads(false, now.mono);
      audio_.to_carrier.discard();
      finish(reason);
      state_ = State::kTold;
      return true;
    case State::kDialing:
    case State::kWaiting:
      if (ending_) return false;
      ending_ = true;
      end_reason_.set(reason);
      if (state_ == State::kWaiting && redial_at_ <= now.mono) dial(now);
      return false;
  }
  return true;
}

void AppLeg::close(Now now) {
  audio_.from_caller.set_app_reads(false, now.mono);
  audio_.to_carrier.discard();
  if (state_ == State::kReady) {
    finish({});
  } else if (state_ == State::kDialing) {
    links_.outbox.push(out::WsClose{socket_, kGoingAway, {}});
    links_.sockets.detach(socket_);
  }
  if (ending_ && state_ != State::kTold) ++links_.counters.ends_not_told;
  state_ = State::kClosed;
}

// --- Time
// -------------------------------------------------------------------------------------------

Instant AppLeg::deadline() const {
  if (state_ == State::kWaiting) return may_dial() ? redial_at_ : Instant::max();
  if (state_ != State::kReady) return Instant::max();
  Instant next = blocked_ ? blocked_until_ : ping_at_;
  if (pong_until_.is_set() && reading_) next = std::min(next, pong_until_);
  if (flush_at_.is_set()) next = std::min(next, flush_at_);
  return next;
}

void AppLeg::on_tick(Now now) {
  if (state_ == State::kWaiting && redial_at_ <= now.mono && may_dial()) {
    dial(now);
    return;
  }
  if (state_ != State::kReady) return;
  if (blocked_ && blocked_until_ <= now.mono) {
    break_off(kTryAgainLater, "not reading", now);
    return;
  }
  // While we do not read, the pong waits behind the audio we leave unread (B-APP-4).
  if (pong_until_.is_set() && reading_ && pong_until_ <= now.mono) {
    break_off(kGoingAway, "no pong", now);
    return;
  }
  if (!blocked_ && ping_at_ <= now.mono) {
    links_.outbox.push(out::WsPing{socket_});
    ping_at_ = now.mono + kPingEvery;
    if (!pong_until_.is_set()) pong_until_ = now.mono + kPongTimeout;
  }
  if (flush_at_.is_set() && flush_at_ <= now.mono) flush(now);
}

void AppLeg::on_pong(Now) { pong_until_ = {}; }

}  // namespace hookflash
