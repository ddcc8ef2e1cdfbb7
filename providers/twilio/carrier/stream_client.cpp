// The carrier's end of a media stream (twilio.md 5).
#include <algorithm>

#include "providers/twilio/carrier/carrier.h"
#include "providers/twilio/carrier/stream_messages.h"

namespace hookflash::twilio::carrier {
namespace {

constexpr Duration kFrameTime = Duration::ms(20);
constexpr size_t kFrameBytes = 160;
constexpr Duration kConnectTimeout = Duration::seconds(10);
// After a longer stop of the process the missed frames are not sent in one burst.
constexpr Duration kCatchUpMax = Duration::ms(200);
// Arrivals further apart begin a new talkspurt for jitter.
constexpr Duration kTalkspurtPause = Duration::ms(200);

}  // namespace

TextWriter Carrier::message() {
  return TextWriter(std::span<char>(message_).subspan(kStreamHeadroom));
}

void Carrier::push_message(Call& call, const TextWriter& text) {
  CHECK(!text.overflowed());
  outlet_.stream_send({call.ref, call.stream.number},
                      std::span<char>(message_).subspan(kStreamHeadroom, text.size()));
}

Call* Carrier::stream_of(StreamId id) {
  Call* const call = get(id.call);
  if (call == nullptr || call->stream.stage == Stream::Stage::kNone) return nullptr;
  return call->stream.number == id.number ? call : nullptr;
}

// False when the stream cannot even be tried; the call goes on with the next verb then.
bool Carrier::connect_stream(Call& call, size_t index, bool bidirectional, Now now) {
  const Xml& xml = call.document.xml();
  const Element& element = xml.element(index);
  const std::string_view url_text = xml.attribute(element, "url");
  const auto url = parse_url(url_text);
  if (!url.ok() || (url->scheme != "wss" && !(settings_.plain_streams && url->scheme == "ws"))) {
    fail(call, 31922, "the stream's URL is not wss", now);
    return false;
  }
  if (url->has_query()) {
    fail(call, 31920, "the stream's URL has a query", now);
    return false;
  }
  if (url->port != 0 && url->port != 443 && !settings_.plain_streams) {
    fail(call, 31901, "streams go to port 443", now);
    return false;
  }
  const std::string_view track = xml.attribute(element, "track", "inbound_track");
  if (bidirectional && track != "inbound_track") {
    fail(call, 31941, "wrong track", now);
    return false;
  }
  if (call.stream.stage != Stream::Stage::kNone) close_stream(call, now);
  Stream& stream = call.stream;
  stream = Stream{};
  stream.stage = Stream::Stage::kConnecting;
  stream.bidirectional = bidirectional;
  stream.number = ++call.last_number;
  stream.next_frame = now.mono + kConnectTimeout;
  make_sid("MZ", call.ref.index, stream.sid);
  for (size_t i = xml.next_child(index, index); i < xml.size(); i = xml.next_child(index, i)) {
    Field field{xml.attribute(xml.element(i), "name"), xml.attribute(xml.element(i), "value")};
    if (field.name.size() + field.value.size() >= 500) {
      fail(call, 12200, "a Parameter is over 500 characters", now);
      continue;
    }
    const auto keep = [&](std::string_view& text) {
      const size_t begin = stream.parameter_text.size();
      if (stream.parameter_text.append(text) != Status::kOk) return false;
      text = stream.parameter_text.view().substr(begin);
      return true;
    };
    if (!keep(field.name) || !keep(field.value) || stream.parameters.push(field) != Status::kOk) {
      fail(call, 12200, "too many Parameters", now);
      break;
    }
  }
  ++call.streams;
  TextWriter request_url(url_);
  TextWriter signed_url(signed_url_);
  write_request_url(*url, request_url);
  write_signed_url(*url, signed_url);
  char signature[kSignatureBytes];
  TextWriter signature_text(signature);
  write_signature(crypto_, settings_.auth_token, signed_url.view(), Form{}, signature_text);
  outlet_.stream_connect({call.ref, stream.number}, request_url.view(), signature_text.view());
  return true;
}

void Carrier::stream_opened(StreamId id, Now now) {
  Call* const call = stream_of(id);
  if (call == nullptr || call->stream.stage != Stream::Stage::kConnecting) return;
  Stream& stream = call->stream;
  stream.stage = Stream::Stage::kOpen;
  stream.opened = now.mono;
  stream.next_frame = now.mono + kFrameTime;
  call->playout.reset();
  call->echo.reset();
  TextWriter connected = message();
  write_connected(connected);
  push_message(*call, connected);
  TextWriter start = message();
  write_start({settings_.account_sid, stream.sid, call->sid, stream.parameters.span()},
              ++stream.sequence, start);
  push_message(*call, start);
  tell(*call, StoryEvent::Kind::kStream, "stream connected, start sent", now);
  arm(*call);
}

void Carrier::stream_refused(StreamId id, int http_status, Now now) {
  Call* const call = stream_of(id);
  if (call == nullptr) return;
  char memory[64];
  TextWriter problem(memory);
  problem.put("the stream was not accepted");
  if (http_status != 0) problem.put(" (").number(http_status).put(')');
  fail(*call, http_status == 0 ? 31901 : 31920, problem.view(), now);
  stream_gone(*call, "stream refused", now);
  arm(*call);
}

void Carrier::stream_closed(StreamId id, uint16_t code, Now now) {
  Call* const call = stream_of(id);
  if (call == nullptr) return;
  char memory[64];
  TextWriter why(memory);
  why.put("stream closed by the appliance (").number(code).put(')');
  stream_gone(*call, why.view(), now);
  arm(*call);
}

// The connection is no more: Connect is over and the next verb's turn has come.
void Carrier::stream_gone(Call& call, std::string_view why, Now now) {
  play(call, now);
  const bool waited = call.stream.bidirectional;
  call.stream.stage = Stream::Stage::kNone;
  tell(call, StoryEvent::Kind::kStream, why, now);
  if (!waited || call.doing != Call::Doing::kStreaming) return;
  call.doing = Call::Doing::kNothing;
  call.document.next();
  run_document(call, now);
}

// From our side: stop, then close. The call decides what comes next.
void Carrier::close_stream(Call& call, Now now) {
  Stream& stream = call.stream;
  const StreamId id{call.ref, stream.number};
  if (stream.stage == Stream::Stage::kConnecting) outlet_.stream_drop(id);
  if (stream.stage == Stream::Stage::kOpen) {
    play(call, now);
    TextWriter stop = message();
    write_stop(settings_.account_sid, call.sid, stream.sid, ++stream.sequence, stop);
    push_message(call, stop);
    outlet_.stream_close(id, 1000);
    tell(call, StoryEvent::Kind::kStream, "stop sent, stream closed", now);
  }
  stream.stage = Stream::Stage::kNone;
}

void Carrier::run_stream(Call& call, Now now) {
  Stream& stream = call.stream;
  if (stream.stage == Stream::Stage::kConnecting) {
    if (stream.next_frame > now.mono) return;
    outlet_.stream_drop({call.ref, stream.number});
    fail(call, 31901, "the stream did not connect in time", now);
    stream_gone(call, "stream not connected", now);
    return;
  }
  play(call, now);
  if (now.mono - stream.next_frame > kCatchUpMax) {
    const int64_t missed = (now.mono - stream.next_frame) / kFrameTime;
    stream.next_frame = stream.next_frame + kFrameTime * missed;
    stream.chunk += static_cast<uint32_t>(missed);
  }
  while (stream.next_frame <= now.mono) {
    send_frame(call, now);
    stream.next_frame = stream.next_frame + kFrameTime;
  }
}

void Carrier::send_frame(Call& call, Now now) {
  Stream& stream = call.stream;
  std::array<uint8_t, kFrameBytes> frame{};
  frame.fill(kMulawSilence);
  const Bytes speech = call.person.speech;
  if (!speech.empty()) {
    for (uint8_t& sample : frame) {
      sample = speech[call.speech_at % speech.size()];
      ++call.speech_at;
    }
  }
  const bool loud = is_loud(frame);
  if (!loud && call.person.frames_stop_in_silence) {
    ++stream.chunk;
    return;
  }
  ++stream.chunk;
  ++stream.sequence;
  if (strikes(call.person.faults.frames_lost_permille)) {
    ++call.measures.frames_withheld;
    return;
  }
  ++call.measures.frames_sent;
  if (loud) {
    ++call.measures.loud_sent;
    call.echo.sent(frame, now.mono);
    if (!call.measures.first_loud_sent.is_set()) call.measures.first_loud_sent = now.mono;
  }
  TextWriter text = message();
  write_media(stream.sid, stream.sequence, stream.chunk, (stream.next_frame - stream.opened).ms(),
              frame, text);
  push_message(call, text);
}

// A key of the far end: to the stream, to a Gather, or to nobody.
void Carrier::send_digit(Call& call, char digit, Now now) {
  if (call.stream.stage == Stream::Stage::kOpen && call.stream.bidirectional) {
    TextWriter text = message();
    write_dtmf(call.stream.sid, ++call.stream.sequence, digit, text);
    push_message(call, text);
    return;
  }
  if (call.doing != Call::Doing::kGathering) return;
  const TwimlDocument& document = call.document;
  if (document.attribute("input", "dtmf").find("dtmf") == std::string_view::npos) return;
  const std::string_view finish = document.attribute("finishOnKey", "#");
  if (finish.find(digit) != std::string_view::npos) {
    end_gather(call, false, now);
    return;
  }
  static_cast<void>(call.gathered.append(std::string_view(&digit, 1)));
  const int wanted = document.number("numDigits", 0);
  if (wanted > 0 && call.gathered.size() >= static_cast<size_t>(wanted)) {
    end_gather(call, false, now);
    return;
  }
  wait(call, Call::Doing::kGathering, Duration::seconds(document.number("timeout", 5)), now);
}

// Moves the play-out on to `now`: what was heard goes to the onlooker, marks go back.
void Carrier::play(Call& call, Now now) {
  Instant at;
  Bytes piece;
  while (call.playout.take_played(now.mono, at, piece)) {
    if (!call.measures.first_loud_heard.is_set() && is_loud(piece)) {
      call.measures.first_loud_heard = at;
    }
    outlet_.heard(call.ref, at, piece);
  }
  std::string_view name;
  while (call.playout.take_mark(name)) {
    if (call.stream.stage != Stream::Stage::kOpen) continue;
    TextWriter text = message();
    write_mark(call.stream.sid, ++call.stream.sequence, name, text);
    push_message(call, text);
    ++call.measures.marks_echoed;
  }
}

void Carrier::take_audio(Call& call, Bytes audio, Now now) {
  Measures& m = call.measures;
  Stream& stream = call.stream;
  ++m.messages;
  m.bytes += audio.size();
  m.frames += audio.size() / kFrameBytes;
  if (stream.last_arrival.is_set() && call.playout.empty()) {
    const Duration hole = now.mono - call.playout.end();
    if (hole > kGapMin && hole <= kGapMax) {
      ++m.gaps;
      m.gap_sum += hole;
      m.gap_longest = std::max(m.gap_longest, hole);
    }
  }
  if (stream.last_arrival.is_set()) {
    const Duration interval = now.mono - stream.last_arrival;
    if (interval <= kTalkspurtPause + stream.last_length) {
      const Duration difference = interval - stream.last_length;
      const Duration size = difference < Duration() ? -difference : difference;
      m.deviation.add(size);
      m.jitter += (size - m.jitter) / 16;
    }
  }
  stream.last_arrival = now.mono;
  stream.last_length = Duration::us(static_cast<int64_t>(audio.size()) * 125);
  for (size_t i = 0; i + kFrameBytes <= audio.size(); i += kFrameBytes) {
    const Bytes frame = audio.subspan(i, kFrameBytes);
    if (!is_loud(frame)) continue;
    const Duration delay = call.echo.received(frame, now.mono);
    if (delay < Duration()) continue;
    ++m.echoes;
    m.delay.add(delay);
  }
  m.bytes_discarded += call.playout.push(audio, now.mono);
  m.ahead_max = std::max(m.ahead_max, call.playout.ahead(now.mono));
}

void Carrier::stream_received(StreamId id, std::string_view text, Now now) {
  Call* const call = stream_of(id);
  if (call == nullptr || call->stream.stage != Stream::Stage::kOpen) return;
  play(*call, now);
  const StreamMessage message = read_stream_message(text, call->stream.sid, audio_);
  Measures& m = call->measures;
  if (!call->stream.bidirectional) {
    ++m.warnings;
    fail(*call, 31924, "a message on a unidirectional stream", now);
    return;
  }
  switch (message.kind) {
    case StreamMessage::Kind::kMedia: take_audio(*call, message.audio, now); break;
    case StreamMessage::Kind::kMark:
      ++m.marks;
      if (!call->playout.mark(message.name)) {
        ++m.warnings;
        fail(*call, 31951, "a mark that cannot be kept", now);
      }
      break;
    case StreamMessage::Kind::kClear:
      ++m.clears;
      call->playout.clear(now.mono);
      call->stream.last_arrival = Instant();  // What comes next is a new beginning, not a gap.
      tell(*call, StoryEvent::Kind::kStream, "cleared", now);
      break;
    case StreamMessage::Kind::kInvalid:
      ++m.warnings;
      fail(*call, 31951, "an invalid stream message", now);
      break;
  }
  play(*call, now);
  arm(*call);
}

void Carrier::stream_received_binary(StreamId id, Now now) {
  Call* const call = stream_of(id);
  if (call == nullptr) return;
  ++call->measures.warnings;
  fail(*call, 31950, "a binary message", now);
}

}  // namespace hookflash::twilio::carrier
