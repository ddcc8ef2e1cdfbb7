#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/time.h"
#include "hal/in.h"
#include "hal/socket_id.h"
#include "limits.h"

namespace hookflash {

// Whoever dials a WebSocket and lives from what comes out of it.
class AppSocketUser {
 public:
  // Of the call it serves.
  [[nodiscard]] virtual uint16_t slot() const = 0;
  virtual void on_opened(Now now) = 0;
  virtual void on_received(const in::WsReceived& piece, Now now) = 0;
  virtual void on_pong(Now now) = 0;
  virtual void on_blocked(uint32_t unsent, Now now) = 0;
  virtual void on_writable(Now now) = 0;
  // The place is free again already.
  virtual void on_closed(const in::WsClosed& closed, Now now) = 0;

 protected:
  ~AppSocketUser() = default;
};

// The places of dialled WebSockets (hal/socket_id.h): which are taken, and by whom. A place is
// taken from open() until the platform's WsClosed, also when its user has let go of it long before:
// a closing handshake may still be under way there. All bytes zero is every place free.
class AppSockets {
 public:
  static constexpr size_t kFirst = limits::kAcceptedMax;
  static constexpr size_t kPlaces = limits::kAppLegsMax;
  static_assert(kFirst + kPlaces <= 0xFFFF, "SocketId::index is 16 bits wide");

  // A place for a WsDial; not set when all are taken. The user stays put until detach() or
  // on_closed().
  [[nodiscard]] SocketId open(AppSocketUser& user) {
    for (size_t tried = 0; tried < kPlaces; ++tried) {
      const size_t index = next_;
      next_ = (next_ + 1) % kPlaces;
      Place& place = places_[index];
      if (place.taken) continue;
      place.taken = true;
      place.user = &user;
      if (++place.generation == 0) place.generation = 1;
      ++size_;
      return {static_cast<uint16_t>(kFirst + index), place.generation};
    }
    return {};
  }

  // What still comes from this socket concerns nobody any more (B-APP-5: a replaced leg is
  // ignored).
  void detach(SocketId socket) {
    if (Place* const place = find(socket); place != nullptr) place->user = nullptr;
  }

  [[nodiscard]] size_t size() const { return size_; }

  // Whose socket this is; nullptr when nobody's any more.
  [[nodiscard]] const AppSocketUser* user(SocketId socket) { return user_of(socket); }

  // Marks of different streams carry different tags, so that an echo for a leg that was replaced
  // finds nobody. Never 0; comes back after 65,535 streams.
  uint16_t next_stream_tag() {
    if (++stream_tag_ == 0) stream_tag_ = 1;
    return stream_tag_;
  }

  // Whether this is a place of ours; only then the next functions may be called.
  static bool owns(SocketId socket) {
    return socket.index >= kFirst && socket.index < kFirst + kPlaces;
  }

  void handle(const in::WsOpened& value, Now now) {
    if (AppSocketUser* const user = user_of(value.socket)) user->on_opened(now);
  }
  void handle(const in::WsReceived& value, Now now) {
    if (AppSocketUser* const user = user_of(value.socket)) user->on_received(value, now);
  }
  void handle(const in::WsPong& value, Now now) {
    if (AppSocketUser* const user = user_of(value.socket)) user->on_pong(now);
  }
  void handle(const in::WsBlocked& value, Now now) {
    if (AppSocketUser* const user = user_of(value.socket)) user->on_blocked(value.unsent, now);
  }
  void handle(const in::WsWritable& value, Now now) {
    if (AppSocketUser* const user = user_of(value.socket)) user->on_writable(now);
  }
  void handle(const in::WsClosed& value, Now now) {
    Place* const place = find(value.socket);
    if (place == nullptr) return;
    AppSocketUser* const user = place->user;
    place->taken = false;
    place->user = nullptr;
    --size_;
    if (user != nullptr) user->on_closed(value, now);
  }

 private:
  struct Place {
    AppSocketUser* user = nullptr;
    uint16_t generation = 0;
    bool taken = false;
  };

  Place* find(SocketId socket) {
    CHECK(owns(socket));
    Place& place = places_[socket.index - kFirst];
    return place.taken && place.generation == socket.generation ? &place : nullptr;
  }
  AppSocketUser* user_of(SocketId socket) {
    const Place* const place = find(socket);
    return place == nullptr ? nullptr : place->user;
  }

  uint16_t stream_tag_ = 0;
  size_t size_ = 0;
  size_t next_ = 0;  // Freed places rest as long as possible, so generations last.
  std::array<Place, kPlaces> places_{};
};

}  // namespace hookflash
