#include "platform/sim/http_exchange.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace hookflash::sim {
namespace {

bool equal_without_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

}  // namespace

std::string_view HttpAnswer::header(std::string_view name) const {
  std::string_view rest = head;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(std::min(rest.size(), line.size() + 2));
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || !equal_without_case(line.substr(0, colon), name))
      continue;
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    return value;
  }
  return {};
}

bool HttpAnswerReader::feed(std::string_view bytes, bool end) {
  text_.append(bytes);
  while (!head_done_) {
    const size_t blank = text_.find("\r\n\r\n");
    if (blank == std::string::npos) return false;
    answer_.head = text_.substr(0, blank + 2);
    text_.erase(0, blank + 4);
    if (answer_.head.size() > 12) {
      std::from_chars(answer_.head.data() + 9, answer_.head.data() + 12, answer_.status);
    }
    if (answer_.status == 100) continue;
    head_done_ = true;
    const std::string_view length = answer_.header("content-length");
    length_known_ = !length.empty();
    std::from_chars(length.data(), length.data() + length.size(), body_wanted_);
    if (answer_.status == 204 || answer_.status == 304) {
      length_known_ = true;
      body_wanted_ = 0;
    }
  }
  if (length_known_ ? text_.size() >= body_wanted_ : end) {
    answer_.body = length_known_ ? text_.substr(0, body_wanted_) : text_;
    complete_ = true;
  }
  return complete_;
}

std::shared_ptr<HttpExchange> HttpExchange::start(Network& network, Timeline& timeline,
                                                  const HttpRequest& request, bool tls,
                                                  IpAddress address, Done done) {
  auto exchange = std::make_shared<HttpExchange>(network, std::move(done));
  const LinkId link = network.connect(exchange, in::Listener::kMain, tls, address);
  exchange->link_ = link;
  std::string head =
      request.method + " " + request.target + " HTTP/1.1\r\nHost: " + request.host + "\r\n";
  for (const std::string& header : request.headers) head += header + "\r\n";
  if (!request.body.empty() || request.method == "POST") {
    head += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  head += "\r\n";
  if (request.pieces <= 1) {
    network.send_bytes(link, head + request.body);
    return exchange;
  }
  network.send_bytes(link, head);
  const size_t size = request.body.size() / request.pieces + 1;
  Duration after;
  for (size_t at = 0; at < request.body.size(); at += size) {
    after += Duration::ms(30);
    timeline.plan(after, [&network, link, piece = request.body.substr(at, size)] {
      network.send_bytes(link, piece);
    });
  }
  return exchange;
}

void HttpExchange::cancel() {
  done_ = nullptr;
  network_.drop(link_);
}

void HttpExchange::finish() {
  if (!done_) return;
  const Done done = std::move(done_);
  done_ = nullptr;
  done(reader_.answer());
}

void HttpExchange::bytes(std::string_view bytes) {
  if (reader_.complete() || !reader_.feed(bytes, false)) return;
  network_.close(link_, 0);
  finish();
}

void HttpExchange::closed(uint16_t) {
  if (!reader_.complete() && !reader_.feed({}, true)) reader_ = HttpAnswerReader();
  finish();
}

}  // namespace hookflash::sim
