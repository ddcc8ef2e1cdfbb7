#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "audio/caller_audio.h"
#include "audio/streamer.h"
#include "base/base64.h"
#include "hal/outbox.h"
#include "sha1.h"
#include "target/app_sockets.h"
#include "target/targets.h"

namespace hookflash::testing {

inline Bytes bytes_of(const std::string& text) {
  return hookflash::bytes_of(std::string_view(text));
}

inline std::string base64(const std::string& audio) {
  std::string text(base64_encoded_size(audio.size()), '\0');
  text.resize(base64_encode(bytes_of(audio), text.data()));
  return text;
}

// The value of a member that is a string, wherever in the message it stands first.
inline std::string member(const std::string& message, const std::string& name) {
  const std::string opening = "\"" + name + "\":\"";
  const size_t at = message.find(opening);
  if (at == std::string::npos) return {};
  const size_t begin = at + opening.size();
  return message.substr(begin, message.find('"', begin) - begin);
}

class CountingEntropy final : public Entropy {
 public:
  void fill(MutableBytes out) override {
    for (uint8_t& byte : out) byte = next_++;
  }

 private:
  uint8_t next_ = 1;
};

// A call around a target, in virtual time: a carrier that plays what it gets and echoes marks when
// they were really played, and a scripted app behind each dial.
class World final : public TargetOwner {
 public:
  struct Dial {
    SocketId socket;
    Instant at;
    bool tls = false;
    std::string host;
    uint16_t port = 0;
    std::string target;
    std::string headers;
    Duration timeout;
  };
  struct Said {  // A message to the app.
    SocketId socket;
    Instant at;
    std::string text;
  };
  struct Closing {
    SocketId socket;
    Instant at;
    uint16_t code = 0;
    std::string reason;
  };
  struct Event {
    std::string name;
    Instant at;
  };
  struct Reading {
    bool on = true;
    Instant at;
  };

  // What the app does with dials and pings.
  bool accepts = true;
  bool answers_pings = true;
  bool carrier_echoes = true;
  bool carrier_up = true;
  // What the session does in target_failed() and target_told().
  bool echo_as_fallback = false;
  bool close_when_told = false;

  std::vector<Dial> dials;
  std::vector<Said> said;
  std::vector<Closing> closings;
  std::vector<Event> events;
  std::vector<Reading> readings;
  std::vector<TargetNote> notes;
  std::vector<Instant> pings;
  std::string played;  // Audio the carrier got, in order.
  std::vector<Instant> played_at;
  std::vector<std::string> carrier_log;  // "frame", "mark hf-1", "clear".
  size_t items_high = 0;                 // Most requests of one turn.

  std::unique_ptr<Outbox> outbox_memory = std::make_unique<Outbox>();
  std::unique_ptr<AudioStreamer> streamer_memory = std::make_unique<AudioStreamer>();
  Outbox& outbox = *outbox_memory;
  AudioStreamer& streamer = *streamer_memory;
  CallerAudio caller;
  SignatureCrypto crypto;
  CountingEntropy entropy;
  AppSockets sockets;
  TargetCounters counters;
  TargetPlace place;
  TargetLinks links{outbox, crypto, entropy, sockets, *this, counters};
  TargetAudio audio{streamer, caller};
  TargetCall call{.slot = 7,
                  .call_id = "0f8fad5b-d9cb-469f-a165-70867728950e",
                  .provider_call_id = "CA00000000000000000000000000000001",
                  .account_id = "AC00000000000000000000000000000001",
                  .line = "office",
                  .from = "+15550100",
                  .to = "+15550199"};

  explicit World(StreamerConfig config = {}) {
    caller.reset();
    streamer.start(config, now_);
  }
  ~World() { close(); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] Now now() const { return {now_, WallTime::from_ms(1'700'000'000'000)}; }
  [[nodiscard]] Duration since(Instant at) const { return at - start_; }
  [[nodiscard]] Duration elapsed() const { return now_ - start_; }

  // --- The session ---

