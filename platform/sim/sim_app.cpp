#include "platform/sim/sim_app.h"

#include <algorithm>
#include <array>
#include <deque>

#include "base/base64.h"
#include "providers/twilio/carrier/json_reader.h"
#include "providers/twilio/carrier/speech.h"

namespace hookflash::sim {
namespace {

using twilio::carrier::JsonReader;

constexpr size_t kFrameBytes = 160;

std::string base64_of(Bytes bytes) {
  std::string text(base64_encoded_size(bytes.size()), '\0');
  base64_encode(bytes, text.data());
  return text;
}

// A frame of something loud that differs from frame to frame.
std::string spoken_frame(uint64_t number) {
  std::array<uint8_t, kFrameBytes> frame{};
  for (size_t i = 0; i < frame.size(); ++i) {
    frame[i] = static_cast<uint8_t>((number * 7 + i * (3 + number % 5)) % 96 | (i & 8 ? 0x80 : 0));
  }
  return base64_of(frame);
}

class Connection final : public Peer {
 public:
  Connection(Timeline& timeline, Network& network, const AppBehaviour& behaviour,
             std::shared_ptr<AppSession> session)
      : timeline_(timeline),
        network_(network),
        behaviour_(behaviour),
        session_(std::move(session)) {}

  // Planned acts hold the connection weakly: it may be over by then.
  void plan(Duration after, std::function<void(Connection&)> act) {
    timeline_.plan(after, [self = weak_, act = std::move(act)] {
      if (const auto connection = self.lock()) {
        if (connection->session_->open) act(*connection);
      }
    });
  }
  void be(const std::shared_ptr<Connection>& self) { weak_ = self; }

  void opened() override {
    session_->open = true;
    if (behaviour_.kind == AppBehaviour::Kind::kNeverReads) network_.read(session_->link, false);
    if (behaviour_.closes_after > Duration()) {
      plan(behaviour_.closes_after, [](Connection& c) { c.close(c.behaviour_.close_code); });
    }
    if (behaviour_.crashes_after > Duration()) {
      plan(behaviour_.crashes_after, [](Connection& c) {
        c.session_->open = false;
        c.session_->close_code = 1006;
        c.network_.drop(c.session_->link);
      });
    }
    if (behaviour_.freezes_after > Duration()) {
      plan(behaviour_.freezes_after,
           [](Connection& c) { c.network_.freeze(c.session_->link, c.behaviour_.freezes_for); });
    }
  }

  void closed(uint16_t code) override {
    session_->open = false;
    session_->close_code = code;
  }

  void message(std::string_view text) override {
    if (!session_->open) return;
    JsonReader in(text);
    std::array<char, 2048> memory{};
    std::string_view key;
    std::string_view word;
    std::string event;
    std::string payload;
    std::string name;
    in.enter_object();
    while (in.next_member(key, memory)) {
      const std::string member(key);
      if (member == "event" && in.read_text(word, memory))
        event = word;
      else if (member == "start")
        read_start(in);
      else if (member == "media")
        read_texts(in, "payload", payload);
      else if (member == "mark")
        read_texts(in, "name", name);
      else if (member == "dtmf")
        read_texts(in, "digit", name);
      else if (member != "event")
        in.skip_value();
    }
    if (!in.finished()) {
      session_->mistakes.emplace_back("a message that is not JSON");
      return;
    }
    take(event, payload, name);
  }

 private:
  void read_texts(JsonReader& in, std::string_view wanted, std::string& out) {
    std::array<char, 2048> memory{};
    std::string_view key;
    std::string_view value;
    in.enter_object();
    while (in.next_member(key, memory)) {
      if (key == wanted) {
        if (in.read_text(value, memory)) out = value;
      } else {
        in.skip_value();
      }
    }
  }

  void read_start(JsonReader& in) {
    std::array<char, 2048> memory{};
    std::string_view key;
    std::string_view value;
    in.enter_object();
    while (in.next_member(key, memory)) {
      if (key == "streamSid" && in.read_text(value, memory)) {
        session_->stream_sid = value;
      } else if (key == "callSid" && in.read_text(value, memory)) {
        session_->call_sid = value;
      } else if (key == "customParameters") {
        in.enter_object();
        while (in.next_member(key, memory)) {
          const std::string name(key);
          if (in.read_text(value, memory)) session_->parameters[name] = value;
        }
      } else if (!in.failed()) {
        in.skip_value();
      }
    }
  }

  void take(const std::string& event, const std::string& payload, const std::string& name) {
    AppSession& s = *session_;
    const auto mistake = [&](const char* what) { s.mistakes.emplace_back(what); };
    if (event == "connected") {
      if (!s.events.empty()) mistake("connected is not the first message");
    } else if (event == "start") {
      if (++s.starts > 1) mistake("a second start");
      if (s.events.size() != 1) mistake("start does not follow connected");
      begin();
    } else if (s.starts == 0) {
      mistake("a message before start");
    } else if (s.stops > 0) {
      mistake("a message after stop");
    }
    if (event == "media") {
      take_media(payload);
      return;
    }
    if (s.events.size() < 256) s.events.push_back(event);
    if (event == "mark") {
      ++s.marks;
      if (waiting_.empty() || waiting_.front() != name) {
        mistake("a mark that was not sent, or out of order");
      } else {
        waiting_.pop_front();
      }
      if (behaviour_.kind == AppBehaviour::Kind::kTalker && waiting_.empty()) utterance_done();
    } else if (event == "dtmf") {
      s.digits += name;
      if (behaviour_.kind == AppBehaviour::Kind::kTalker) clear();
    } else if (event == "stop") {
      ++s.stops;
    }
  }

