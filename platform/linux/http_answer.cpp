#include "platform/linux/http_answer.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace hookflash {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same(std::string_view text, std::string_view lower_case) {
  return text.size() == lower_case.size() &&
         std::equal(text.begin(), text.end(), lower_case.begin(),
                    [](char a, char b) { return lower(a) == b; });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Calls visit(element) for each element of a comma-separated list.
template <typename Visit>
void for_each_element(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const size_t comma = list.find(',');
    visit(trimmed(list.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

// Plain digits and nothing else.
bool parse_digits(std::string_view text, int base, uint64_t& value) {
  if (text.empty()) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc() && end == text.data() + text.size() && text.front() != '-';
}

}  // namespace

HttpAnswer::Result HttpAnswer::take(Bytes bytes, MutableBytes body, size_t& taken) {
  const size_t offered = bytes.size();
  taken = 0;
  Result result = Result::kMore;
  while (result == Result::kMore && !bytes.empty()) {
    if (part_ == Part::kDone) {
      result = Result::kComplete;
    } else if (part_ == Part::kSized || part_ == Part::kChunk || part_ == Part::kToEnd) {
      result = take_body(bytes, body);
    } else {
      // A line, up to and with its LF.
      const auto* const feed =
          static_cast<const uint8_t*>(std::memchr(bytes.data(), '\n', bytes.size()));
      const size_t count =
          feed == nullptr ? bytes.size() : static_cast<size_t>(feed - bytes.data()) + 1;
      head_bytes_ += count;
      if (head_bytes_ > linux_limits::kAnswerHeadBytesMax) return Result::kTooLarge;
      // Longer lines are only cut: nothing we read is that long.
      const std::string_view piece = text_of(bytes.first(count));
      const size_t room = FixedText<kLineBytesMax>::capacity() - line_.size();
      if (piece.size() > room) line_cut_ = true;
      (void)line_.append(piece.substr(0, std::min(room, piece.size())));
      bytes = bytes.subspan(count);
      if (feed == nullptr) break;
      std::string_view line = line_.view();
      while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
      result = take_line(line);
      line_.clear();
      line_cut_ = false;
    }
  }
  taken = offered - bytes.size();
  if (result == Result::kMore && part_ == Part::kDone) result = Result::kComplete;
  return result;
}

HttpAnswer::Result HttpAnswer::end() const {
  return part_ == Part::kToEnd || part_ == Part::kDone ? Result::kComplete : Result::kMalformed;
}

HttpAnswer::Result HttpAnswer::take_line(std::string_view line) {
  switch (part_) {
    case Part::kStatus: return take_status(line);
    case Part::kHeader: return line.empty() ? head_ended() : take_header(line);
    case Part::kChunkSize: return take_chunk_size(line);
    case Part::kChunkEnd:
      if (!line.empty()) return Result::kMalformed;
      part_ = Part::kChunkSize;
      return Result::kMore;
    case Part::kTrailer:
      if (line.empty()) part_ = Part::kDone;
      return Result::kMore;
    case Part::kSized:
    case Part::kChunk:
    case Part::kToEnd:
    case Part::kDone: break;
  }
  return Result::kMalformed;
}

// HTTP/1.x SP three digits, then SP and a reason that is not read.
HttpAnswer::Result HttpAnswer::take_status(std::string_view line) {
  uint64_t status = 0;
  if (line.size() < 12 || !line.starts_with("HTTP/1.") || (line[7] != '1' && line[7] != '0') ||
      line[8] != ' ' || !parse_digits(line.substr(9, 3), 10, status) || status < 100 ||
      (line.size() > 12 && line[12] != ' ')) {
    return Result::kMalformed;
  }
  head_.status = static_cast<uint16_t>(status);
  minor_zero_ = line[7] == '0';
  part_ = Part::kHeader;
  return Result::kMore;
}

HttpAnswer::Result HttpAnswer::take_header(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 || line[0] == ' ' || line[0] == '\t') {
    return Result::kMalformed;  // Also folded lines (RFC 9112 section 5.2).
  }
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (same(name, "content-length")) {
    uint64_t length = 0;
    if (line_cut_ || !parse_digits(value, 10, length) || (sized_ && length != remaining_)) {
      return Result::kMalformed;
    }
    sized_ = true;
    remaining_ = length;
  } else if (same(name, "transfer-encoding")) {
    if (!same(value, "chunked") || chunked_) return Result::kMalformed;
    chunked_ = true;
  } else if (same(name, "connection")) {
    for_each_element(value, [this](std::string_view element) {
      if (same(element, "close")) connection_close_ = true;
      if (same(element, "keep-alive")) connection_keep_alive_ = true;
      if (same(element, "upgrade")) connection_upgrade_ = true;
    });
  } else if (same(name, "upgrade")) {
    if (same(value, "websocket")) upgrade_ = true;
  } else if (same(name, "retry-after")) {
    uint64_t seconds = 0;
    if (parse_digits(value, 10, seconds)) {
      head_.retry_after_seconds = static_cast<int32_t>(std::min<uint64_t>(seconds, 86'400));
    }
  } else if (same(name, "content-type")) {
    if (!ok(head_.content_type.assign(value))) head_.content_type.clear();
  } else if (same(name, "sec-websocket-accept")) {
    if (value.size() == 28) head_.accept.set(value);
  } else if (same(name, "sec-websocket-extensions") || same(name, "sec-websocket-protocol")) {
    head_.extensions = true;
  }
  return Result::kMore;
}

HttpAnswer::Result HttpAnswer::head_ended() {
  const uint16_t status = head_.status;
  if (status < 200 && status != 101) {
    const size_t head_bytes = head_bytes_;
    begin();
    head_bytes_ = head_bytes;  // Interim answers do not stretch the limit.
    return Result::kMore;
  }
  if (chunked_ && sized_) return Result::kMalformed;
  head_.upgrade_websocket = upgrade_ && connection_upgrade_;
  head_.keep_alive = !connection_close_ && (!minor_zero_ || connection_keep_alive_);
  if (status == 101 || status == 204 || status == 304) {
    part_ = Part::kDone;
  } else if (chunked_) {
    part_ = Part::kChunkSize;
  } else if (sized_) {
    part_ = remaining_ == 0 ? Part::kDone : Part::kSized;
  } else {
    part_ = Part::kToEnd;
    head_.keep_alive = false;
  }
  return part_ == Part::kDone ? Result::kComplete : Result::kMore;
}

HttpAnswer::Result HttpAnswer::take_chunk_size(std::string_view line) {
  head_bytes_ = 1;  // Chunk lines are bounded each for itself.
  const std::string_view size = trimmed(line.substr(0, line.find(';')));
  if (size.size() > 8 || !parse_digits(size, 16, remaining_)) return Result::kMalformed;
  part_ = remaining_ == 0 ? Part::kTrailer : Part::kChunk;
  return Result::kMore;
}

HttpAnswer::Result HttpAnswer::take_body(Bytes& bytes, MutableBytes body) {
  size_t count = bytes.size();
  if (part_ != Part::kToEnd) count = static_cast<size_t>(std::min<uint64_t>(count, remaining_));
  const uint64_t announced = part_ == Part::kToEnd ? count : remaining_;
  if (announced > body.size() - body_size_) return Result::kTooLarge;
  std::memcpy(body.data() + body_size_, bytes.data(), count);
  body_size_ += count;
  bytes = bytes.subspan(count);
  if (part_ == Part::kToEnd) return Result::kMore;
  remaining_ -= count;
  if (remaining_ == 0) part_ = part_ == Part::kSized ? Part::kDone : Part::kChunkEnd;
  return Result::kMore;
}

}  // namespace hookflash