  Status open_app(const AppSetup& setup) {
    Status status = Status::kOk;
    turn([&] { status = place.open_app(links, audio, call, setup, now()); });
    return status;
  }
  Status open_app(std::string_view url = "wss://app.example.com/media/twilio") {
    return open_app(AppSetup{.url = url});
  }
  void open_echo() {
    turn([&] { place.open_echo(links, audio, call, now()); });
  }
  // The prompt lives as long as the world.
  Status open_announce(const std::string& prompt, bool loop) {
    prompt_ = prompt;
    Status status = Status::kOk;
    turn([&] {
      status = place.open_announce(links, audio, call, {bytes_of(prompt_), loop}, now());
    });
    return status;
  }
  void open_tone(const ToneSpec& tone) {
    turn([&] { place.open_tone(links, audio, call, tone, now()); });
  }
  void close() {
    if (place.get() != nullptr) turn([&] { place.close(now()); });
  }
  bool end(std::string_view reason) {
    bool done = false;
    turn([&] { done = place.get()->call_ending(reason, now()); });
    return done;
  }
  void expiring(Duration left) {
    turn([&] { place.get()->call_expiring(left, now()); });
  }
  void caller_says(const std::string& audio_bytes) {
    turn([&] {
      caller.write(bytes_of(audio_bytes), now_);
      place.get()->caller_audio(now());
    });
  }
  void caller_presses(char digit) {
    turn([&] { place.get()->caller_digit(digit, now()); });
  }
  // One frame every 20 ms, each of one letter: a, b, c ...
  void caller_talks(size_t frames, char first = 'a') {
    for (size_t i = 0; i < frames; ++i) {
      caller_says(std::string(160, static_cast<char>(first + static_cast<char>(i % 26))));
      run(Duration::ms(20));
    }
  }
  void set_carrier_up(bool up) {
    carrier_up = up;
    turn([&] {
      streamer.hold(!up, now_);
      place.get()->caller_stream(up, now());
    });
  }

  // --- The app ---

