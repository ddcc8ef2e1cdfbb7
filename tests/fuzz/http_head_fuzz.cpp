// Aim: no bytes break the reader of heads, and no split of them changes what is read. The first
// byte chooses the split.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "http/request_head.h"
#include "http/websocket_handshake.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hookflash;
  if (size == 0) return 0;
  static HeadReader whole;
  static HeadReader split;
  static RequestHead head;
  const size_t step = data[0] % 7U + 1U;
  const Bytes bytes(data + 1, size - 1);

  whole.clear();
  const size_t taken = whole.feed(bytes);
  split.clear();
  size_t split_taken = 0;
  while (split_taken < bytes.size() && split.state() == HeadReader::State::kReading) {
    split_taken +=
        split.feed(bytes.subspan(split_taken, std::min(step, bytes.size() - split_taken)));
  }
  CHECK(whole.state() == split.state());
  CHECK(whole.fault() == split.fault());
  if (whole.state() != HeadReader::State::kComplete) return 0;
  CHECK(taken == split_taken);
  CHECK(whole.text() == split.text());

  constexpr std::string_view kSingle[] = {"x-twilio-signature"};
  if (head.parse(whole.text(), kSingle) != HeadFault::kNone) return 0;
  CHECK(is_token(head.method()));
  CHECK(!head.target().empty());
  CHECK(head.path().size() <= head.raw_path().size());
  CHECK(head.path().find('\0') == std::string_view::npos);
  CHECK(head.count("x-twilio-signature") <= 1);
  CHECK(!(head.chunked() && head.has_length()));
  for (const RequestHead::Header& header : head.headers()) {
    CHECK(head.has(header.name));
    CHECK(header.value.find_first_of("\r\n") == std::string_view::npos);
  }
  static_cast<void>(head.authority());
  static_cast<void>(judge_websocket_handshake(head));
  return 0;
}
