#include "platform/linux/cli/client.h"

#include "platform/linux/cli/commands.h"
#include "platform/linux/cli/static_memory.h"

namespace hookflash::cli {
namespace {

// More than any message of the event stream has.
constexpr size_t kMessageBytesMax = 64 * 1024;

}  // namespace

std::string Server::url() const {
  const bool standard = port == (tls ? 443 : 80);
  return (tls ? "https://" : "http://") + host + (standard ? "" : ":" + std::to_string(port));
}

std::string_view reason_of(in::RestFailure failure) {
  switch (failure) {
    case in::RestFailure::kUnreachable: return "nothing answers there";
    case in::RestFailure::kTls: return "its TLS certificate is not trusted, or it speaks no TLS";
    case in::RestFailure::kTlsTime:
      return "its TLS certificate is not valid at this time; is this machine's clock right?";
    case in::RestFailure::kRefusedHost: return "its address is not one on the public internet";
    case in::RestFailure::kBroken: return "the connection ended without a proper answer";
    case in::RestFailure::kTimeout: return "no answer came in time";
    case in::RestFailure::kTooLarge: return "the answer is too large";
  }
  return "no answer came";
}

void Client::handle(const In& in, Now now) {
  now_ = now;
  texts_.clear();
  outs_.clear();
  if (finished_) return;
  if (!begun_) {
    begun_ = true;
    begin();
  }
  std::visit(
      [&](const auto& value) {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, in::RestAnswered>) {
          replied(value.id, {.status = value.status, .body = value.body});
        } else if constexpr (std::is_same_v<T, in::RestFailed>) {
          replied(value.id, {.failure = value.failure, .sent = value.sent});
        } else if constexpr (std::is_same_v<T, in::WsOpened>) {
          stream_opened();
        } else if constexpr (std::is_same_v<T, in::WsReceived>) {
          if (value.first) message_.clear();
          if (message_.size() < kMessageBytesMax) message_.append(text_of(value.piece));
          if (value.last && !value.binary) stream_message(message_);
        } else if constexpr (std::is_same_v<T, in::WsClosed>) {
          socket_ = {};
          stream_closed(value);
        } else if constexpr (std::is_same_v<T, in::Stop>) {
          interrupted();
        }
      },
      in);
  if (!finished_ && wake_ <= now.mono) {
    wake_ = Instant::max();
    woken();
  }
}

bool Client::next(Out& out) {
  if (outs_.empty()) return false;
  out = outs_.front();
  outs_.pop_front();
  return true;
}

Instant Client::deadline() const { return begun_ ? wake_ : Instant::from_us(1); }

void Client::interrupted() { finish(kFailure); }

RestId Client::ask(const Server& server, std::string_view method, std::string_view target,
                   std::string_view more_headers, std::string_view body, Duration timeout) {
  out::RestSend send;
  send.id = ++last_id_;
  send.tls = server.tls;
  send.method = method;
  send.host = keep(server.host);
  send.port = server.port;
  send.target = keep(target);
  send.headers = keep(server.headers + std::string(more_headers));
  send.body = keep(body);
  send.timeout = timeout;
  outs_.push_back(send);
  return send.id;
}

void Client::dial(const Server& server, std::string_view target, Duration timeout) {
  socket_ = {.index = limits::kAcceptedMax, .generation = 1};
  out::WsDial dial;
  dial.socket = socket_;
  dial.tls = server.tls;
  dial.host = keep(server.host);
  dial.port = server.port;
  dial.target = keep(target);
  dial.headers = keep(server.headers);
  dial.timeout = timeout;
  outs_.push_back(dial);
}

void Client::finish(int exit_code) {
  finished_ = true;
  wake_ = Instant::max();
  exit_code_ = exit_code;
  if (socket_.is_set()) outs_.push_back(out::WsClose{.socket = socket_, .code = 1000});
  outs_.push_back(out::Stopped{});
}

int Client::run_to_end(std::string_view ca_file, Reach reach) {
  MemoryEntryStore store;
  WorldConfig config;
  config.store = &store;
  config.ca_file = ca_file;
  config.rest_to_private_hosts = config.rest_plain_anywhere = reach == Reach::kAnywhere;
  World& linux_world = world();
  if (!ok(linux_world.start(config, *this))) return fail({linux_world.problem()});
  const bool ended = linux_world.run();
  linux_world.stop();
  return ended ? exit_code_ : kFailure;
}

}  // namespace hookflash::cli