  [[nodiscard]] SocketId socket() const { return dials.empty() ? SocketId{} : dials.back().socket; }
  void app_opens() {
    turn([&] { sockets.handle(in::WsOpened{socket()}, now()); });
  }
  // In pieces of at most `piece` bytes.
  void app_sends(const std::string& text, size_t piece = 4096, bool binary = false) {
    app_sends_on(socket(), text, piece, binary);
  }
  void app_sends_on(SocketId on, const std::string& text, size_t piece = 4096,
                    bool binary = false) {
    size_t sent = 0;
    do {
      // The platform's memory, gone when handle() returns.
      std::string part = text.substr(sent, piece);
      in::WsReceived value;
      value.socket = on;
      value.piece = bytes_of(part);
      value.binary = binary;
      value.first = sent == 0;
      sent += part.size();
      value.last = sent == text.size();
      value.frame_left = text.size() - sent;
      turn([&] { sockets.handle(value, now()); });
    } while (sent < text.size());
  }
  // One frame of a message of several.
  void app_sends_fragment(const std::string& text, bool first, bool last, uint64_t frame_left = 0) {
    in::WsReceived value;
    value.socket = socket();
    value.piece = bytes_of(text);
    value.first = first;
    value.last = last;
    value.frame_left = frame_left;
    turn([&] { sockets.handle(value, now()); });
  }
  std::string media(const std::string& audio_bytes) const {
    return R"({"event":"media","streamSid":")" + stream_sid() + R"(","media":{"payload":")" +
           base64(audio_bytes) + "\"}}";
  }
  std::string mark(const std::string& name) const {
    return R"({"event":"mark","streamSid":")" + stream_sid() + R"(","mark":{"name":")" + name +
           "\"}}";
  }
  std::string clear_message() const {
    return R"({"event":"clear","streamSid":")" + stream_sid() + "\"}";
  }
  void app_closes(uint16_t code, in::WsEnd how = in::WsEnd::kPeerClosed) {
    closed_on(socket(), code, how);
  }
  void closed_on(SocketId on, uint16_t code, in::WsEnd how) {
    turn([&] {
      in::WsClosed value;
      value.socket = on;
      value.end = how;
      value.code = code;
      sockets.handle(value, now());
    });
  }
  void blocked(uint32_t unsent = 40'000) {
    turn([&] { sockets.handle(in::WsBlocked{socket(), unsent}, now()); });
  }
  void writable() {
    turn([&] { sockets.handle(in::WsWritable{socket()}, now()); });
  }
  void pong() {
    turn([&] { sockets.handle(in::WsPong{socket()}, now()); });
  }

  // --- Time ---

  void run(Duration duration) {
    const Instant end = now_ + duration;
    for (int steps = 0;; ++steps) {
      CHECK(steps < 1'000'000);  // A deadline that never moves would spin for ever.
      Instant next = streamer.deadline();
      if (place.get() != nullptr) next = std::min(next, place.get()->deadline());
      if (!echoes_.empty()) next = std::min(next, echoes_.begin()->first);
      if (reports_left_) next = now_;
      if (next > end) break;
      now_ = std::max(now_, next);
      while (!echoes_.empty() && echoes_.begin()->first <= now_) {
        streamer.on_echo(echoes_.begin()->second);
        echoes_.erase(echoes_.begin());
      }
      turn([&] {
        pump();
        if (place.get() != nullptr && place.get()->deadline() <= now_) {
          place.get()->on_tick(now());
        }
      });
    }
    now_ = end;
  }

  // --- What was seen ---

  [[nodiscard]] std::string stream_sid() const {
    for (auto it = said.rbegin(); it != said.rend(); ++it) {
      if (it->text.find("\"event\":\"start\"") != std::string::npos) {
        return member(it->text, "streamSid");
      }
    }
    return {};
  }
  [[nodiscard]] std::vector<std::string> heard(const std::string& event) const {
    std::vector<std::string> texts;
    for (const Said& message : said) {
      if (member(message.text, "event") == event) texts.push_back(message.text);
    }
    return texts;
  }
  // The first letter of each media message's audio.
  [[nodiscard]] std::string frames_heard() const {
    std::string letters;
    for (const std::string& text : heard("media")) {
      const std::string payload = member(text, "payload");
      std::vector<uint8_t> raw(base64_decoded_size_max(payload.size()));
      const Result<size_t> size = base64_decode(payload, raw);
      letters += size.ok() && *size == 160 ? static_cast<char>(raw[0]) : '?';
    }
    return letters;
  }
  [[nodiscard]] std::vector<std::string> mark_names() const {
    std::vector<std::string> names;
    for (const std::string& text : heard("mark")) names.push_back(member(text, "name"));
    return names;
  }
  [[nodiscard]] size_t count(const std::string& event) const {
    return static_cast<size_t>(std::count_if(events.begin(), events.end(),
                                             [&](const Event& e) { return e.name == event; }));
  }
  [[nodiscard]] size_t count(TargetNote note) const {
    return static_cast<size_t>(std::count(notes.begin(), notes.end(), note));
  }

  // --- TargetOwner ---

  void target_ready(uint16_t slot, Now at) override { event(slot, "ready", at); }
  void target_audio(uint16_t slot, Now) override {
    CHECK(slot == call.slot);
    pump();
  }
  void target_clear(uint16_t slot, Now at) override {
    event(slot, "clear", at);
    streamer.clear(By::kApp, at.mono);
    carrier_log.push_back("clear");
    line_free_ = at.mono;
    // The carrier sends the marks it held back at once; they are late echoes by now.
    for (auto& [when, mark] : echoes_) streamer.on_echo(mark);
    echoes_.clear();
    pump();
  }
  void target_left(uint16_t slot, Now at) override { event(slot, "left", at); }
  void target_failed(uint16_t slot, Now at) override {
    event(slot, "failed", at);
    if (echo_as_fallback) place.open_echo(links, audio, call, at);
  }
  void target_told(uint16_t slot, Now at) override {
    event(slot, "told", at);
    if (close_when_told) place.close(at);
  }
  void target_note(uint16_t slot, TargetNote note, Now) override {
    CHECK(slot == call.slot);
    notes.push_back(note);
  }

 private:
  void event(uint16_t slot, const std::string& name, Now at) {
    CHECK(slot == call.slot);
    events.push_back({name, at.mono});
  }

  void turn(const std::function<void()>& act) {
    outbox.begin();
    act();
    Out out;
    size_t items = 0;
    std::vector<SocketId> opened;
    std::vector<SocketId> refused;
    std::vector<SocketId> closed;
    std::vector<SocketId> pinged;
    while (outbox.next(out)) {
      ++items;
      if (const auto* dial = std::get_if<out::WsDial>(&out)) {
        dials.push_back({dial->socket, now_, dial->tls, std::string(dial->host), dial->port,
                         std::string(dial->target), std::string(dial->headers), dial->timeout});
        if (manual_dials) continue;
        (accepts ? opened : refused).push_back(dial->socket);
      } else if (const auto* send = std::get_if<out::WsSend>(&out)) {
        said.push_back({send->socket, now_, std::string(text_of(send->text))});
        // The platform may write over the headroom and mask the text in place.
        std::fill(send->text.data() - limits::kWsHeadroom, send->text.data() + send->text.size(),
                  uint8_t{0xDD});
      } else if (const auto* close = std::get_if<out::WsClose>(&out)) {
        closings.push_back({close->socket, now_, close->code, std::string(close->reason)});
        if (!manual_closes) closed.push_back(close->socket);
      } else if (const auto* ping = std::get_if<out::WsPing>(&out)) {
        pings.push_back(now_);
        if (answers_pings) pinged.push_back(ping->socket);
      } else if (const auto* read = std::get_if<out::WsRead>(&out)) {
        readings.push_back({read->on, now_});
      }
    }
    items_high = std::max(items_high, items);
    for (const SocketId id : opened) turn([&] { sockets.handle(in::WsOpened{id}, now()); });
    for (const SocketId id : pinged) turn([&] { sockets.handle(in::WsPong{id}, now()); });
    for (const SocketId id : refused) closed_on(id, 503, in::WsEnd::kRefused);
    for (const SocketId id : closed) closed_on(id, 1000, in::WsEnd::kWeClosed);
  }

  // What a session does whenever something was put into the streamer or its deadline came.
  void pump() {
    for (Due due = streamer.next_due(now_); due.kind != Due::Kind::kNothing;
         due = streamer.next_due(now_)) {
      if (due.kind == Due::Kind::kMark) {
        const FixedText<kOwnMarkBytesMax> name = own_mark_name(due.mark);
        carrier_log.push_back("mark " + std::string(name.view()));
        if (carrier_echoes) echoes_.emplace(std::max(now_, line_free_), due.mark);
        continue;
      }
      carrier_log.push_back("frame");
      played += text_of(due.frame);
      played_at.push_back(now_);
      line_free_ = std::max(now_, line_free_) + Duration::ms(20);
    }
    reports_left_ = false;
    MarkReport report;
    size_t reports = 0;
    while (place.get() != nullptr) {
      if (reports == kMarkReportsPerTurn) {
        reports_left_ = true;
        break;
      }
      if (!streamer.take_report(report)) break;
      ++reports;
      place.get()->mark_reported(report, now());
    }
    if (place.get() != nullptr) place.get()->room(now());
  }

 public:
  bool manual_dials = false;   // The test answers them itself.
  bool manual_closes = false;  // The closing handshake does not come to an end by itself.

 private:
  static constexpr Instant start_ = Instant::from_us(5'000'000);
  Instant now_ = start_;
  Instant line_free_ = start_;  // The carrier has played all by then.
  std::multimap<Instant, OwnMark> echoes_;
  bool reports_left_ = false;
  std::string prompt_;
};

}  // namespace hookflash::testing
