#include "platform/sim/network.h"

#include <algorithm>

namespace hookflash::sim {
namespace {

// What a peer's kernel takes in while its program does not read, and what ours holds besides.
constexpr size_t kPeerWindow = 64 * 1024;
constexpr size_t kSendBuffer = limits::kMediaSendBufferBytes;
// How long a platform waits for the answer to a close frame.
constexpr Duration kCloseTimeout = Duration::seconds(3);

}  // namespace

Network::Network(Timeline& timeline, CoreGate& gate, Dialling& dialling,
                 const NetworkTraits& traits)
    : timeline_(timeline), gate_(gate), dialling_(dialling), traits_(traits) {
  for (size_t i = limits::kAcceptedMax; i > 0; --i) {
    free_places_.push_back(static_cast<uint16_t>(i - 1));
  }
  generations_.fill(65'530);  // Wraps soon.
}

Network::Link* Network::find(LinkId id) {
  const auto it = links_.find(id);
  return it == links_.end() ? nullptr : it->second.get();
}

Network::Link* Network::find(SocketId socket) {
  const auto it = by_place_.find(socket.index);
  if (it == by_place_.end()) return nullptr;
  Link* const link = find(it->second);
  return link != nullptr && link->socket == socket && !link->core_gone ? link : nullptr;
}

size_t Network::websockets() const {
  return static_cast<size_t>(std::count_if(links_.begin(), links_.end(), [](const auto& item) {
    return item.second->websocket && !item.second->core_gone;
  }));
}

// --- Queues
// ----------------------------------------------------------------------------------------

void Network::queue(Link& link, ToCore item, Duration delay) {
  item.at = std::max(timeline_.at() + delay, link.to_core_last);
  link.to_core_last = item.at;
  link.to_core.push_back(std::move(item));
  plan_core_pump(link);
}

void Network::queue(Link& link, ToPeer item) {
  if (link.peer_gone) return;
  item.at = std::max(timeline_.at() + latency(), link.to_peer_last);
  link.to_peer_last = item.at;
  link.to_peer.push_back(std::move(item));
  plan_peer_pump(link);
}

void Network::plan_core_pump(Link& link) {
  if (link.core_pump_planned || link.to_core.empty()) return;
  link.core_pump_planned = true;
  const Instant at = std::max(link.to_core.front().at, link.frozen_until);
  timeline_.plan(at, [this, id = link.id] { pump_core(id); });
}

void Network::plan_peer_pump(Link& link) {
  if (link.peer_pump_planned || link.to_peer.empty()) return;
  link.peer_pump_planned = true;
  const Instant at = std::max(link.to_peer.front().at, link.frozen_until);
  timeline_.plan(at, [this, id = link.id] { pump_peer(id); });
}

void Network::pump_core(LinkId id) {
  if (Link* const link = find(id)) link->core_pump_planned = false;
  for (;;) {
    Link* const link = find(id);
    if (link == nullptr || link->core_gone || link->to_core.empty()) break;
    const ToCore::Kind kind = link->to_core.front().kind;
    const bool due =
        link->to_core.front().at <= timeline_.at() && link->frozen_until <= timeline_.at();
    if (!due && kind != ToCore::Kind::kReset) {
      plan_core_pump(*link);
      break;
    }
    if (link->to_core.front().at > timeline_.at()) break;
    if (!link->core_reads && kind != ToCore::Kind::kReset) {
      if (kind != ToCore::Kind::kPiece || link->in_hand == 0) break;
      --link->in_hand;
    }
    const ToCore item = std::move(link->to_core.front());
    link->to_core.pop_front();
    deliver(*link, item);
  }
  forget_if_done(id);
}

void Network::pump_peer(LinkId id) {
  if (Link* const link = find(id)) link->peer_pump_planned = false;
  for (;;) {
    Link* const link = find(id);
    if (link == nullptr || link->peer_gone || link->to_peer.empty()) break;
    if (!link->peer_reads) {
      // What it does not read it does not miss when the other end has gone, either.
      if (link->core_gone) link->peer_gone = true;
      break;
    }
    if (link->to_peer.front().at > timeline_.at() || link->frozen_until > timeline_.at()) {
      plan_peer_pump(*link);
      break;
    }
    const ToPeer item = std::move(link->to_peer.front());
    link->to_peer.pop_front();
    if (link->to_peer.empty()) taken(*link);
    const std::shared_ptr<Peer> peer = link->peer;
    switch (item.kind) {
      case ToPeer::Kind::kBytes: peer->bytes(item.data); break;
      case ToPeer::Kind::kOpened: peer->opened(); break;
      case ToPeer::Kind::kText: peer->message(item.data); break;
      case ToPeer::Kind::kClose:
        link->peer_gone = true;
        peer->closed(item.code);
        break;
    }
  }
  forget_if_done(id);
}

bool Network::takes(const Link& link) const {
  return link.peer_reads && link.frozen_until <= timeline_.at();
}

void Network::taken(Link& link) {
  link.unread = 0;
  const bool writable = link.blocked;
  const bool sent = link.sent_owed;
  link.blocked = link.sent_owed = false;
  if (link.core_closing && !link.websocket) {
    timeline_.plan(Duration::us(50),
                   [this, id = link.id] { finish_core(id, in::WsEnd::kWeClosed, 0, true); });
  }
  if (!writable && !sent) return;
  timeline_.plan(Duration(), [this, id = link.id, writable, sent] {
    const Link* const now = find(id);
    if (now == nullptr || now->core_gone) return;
    if (sent) gate_.deliver(in::Sent{now->socket});
    if (writable && find(id) != nullptr && !now->core_gone) {
      gate_.deliver(in::WsWritable{now->socket});
    }
  });
}

void Network::forget_if_done(LinkId id) {
  const Link* const link = find(id);
  if (link != nullptr && link->core_gone && link->peer_gone) links_.erase(id);
}

// --- Towards the core
// ------------------------------------------------------------------------------

void Network::accept(Link& link) {
  if (free_places_.empty() || !powered_) {
    link.core_gone = true;
    link.to_core.clear();
    queue(link, ToPeer{{}, ToPeer::Kind::kClose, 1006, {}});
    return;
  }
  const uint16_t place = free_places_.back();
  free_places_.pop_back();
  if (++generations_[place] == 0) generations_[place] = 1;
  link.socket = {place, generations_[place]};
  by_place_[place] = link.id;
  gate_.deliver(in::Accepted{link.socket, link.listener, link.tls, link.address});
}

void Network::deliver(Link& link, const ToCore& item) {
  const SocketId socket = link.socket;
  switch (item.kind) {
    case ToCore::Kind::kAccept: accept(link); return;
    case ToCore::Kind::kBytes:
      if (!link.core_closing) gate_.deliver(in::Received{socket, bytes_of(item.data)});
      return;
    case ToCore::Kind::kPiece:
      gate_.deliver(in::WsReceived{socket, bytes_of(item.data), item.binary, item.first, item.last,
                                   item.frame_left});
      return;
    case ToCore::Kind::kOpened:
      if (link.core_closing) return;  // Cancelled meanwhile.
      link.ws_open = true;
      gate_.deliver(in::WsOpened{socket});
      return;
    case ToCore::Kind::kPong: gate_.deliver(in::WsPong{socket}); return;
    case ToCore::Kind::kEof:
      finish_core(link.id, in::WsEnd::kPeerClosed, item.code,
                  link.unread <= kPeerWindow + kSendBuffer);
      return;
    case ToCore::Kind::kReset: finish_core(link.id, in::WsEnd::kBroken, 1006, false); return;
  }
}

// The last value of a socket.
void Network::finish_core(LinkId id, in::WsEnd end, uint16_t code, bool flushed) {
  Link* const link = find(id);
  if (link == nullptr || link->core_gone) return;
  link->core_gone = true;
  link->to_core.clear();
  const SocketId socket = link->socket;
  by_place_.erase(socket.index);
  if (!link->dialled) free_places_.push_back(socket.index);
  const bool websocket = link->websocket || link->dialled;
  if (!link->core_closing && !link->peer_gone) link->peer_gone = true;
  if (websocket && (link->ws_open || link->dialled)) {
    gate_.deliver(in::WsClosed{socket, end, code, {}});
  } else {
    gate_.deliver(in::Closed{socket, flushed});
  }
  forget_if_done(id);
}

void Network::power_cut() {
  powered_ = false;
  std::vector<LinkId> cut;
  for (const auto& [id, link] : links_) {
    if (!link->core_gone) cut.push_back(id);
  }
  for (const LinkId id : cut) {
    Link& link = *find(id);
    // One that was not accepted yet will be refused.
    const auto place = by_place_.find(link.socket.index);
    const bool taken = place != by_place_.end() && place->second == id;
    if (!taken) continue;
    by_place_.erase(place);
    if (!link.dialled) free_places_.push_back(link.socket.index);
    link.core_gone = true;
    link.to_core.clear();
    if (!link.peer_reads) {  // It will not notice.
      link.peer_gone = true;
      link.to_peer.clear();
    }
    if (!link.peer_gone) queue(link, ToPeer{{}, ToPeer::Kind::kClose, 1006, {}});
    forget_if_done(id);
  }
}

// --- Peers
// -----------------------------------------------------------------------------------------

LinkId Network::connect(std::shared_ptr<Peer> peer, in::Listener listener, bool tls,
                        IpAddress address) {
  auto link = std::make_unique<Link>();
  link->id = ++last_link_;
  link->peer = std::move(peer);
  link->listener = listener;
  link->tls = tls;
  link->address = address;
  Link& kept = *link;
  links_[kept.id] = std::move(link);
  queue(kept, ToCore{{}, ToCore::Kind::kAccept}, latency());
  return kept.id;
}

size_t Network::piece_size(size_t left) {
  SeededEntropy& random = timeline_.random;
  if (left <= 1 || !random.strikes(traits_.split_permille)) return left;
  return 1 + random.below(random.strikes(500) ? std::min<size_t>(left, 8) : left);
}

void Network::send_bytes(LinkId id, std::string_view bytes) {
  Link* const link = find(id);
  if (link == nullptr || link->core_gone || link->peer_gone) return;
  std::string_view rest = bytes;
  const Duration delay = latency();
  while (!rest.empty()) {
    const size_t n = piece_size(rest.size());
    ToCore item;
    item.kind = ToCore::Kind::kBytes;
    item.data = rest.substr(0, n);
    rest.remove_prefix(n);
    queue(*link, std::move(item), delay);
  }
}

void Network::send_text(LinkId id, std::string_view text, bool binary) {
  Link* const link = find(id);
  if (link == nullptr || link->core_gone || link->peer_gone) return;
  const Duration delay = latency();
  std::string_view rest = text;
  bool first = true;
  size_t frame = 0;  // Bytes left of the present frame; a message may have several.
  do {
    if (frame == 0) frame = timeline_.random.strikes(20) ? piece_size(rest.size()) : rest.size();
    const size_t n = piece_size(frame);
    ToCore item;
    item.kind = ToCore::Kind::kPiece;
    item.binary = binary;
    item.first = first;
    item.data = rest.substr(0, n);
    rest.remove_prefix(n);
    frame -= n;
    item.frame_left = frame;
    item.last = rest.empty();
    first = false;
    queue(*link, std::move(item), delay);
  } while (!rest.empty());
}

void Network::close(LinkId id, uint16_t code) {
  Link* const link = find(id);
  if (link == nullptr || link->peer_gone) return;
  link->peer_gone = true;
  link->to_peer.clear();
  ToCore item;
  item.kind = ToCore::Kind::kEof;
  item.code = code;
  if (!link->core_gone) queue(*link, std::move(item), latency());
  timeline_.plan(Duration(), [this, id] { forget_if_done(id); });
}

void Network::drop(LinkId id) {
  Link* const link = find(id);
  if (link == nullptr || link->peer_gone) return;
  link->peer_gone = true;
  link->to_peer.clear();
  // A connection that was never accepted is simply not there.
  while (!link->to_core.empty() && link->to_core.front().kind != ToCore::Kind::kAccept) {
    link->to_core.pop_front();
  }
  if (link->to_core.size() > 1) link->to_core.resize(1);
  ToCore item;
  item.kind = ToCore::Kind::kReset;
  item.at = timeline_.at() + latency();
  if (!link->to_core.empty()) item.at = std::max(item.at, link->to_core.back().at);
  const Instant at = item.at;
  link->to_core.push_back(std::move(item));
  timeline_.plan(at, [this, id] { pump_core(id); });
}

void Network::read(LinkId id, bool on) {
  Link* const link = find(id);
  if (link == nullptr || link->peer_gone) return;
  link->peer_reads = on;
  if (on) plan_peer_pump(*link);
}

void Network::freeze(LinkId id, Duration time) {
  if (Link* const link = find(id)) link->frozen_until = timeline_.at() + time;
}

void Network::check_pacing(LinkId id, Duration ahead_max) {
  if (Link* const link = find(id)) link->pacing.begin(ahead_max);
}

// --- What the core asks
// ----------------------------------------------------------------------------

void Network::perform(const out::Write& write) {
  Link* const link = find(write.socket);
  if (link == nullptr) return;
  if (link->core_closing || link->websocket) {
    gate_.violation("a write on a socket that is closing or a WebSocket");
    return;
  }
  queue(*link, ToPeer{{}, ToPeer::Kind::kBytes, 0, std::string(text_of(write.bytes))});
  if (!takes(*link)) {
    link->unread += write.bytes.size();
    if (link->unread > kPeerWindow + kSendBuffer) {
      link->sent_owed = true;
      return;
    }
  }
  const Duration delay = Duration::us(20 + static_cast<int64_t>(timeline_.random.below(200)));
  timeline_.plan(delay, [this, id = link->id] {
    const Link* const now = find(id);
    if (now != nullptr && !now->core_gone && !now->websocket) gate_.deliver(in::Sent{now->socket});
  });
}

void Network::perform(const out::Close& close) {
  Link* const link = find(close.socket);
  if (link == nullptr || (link->core_closing && !close.now)) return;
  const bool stuck = !takes(*link) && link->unread > kPeerWindow + kSendBuffer;
  if (!link->core_closing) queue(*link, ToPeer{{}, ToPeer::Kind::kClose, 0, {}});
  link->core_closing = true;
  if (stuck && !close.now) return;  // Until the peer reads or goes away.
  timeline_.plan(Duration::us(50), [this, id = link->id, stuck] {
    finish_core(id, in::WsEnd::kWeClosed, 0, !stuck);
  });
}

void Network::perform(const out::WsAccept& accept) {
  Link* const link = find(accept.socket);
  if (link == nullptr) return;
  if (link->core_closing || link->websocket) {
    gate_.violation("a WebSocket accepted where there is no handshake");
    return;
  }
  // The peers of this world send nothing before the handshake is answered.
  if (accept.key.size() != 24 || !accept.early.empty()) {
    gate_.violation("a WebSocket accepted without its key, or with bytes nobody sent");
  }
  link->websocket = true;
  queue(*link, ToCore{{}, ToCore::Kind::kOpened}, Duration::us(100));
  queue(*link, ToPeer{{}, ToPeer::Kind::kOpened, 0, {}});
}

void Network::perform(const out::WsDial& dial) {
  if (dial.socket.index < limits::kAcceptedMax || by_place_.count(dial.socket.index) > 0) {
    gate_.violation("a dial from a place that is taken or not the core's");
    return;
  }
  auto owned = std::make_unique<Link>();
  Link& link = *owned;
  link.id = ++last_link_;
  link.socket = dial.socket;
  link.dialled = link.websocket = true;
  links_[link.id] = std::move(owned);
  by_place_[dial.socket.index] = link.id;
  DialRequest request{dial.tls, std::string(dial.host), dial.port, std::string(dial.target),
                      std::string(dial.headers)};
  const DialAnswer answer = dialling_.answer(request, link.id);
  const Duration needed = latency() + latency() + answer.after;
  const bool late = needed > dial.timeout;
  if (answer.peer == nullptr || late) {
    link.peer_gone = true;
    const in::WsEnd end = late ? in::WsEnd::kTimeout : answer.end;
    const Duration after = late || end == in::WsEnd::kTimeout ? dial.timeout : needed;
    timeline_.plan(after, [this, id = link.id, end, status = answer.status] {
      finish_core(id, end, status, true);
    });
    return;
  }
  link.peer = answer.peer;
  queue(link, ToCore{{}, ToCore::Kind::kOpened}, needed);
  queue(link, ToPeer{{}, ToPeer::Kind::kOpened, 0, {}});
}

void Network::perform(const out::WsSend& send) {
  Link* const link = find(send.socket);
  if (link == nullptr) return;
  if (!link->ws_open || link->core_closing) {
    gate_.violation("a message on a WebSocket that is not open");
    return;
  }
  std::string text(send.text.begin(), send.text.end());
  if (!link->pacing.sent(text, timeline_.at())) {
    gate_.violation("media " + std::to_string(link->pacing.ahead().us()) +
                    " us ahead of real time on link " + std::to_string(link->id) +
                    ", more than the lead allows (B-AUD-4)");
  }
  if (!takes(*link)) {
    link->unread += text.size();
    const size_t held = link->unread > kPeerWindow ? link->unread - kPeerWindow : 0;
    const bool first = held > kSendBuffer && !link->blocked;
    if (held > kSendBuffer) link->blocked = true;
    if (first || (link->blocked && held > limits::kUnsentBytesMax)) {
      timeline_.plan(Duration(), [this, id = link->id, held] {
        const Link* const now = find(id);
        if (now == nullptr || now->core_gone || !now->blocked) return;
        gate_.deliver(in::WsBlocked{now->socket, static_cast<uint32_t>(held)});
      });
    }
  }
  queue(*link, ToPeer{{}, ToPeer::Kind::kText, 0, std::move(text)});
}

void Network::perform(const out::WsPing& ping) {
  Link* const link = find(ping.socket);
  if (link == nullptr || !link->ws_open || link->peer_gone || !link->peer_reads) return;
  queue(*link, ToCore{{}, ToCore::Kind::kPong}, latency() + latency());
}

void Network::perform(const out::WsClose& close) {
  Link* const link = find(close.socket);
  if (link == nullptr || link->core_closing) return;
  link->core_closing = true;
  queue(*link, ToPeer{{}, ToPeer::Kind::kClose, close.code, {}});
  const Duration answer = takes(*link) ? latency() + latency() : kCloseTimeout;
  timeline_.plan(answer, [this, id = link->id, code = close.code] {
    Link* const now = find(id);
    if (now == nullptr) return;
    if (!now->peer_reads) {  // It will not notice: the platform gives up.
      now->peer_gone = true;
      now->to_peer.clear();
    }
    finish_core(id, in::WsEnd::kWeClosed, code, true);
  });
}

void Network::perform(const out::WsRead& read) {
  Link* const link = find(read.socket);
  if (link == nullptr || link->core_reads == read.on) return;
  link->core_reads = read.on;
  link->in_hand = timeline_.random.below(3);
  if (read.on) plan_core_pump(*link);
}

}  // namespace hookflash::sim