  void take_media(const std::string& payload) {
    AppSession& s = *session_;
    ++s.media;
    std::array<uint8_t, 1600> audio{};
    const auto size = base64_decode(payload, audio);
    if (!size.ok()) {
      s.mistakes.emplace_back("media with a bad payload");
      return;
    }
    s.bytes += *size;
    if (twilio::carrier::is_loud(Bytes(audio).first(*size))) ++s.loud;
    if (behaviour_.kind == AppBehaviour::Kind::kEcho) send_media(payload);
  }

  void begin() {
    switch (behaviour_.kind) {
      case AppBehaviour::Kind::kTalker:
        plan(behaviour_.first_words, [](Connection& c) { c.talk(); });
        break;
      case AppBehaviour::Kind::kFlooder:
        plan(Duration::ms(50), [](Connection& c) { c.flood(); });
        break;
      case AppBehaviour::Kind::kGarbage:
        plan(Duration::ms(50), [](Connection& c) { c.babble(); });
        break;
      default: break;
    }
  }

  void send(std::string_view text) { network_.send_text(session_->link, text); }
  void send_media(const std::string& payload) {
    ++session_->sent_media;
    send(R"({"event":"media","streamSid":")" + session_->stream_sid + R"(","media":{"payload":")" +
         payload + "\"}}");
  }
  void send_mark(const std::string& name) {
    ++session_->sent_marks;
    waiting_.push_back(name);
    send(R"({"event":"mark","streamSid":")" + session_->stream_sid + R"(","mark":{"name":")" +
         name + "\"}}");
  }
  void clear() {
    ++session_->clears;
    ++speech_;  // What was planned of this utterance is not said.
    send(R"({"event":"clear","streamSid":")" + session_->stream_sid + "\"}");
    if (waiting_.empty()) utterance_done();
  }
  void close(uint16_t code) {
    session_->open = false;
    session_->close_code = code;
    network_.close(session_->link, code);
  }

  // Begins one utterance.
  void talk() {
    ++speech_;
    const int64_t frames = behaviour_.utterance.ms() / 20;
    say(speech_, frames);
  }
  void say(uint64_t speech, int64_t frames) {
    if (speech != speech_) return;
    // Bots send a few frames in a message.
    const int64_t n = behaviour_.speed_percent == 0 ? frames : std::min<int64_t>(frames, 5);
    for (int64_t i = 0; i < n; ++i) send_media(spoken_frame(++frame_));
    if (frames > n) {
      plan(Duration::us(n * 20'000 * 100 / behaviour_.speed_percent),
           [speech, left = frames - n](Connection& c) { c.say(speech, left); });
      return;
    }
    send_mark("said-" + std::to_string(speech));
  }
  void utterance_done() {
    ++said_;
    if (behaviour_.utterances > 0 && said_ >= behaviour_.utterances) {
      if (behaviour_.hangs_up_when_done) close(1000);
      return;
    }
    plan(behaviour_.pause, [](Connection& c) { c.talk(); });
  }

  void flood() {
    for (int i = 0; i < 50; ++i) send_media(spoken_frame(++frame_));
    plan(Duration::ms(50), [](Connection& c) { c.flood(); });
  }

  void babble() {
    static constexpr const char* kNonsense[] = {"{",
                                                "[]",
                                                "null",
                                                R"({"event":"media"})",
                                                R"({"event":"media","media":{"payload":"!!!"}})",
                                                R"({"event":"nothing"})",
                                                R"({"event":5})",
                                                R"({"event":"mark","mark":{}})",
                                                "\x01",
                                                R"({"event":"media","media":{"payload":"/w="}})"};
    const auto choice = timeline_.random.below(std::size(kNonsense));
    send(kNonsense[choice]);
    plan(Duration::ms(100), [](Connection& c) { c.babble(); });
  }

  Timeline& timeline_;
  Network& network_;
  AppBehaviour behaviour_;
  std::shared_ptr<AppSession> session_;
  std::weak_ptr<Connection> weak_;
  std::deque<std::string> waiting_;  // Marks not yet echoed.
  uint64_t speech_ = 0;
  uint64_t frame_ = 0;
  int said_ = 0;
};

}  // namespace

SimApp::SimApp(Timeline& timeline, Network& network, std::string host,
               const AppBehaviour& behaviour)
    : timeline_(timeline), network_(network), host_(std::move(host)), behaviour_(behaviour) {}

size_t SimApp::open_sessions() const {
  return static_cast<size_t>(std::count_if(sessions_.begin(), sessions_.end(),
                                           [](const auto& session) { return session->open; }));
}

void SimApp::forget_closed() {
  std::erase_if(sessions_, [](const auto& session) { return session->close_code != 0; });
}

DialAnswer SimApp::answer(const DialRequest& request, LinkId link) {
  ++dials_;
  DialAnswer answer;
  answer.after = behaviour_.answer_after;
  if (behaviour_.unreachable) return answer;
  if (behaviour_.refuse_status != 0) {
    answer.end = in::WsEnd::kRefused;
    answer.status = behaviour_.refuse_status;
    return answer;
  }
  auto session = std::make_shared<AppSession>();
  session->link = link;
  session->target = request.target;
  session->headers = request.headers;
  sessions_.push_back(session);
  auto connection = std::make_shared<Connection>(timeline_, network_, behaviour_, session);
  connection->be(connection);
  answer.peer = connection;
  return answer;
}

}  // namespace hookflash::sim
