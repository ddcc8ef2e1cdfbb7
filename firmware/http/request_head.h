#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "limits.h"

namespace hookflash {

// What is wrong with a head (contract section 18, steps 2 and 3).
enum class HeadFault : uint8_t {
  kNone,
  kLineTooLong,      // 414
  kHeadersTooLarge,  // 431
  kMalformed,        // 400
};

// Finds the end of a head in bytes that come in any split. The bytes are kept as they came.
class HeadReader {
 public:
  enum class State : uint8_t { kReading, kComplete, kFaulty };

  // Takes bytes up to the end of the head and returns how many; the rest belongs to the body. Takes
  // all of them when the head turns out to be faulty.
  size_t feed(Bytes bytes);

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] HeadFault fault() const { return fault_; }
  [[nodiscard]] bool started() const { return size_ != 0 || skipped_ != 0; }
  // With the empty line that ends it.
  [[nodiscard]] std::string_view text() const { return {bytes_.data(), size_}; }
  // Memory behind a complete head, free for whoever owns the connection.
  [[nodiscard]] std::span<char> rest() { return {bytes_.data() + size_, bytes_.size() - size_}; }
  void clear();

 private:
  void fail(HeadFault fault);
  void take(char c);

  State state_ = State::kReading;
  HeadFault fault_ = HeadFault::kNone;
  bool after_cr_ = false;
  uint8_t skipped_ = 0;  // Bytes of an empty line before the request line.
  size_t line_begin_ = 0;
  size_t headers_begin_ = 0;  // 0 until the request line is complete.
  size_t size_ = 0;
  std::array<char, limits::kHeadBytesMax> bytes_{};
};

// A judged head. Its views point into the text that was parsed.
class RequestHead {
 public:
  struct Header {
    std::string_view name;
    std::string_view value;  // Without spaces around it.
  };

  // Judges a complete head by section 18 step 3 and RFC 9112. `single` names the headers, in lower
  // case, that may occur only once (the carriers' signature headers). Host is not judged: a missing
  // or malformed one never breaks routing (B-WEB-2).
  HeadFault parse(std::string_view text, std::span<const std::string_view> single);

  [[nodiscard]] std::string_view method() const { return method_; }
  [[nodiscard]] bool is_head() const { return method_ == "HEAD"; }
  [[nodiscard]] uint8_t minor_version() const { return minor_version_; }
  // Path and query byte for byte; of an absolute target the part behind the authority.
  [[nodiscard]] std::string_view target() const { return target_; }
  [[nodiscard]] std::string_view raw_path() const { return target_.substr(0, raw_path_size_); }
  // Percent-decoded once.
  [[nodiscard]] std::string_view path() const { return {path_.data(), path_size_}; }
  [[nodiscard]] bool has_query() const { return raw_path_size_ < target_.size(); }
  // Byte for byte, without "?".
  [[nodiscard]] std::string_view query() const {
    return has_query() ? target_.substr(raw_path_size_ + 1) : std::string_view();
  }
  // Of an absolute target, else of the Host header; empty when there is none or more than one.
  [[nodiscard]] std::string_view authority() const;

  [[nodiscard]] std::span<const Header> headers() const { return {headers_.data(), header_count_}; }
  // Names compare without case. The first value; empty when there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
  [[nodiscard]] size_t count(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const { return count(name) != 0; }
  // True when a header that is a list of words holds this one, without case.
  [[nodiscard]] bool lists(std::string_view name, std::string_view word) const;

  [[nodiscard]] bool keeps_alive() const;  // HTTP/1.1 without "Connection: close".
  [[nodiscard]] bool chunked() const { return chunked_; }
  [[nodiscard]] bool has_length() const { return has_length_; }
  [[nodiscard]] uint64_t length() const { return length_; }  // Saturates.
  [[nodiscard]] bool has_body() const { return chunked_ || length_ != 0; }
  [[nodiscard]] bool expects_continue() const;

 private:
  HeadFault parse_request_line(std::string_view line);
  HeadFault parse_target(std::string_view target);
  HeadFault parse_header(std::string_view line);
  HeadFault judge_body_headers();

  std::string_view method_;
  std::string_view target_;
  std::string_view target_authority_;
  size_t raw_path_size_ = 0;
  size_t path_size_ = 0;
  size_t header_count_ = 0;
  uint64_t length_ = 0;
  uint8_t minor_version_ = 0;
  bool chunked_ = false;
  bool has_length_ = false;
  bool absolute_ = false;
  std::array<Header, limits::kHeadersMax> headers_{};
  std::array<char, limits::kRequestLineBytesMax> path_{};
};

// Letters, digits and the punctuation of a token (RFC 9110 section 5.6.2); not empty.
bool is_token(std::string_view text);

}  // namespace hookflash
