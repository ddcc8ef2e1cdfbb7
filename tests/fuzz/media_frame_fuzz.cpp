#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/base64.h"
#include "base/check.h"
#include "json/document.h"
#include "json/field_scanner.h"

// Messages on media sockets, cut into any pieces. Whatever the bytes are: the scanner says the same
// for every cut, everything it takes is strict JSON, and each field it gives is the one a parser
// finds. Input: one byte that chooses the cuts, then the message.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace hookflash::json {
namespace {

inline constexpr FieldTable kFields({{.path = "event", .capacity = 16},
                                     {.path = "streamSid", .capacity = 64},
                                     {.path = "sequenceNumber", .capacity = 20},
                                     {.path = "start"},
                                     {.path = "start.callSid", .capacity = 128},
                                     {.path = "start.customParameters.token", .capacity = 104},
                                     {.path = "start.mediaFormat.sampleRate", .capacity = 8},
                                     {.path = "media.payload", .payload = true},
                                     {.path = "media.timestamp", .capacity = 20},
                                     {.path = "mark.name", .capacity = 64}});
constexpr size_t kPayloadField = 7;
using Scanner = FieldScanner<kFields>;

class Collected final : public PayloadSink {
 public:
  bool on_payload(Bytes piece) override {
    CHECK(!piece.empty());
    bytes.append(text_of(piece));
    return true;
  }
  std::string bytes;
};

Progress scan(Scanner& scanner, std::string_view text, uint32_t cuts, Collected& sink) {
  scanner.begin();
  while (cuts != 0 && !text.empty()) {
    cuts = cuts * 1'103'515'245U + 12'345U;
    const size_t piece = std::min<size_t>((cuts >> 16) % 13, text.size());
    const std::string copy(text.substr(0, piece));
    const Progress progress = scanner.feed(copy, false, &sink);
    CHECK(progress != Progress::kComplete);
    if (progress == Progress::kInvalid) return progress;
    text.remove_prefix(piece);
  }
  return scanner.feed(text, true, &sink);
}

Value at(Value from, std::string_view path) {
  while (true) {
    const size_t dot = path.find('.');
    from = from.member(path.substr(0, dot));
    if (dot == std::string_view::npos) return from;
    path = path.substr(dot + 1);
  }
}

void compare_with_parser(const Scanner& scanner, Progress progress, const Collected& sink,
                         std::string_view text) {
  static Arena arena;
  {
    Document document(arena);
    const Status status = document.parse(text);
    // The parser refuses more: a name twice anywhere, too many members, more than its memory.
    if (status != Status::kOk) return;
    CHECK(progress == Progress::kComplete);
    for (size_t i = 0; i < kFields.size(); ++i) {
      const Field& field = kFields.view().fields[i];
      const Value value = at(document.root(), field.path);
      CHECK(scanner.kind(i) == value.kind());
      if (!value.is_string() || field.capacity == 0) continue;
      const std::string_view found = scanner.text(i);
      CHECK(scanner.overlong(i) == (value.text().size() > field.capacity));
      CHECK(value.text().substr(0, found.size()) == found);
      CHECK(scanner.overlong(i) || found.size() == value.text().size());
    }
    const Value payload = at(document.root(), kFields.view().fields[kPayloadField].path);
    if (payload.is_string()) {
      std::string decoded(payload.text().size(), ' ');
      const auto length = base64_decode(
          payload.text(), {reinterpret_cast<uint8_t*>(decoded.data()), decoded.size()});
      CHECK(length.ok() == (scanner.payload() == PayloadState::kGood));
      CHECK(!length.ok() || decoded.substr(0, *length) == sink.bytes);
    } else {
      CHECK((scanner.payload() == PayloadState::kAbsent) == !payload.is_set());
    }
  }
  CHECK(arena.empty());
}

}  // namespace
}  // namespace hookflash::json

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hookflash;
  using namespace hookflash::json;
  if (size == 0) return 0;
  const std::string text(text_of(Bytes(data + 1, size - 1)));
  Scanner whole;
  Collected whole_sink;
  const Progress progress = scan(whole, text, 0, whole_sink);
  CHECK(progress != Progress::kMore);

  Scanner pieces;
  Collected pieces_sink;
  CHECK(scan(pieces, text, data[0] + 1U, pieces_sink) == progress);
  if (progress == Progress::kComplete) {
    for (size_t i = 0; i < kFields.size(); ++i) {
      CHECK(whole.kind(i) == pieces.kind(i) && whole.text(i) == pieces.text(i));
      CHECK(whole.overlong(i) == pieces.overlong(i));
    }
    CHECK(whole.payload() == pieces.payload());
    if (whole.payload() == PayloadState::kGood) {
      CHECK(whole_sink.bytes == pieces_sink.bytes);
      CHECK(whole.payload_bytes() == whole_sink.bytes.size());
    }
  }
  compare_with_parser(whole, progress, whole_sink, text);
  return 0;
}
