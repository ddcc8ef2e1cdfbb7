#include <cstring>

#include "base/check.h"
#include "http/server.h"

// How HttpServer answers; what leads to an answer is in server.cpp.
namespace hookflash {
namespace {

constexpr size_t kErrorBodyBytesMax = 512;

std::string_view write_plain_error(uint16_t status, TextWriter& body) {
  body.number(status).put(' ').put(reason_of(status)).put('\n');
  return "text/plain; charset=utf-8";
}

}  // namespace

bool HttpServer::respond(RequestRef request, const Answer& answer, Now now) {
  Connection* connection = find(request);
  if (connection == nullptr) return false;
  connection->reports = true;
  send(*connection, answer, Unread::kNo, now);
  return true;
}

Duration HttpServer::waited(RequestRef request, Now now) {
  const Connection* connection = find(request);
  return connection == nullptr ? Duration() : now.mono - connection->head_complete;
}

bool HttpServer::accept_websocket(RequestRef request) {
  Connection* connection = find(request);
  if (connection == nullptr || connection->state != Connection::State::kUpgrade ||
      connection->stash_overflowed) {
    return false;
  }
  // The head was judged before; the platform needs its key, and whatever came in behind it.
  CHECK(head_.parse(connection->head.text(), single_) == HeadFault::kNone);
  const std::span<char> behind = connection->head.rest().first(connection->stash_size);
  outbox_->push(out::WsAccept{
      .socket = connection->peer.socket,
      .key = outbox_->keep(head_.header("sec-websocket-key")),
      .early = bytes_of(outbox_->keep(std::string_view(behind.data(), behind.size())))});
  release(*connection);
  return true;
}

void HttpServer::send_error(Connection& connection, uint16_t status, Unread unread, Now now) {
  char text[kErrorBodyBytesMax];
  TextWriter body(text, sizeof text);
  Answer answer{.status = status};
  answer.content_type = write_plain_error(status, body);
  answer.body = body.view();
  answer.close = true;
  send(connection, answer, unread, now);
}

void HttpServer::send_group_error(Connection& connection, uint16_t status, std::string_view headers,
                                  bool close, Unread unread, Now now) {
  char text[kErrorBodyBytesMax];
  TextWriter body(text, sizeof text);
  Answer answer{.status = status};
  answer.content_type = handler_->write_error(connection.group, status, body);
  answer.headers = headers;
  answer.body = body.view();
  answer.close = close;
  send(connection, answer, unread, now);
}

void HttpServer::send(Connection& connection, const Answer& answer, Unread unread, Now now) {
  end_count(connection);
  const bool closes = answer.close || unread == Unread::kYes || !connection.keeps_alive ||
                      connection.stash_overflowed || draining_;
  write(connection.peer.socket, answer, closes, connection.is_head_request, now);
  if (unread == Unread::kYes && connection.unread != 0) {
    connection.state = Connection::State::kLingering;
    deadlines_.arm(connection.deadline, now.mono + limits::kLingerTime);
  } else if (closes) {
    close(connection, now);
  } else {
    connection.state = Connection::State::kSending;
    deadlines_.arm(connection.deadline, now.mono + limits::kAnswerSendTimeout);
  }
}

void HttpServer::write(SocketId socket, const Answer& answer, bool closes, bool without_body,
                       Now now) {
  const std::span<char> memory = outbox_->reserve(kAnswerHeadBytesMax + answer.content_type.size() +
                                                  answer.headers.size() + answer.body.size());
  TextWriter text(memory);
  write_answer_head(text, answer, now.wall, closes);
  if (!without_body) text.put(answer.body);
  CHECK(!text.overflowed());
  outbox_->shrink(memory, text.size());
  outbox_->push(out::Write{socket, bytes_of(text.view())});
}

void HttpServer::close(Connection& connection, Now now) {
  connection.state = Connection::State::kClosing;
  outbox_->push(out::Close{connection.peer.socket});
  deadlines_.arm(connection.deadline, now.mono + limits::kAnswerSendTimeout);
}

void HttpServer::give_up_upgrade(Connection& connection, Now now) {
  const RequestRef request = ref_of(connection);
  handler_->on_refused(HttpRefusal::kHandshake, connection.tag);
  send_group_error(connection, 400, "", true, Unread::kYes, now);
  handler_->on_gone(request, now);
}

void HttpServer::refuse_connection(SocketId socket, Now now) {
  char text[kErrorBodyBytesMax];
  TextWriter body(text, sizeof text);
  Answer answer{.status = 503};
  answer.content_type = write_plain_error(503, body);
  answer.body = body.view();
  write(socket, answer, true, false, now);
  outbox_->push(out::Close{socket});
}

}  // namespace hookflash
