#include "json/field_scanner.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/base64.h"
#include "limits.h"

namespace hookflash::json {
namespace {

inline constexpr FieldTable kFields({{.path = "event", .capacity = 8},
                                     {.path = "streamSid", .capacity = 34},
                                     {.path = "media"},
                                     {.path = "media.payload", .payload = true},
                                     {.path = "media.timestamp", .capacity = 12},
                                     {.path = "start.customParameters.token", .capacity = 104},
                                     {.path = "flag", .capacity = 5}});
enum : size_t { kEvent, kStreamSid, kMedia, kPayload, kTimestamp, kToken, kFlag };

class Collected final : public PayloadSink {
 public:
  bool on_payload(Bytes piece) override {
    EXPECT_FALSE(piece.empty());
    EXPECT_LE(piece.size(), 768U);
    if (taken.size() + piece.size() > room) return false;
    taken.append(text_of(piece));
    return true;
  }
  std::string taken;
  size_t room = SIZE_MAX;
};

using Scanner = FieldScanner<kFields>;

struct Outcome {
  Progress progress = Progress::kInvalid;
  std::vector<std::string> texts;
  std::vector<Kind> kinds;
  std::vector<bool> overlong;
  PayloadState payload = PayloadState::kAbsent;
  std::string bytes;

  bool operator==(const Outcome&) const = default;
};

Outcome outcome_of(const Scanner& scanner, Progress progress, const Collected& sink) {
  Outcome out;
  out.progress = progress;
  if (progress != Progress::kComplete) return out;
  for (size_t i = 0; i < kFields.size(); ++i) {
    out.texts.emplace_back(scanner.text(i));
    out.kinds.push_back(scanner.kind(i));
    out.overlong.push_back(scanner.overlong(i));
  }
  out.payload = scanner.payload();
  if (out.payload == PayloadState::kGood) out.bytes = sink.taken;
  return out;
}

// Every piece in memory of its own, so that AddressSanitizer sees a read past its end.
Progress feed_copy(Scanner& scanner, std::string_view piece, bool last, PayloadSink* sink) {
  const std::vector<char> copy(piece.begin(), piece.end());
  return scanner.feed({copy.data(), copy.size()}, last, sink);
}

Outcome scan(std::string_view text, const std::vector<size_t>& cuts = {}) {
  Scanner scanner;
  scanner.begin();
  Collected sink;
  size_t from = 0;
  Progress progress = Progress::kMore;
  for (const size_t cut : cuts) {
    progress = feed_copy(scanner, text.substr(from, cut - from), false, &sink);
    EXPECT_NE(progress, Progress::kComplete);
    from = cut;
  }
  progress = feed_copy(scanner, text.substr(from), true, &sink);
  EXPECT_NE(progress, Progress::kMore);
  return outcome_of(scanner, progress, sink);
}

// Scans whole, byte by byte and cut in two at every place; all must agree.
Outcome scan_all_ways(std::string_view text) {
  const Outcome whole = scan(text);
  std::vector<size_t> every;
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_EQ(scan(text, {cut}), whole) << "cut at " << cut << " of " << text;
    every.push_back(cut);
  }
  EXPECT_EQ(scan(text, every), whole) << "byte by byte: " << text;
  return whole;
}

bool valid(std::string_view text) { return scan_all_ways(text).progress == Progress::kComplete; }

std::string base64(std::string_view bytes) {
  std::string text(base64_encoded_size(bytes.size()), ' ');
  base64_encode(bytes_of(bytes), text.data());
  return text;
}

std::string frame(std::string_view payload) {
  return R"({"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1",)"
         R"("timestamp":"64","payload":")" +
         std::string(payload) + R"("},"streamSid":"MZ00000000000000000000000000000001"})";
}

// Aim: the common media message gives its fields and its audio. Method: one 160-byte frame of every
// byte value, whole and cut at each place.
TEST(FieldScanner, ReadsAMediaMessage) {
  std::string audio;
  for (int i = 0; i < 160; ++i) audio.push_back(static_cast<char>(i * 7));
  const Outcome got = scan_all_ways(frame(base64(audio)));
  EXPECT_EQ(got.progress, Progress::kComplete);
  EXPECT_EQ(got.texts[kEvent], "media");
  EXPECT_EQ(got.texts[kTimestamp], "64");
  EXPECT_EQ(got.texts[kStreamSid], "MZ00000000000000000000000000000001");
  EXPECT_EQ(got.kinds[kMedia], Kind::kObject);
  EXPECT_EQ(got.kinds[kToken], Kind::kAbsent);
  EXPECT_EQ(got.payload, PayloadState::kGood);
  EXPECT_EQ(got.bytes, audio);
}

// Aim: neither the order of keys nor white space matters, and unwanted members of any shape are
// passed over. Method: a start message turned inside out.
TEST(FieldScanner, TakesAnyOrderSpaceAndUnknownMembers) {
  const Outcome got = scan_all_ways(
      " {\t\"x\" : [1,-2.5e+3,[{\"event\":\"no\"}],{}, [ ] ,true,null,\"\\u00e9\"],\r\n"
      "\"start\":{\"event\":\"inner\",\"customParameters\":{\"other\":{\"token\":\"deep\"},"
      "\"token\":\"abc\"},\"mediaFormat\":{\"sampleRate\":8000}},"
      "\"media\" : {} , \"event\":\n\"start\" } \n");
  EXPECT_EQ(got.progress, Progress::kComplete);
  EXPECT_EQ(got.texts[kEvent], "start");
  EXPECT_EQ(got.texts[kToken], "abc");
  EXPECT_EQ(got.kinds[kMedia], Kind::kObject);
  EXPECT_EQ(got.kinds[kPayload], Kind::kAbsent);
}

// Aim: numbers and words are kept as written. Method: each kind in one field.
TEST(FieldScanner, KeepsNumbersAndWordsAsText) {
  const auto flag = [](std::string_view value) {
    const Outcome got = scan_all_ways("{\"flag\":" + std::string(value) + "}");
    EXPECT_EQ(got.progress, Progress::kComplete) << value;
    return std::pair(got.kinds[kFlag], got.texts[kFlag]);
  };
  EXPECT_EQ(flag("true"), std::pair(Kind::kTrue, std::string("true")));
  EXPECT_EQ(flag("false"), std::pair(Kind::kFalse, std::string("false")));
  EXPECT_EQ(flag("null"), std::pair(Kind::kNull, std::string("null")));
  EXPECT_EQ(flag("-0.5"), std::pair(Kind::kNumber, std::string("-0.5")));
  EXPECT_EQ(flag("1e+9"), std::pair(Kind::kNumber, std::string("1e+9")));
  EXPECT_EQ(flag("[1]"), std::pair(Kind::kArray, std::string()));
  EXPECT_EQ(flag("{}"), std::pair(Kind::kObject, std::string()));
  EXPECT_EQ(flag("\"\""), std::pair(Kind::kString, std::string()));
}

// Aim: digits() reads carrier counters, as text or number, and nothing else. Method: good and bad
// ones.
TEST(FieldScanner, ReadsDigits) {
  const auto digits = [](std::string_view value) {
    Scanner scanner;
    scanner.begin();
    const std::string text = "{\"media\":{\"timestamp\":" + std::string(value) + "}}";
    EXPECT_EQ(scanner.feed(text, true, nullptr), Progress::kComplete) << text;
    return scanner.digits(kTimestamp);
  };
  EXPECT_EQ(digits("\"64\"").value_or(0), 64U);
  EXPECT_EQ(digits("64").value_or(0), 64U);
  EXPECT_EQ(digits("\"000000000007\"").value_or(0), 7U);
  for (const char* bad : {"\"\"", "\"-1\"", "-1", "1.0", "1e3", "\"6 4\"", "true", "null", "[]",
                          "\"1234567890123\""}) {
    EXPECT_EQ(digits(bad).status(), Status::kInvalid) << bad;
  }
  Scanner scanner;
  EXPECT_EQ(scanner.feed("{}", true, nullptr), Progress::kComplete);
  EXPECT_EQ(scanner.digits(kTimestamp).status(), Status::kNotFound);
}

// Aim: every escape is undone, in values, keys and across cuts. Method: each escape letter, code
// points of one to four bytes, upper and lower hex.
TEST(FieldScanner, UndoesEscapes) {
  const Outcome got = scan_all_ways(
      R"({"ev\u0065nt":"\"\\\/\b\f\n\r\t","stre\u0061mSid":"\u0041\u00E9\u20ac\uD83D\ude00"})");
  EXPECT_EQ(got.progress, Progress::kComplete);
  EXPECT_EQ(got.texts[kEvent], "\"\\/\b\f\n\r\t");
  EXPECT_EQ(got.texts[kStreamSid], "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
}

// Aim: text over its capacity is cut at a character boundary and flagged, and stays cut although a
// later character would fit; text of exactly the capacity is not. Method: around the edge.
TEST(FieldScanner, FlagsOverlongText) {
  Outcome got = scan_all_ways(R"({"event":"12345678"})");
  EXPECT_EQ(got.texts[kEvent], "12345678");
  EXPECT_FALSE(got.overlong[kEvent]);
  got = scan_all_ways(R"({"event":"123456789"})");
  EXPECT_EQ(got.texts[kEvent], "12345678");
  EXPECT_TRUE(got.overlong[kEvent]);
  got = scan_all_ways("{\"event\":\"1234567\xC3\xA9x\"}");
  EXPECT_EQ(got.texts[kEvent], "1234567");
  EXPECT_TRUE(got.overlong[kEvent]);
  got = scan_all_ways(R"({"event":"1234567\u20acx","flag":123456})");
  EXPECT_EQ(got.texts[kEvent], "1234567");
  EXPECT_TRUE(got.overlong[kEvent]);
  EXPECT_TRUE(got.overlong[kFlag]);
}

// Aim: keys that only resemble a wanted one are not taken for it. Method: prefixes, longer names,
// names longer than the buffer, a name with a dot.
TEST(FieldScanner, MatchesKeysWhole) {
  const std::string big(300, 'e');
  const Outcome got =
      scan_all_ways("{\"even\":\"a\",\"eventx\":\"b\",\"\":\"c\",\"Event\":\"d\",\"" + big +
                    "\":\"e\",\"media.payload\":\"AAAA\",\"ev\xC3\xA9nt\":1,\"e" + big +
                    "\\u0065\":{\"event\":3}}");
  EXPECT_EQ(got.progress, Progress::kComplete);
  for (const Kind kind : got.kinds) EXPECT_EQ(kind, Kind::kAbsent);
}

// Aim: a wanted field twice makes the message invalid, so nobody can argue which one counts;
// unknown fields may repeat. Method: scalars, objects and payload.
TEST(FieldScanner, RefusesAWantedFieldTwice) {
  EXPECT_FALSE(valid(R"({"event":"a","event":"a"})"));
  EXPECT_FALSE(valid(R"({"event":1,"event":null})"));
  EXPECT_FALSE(valid(R"({"media":{},"media":{}})"));
  EXPECT_FALSE(valid(R"({"media":{"payload":"AAAA","payload":"AAAA"}})"));
  EXPECT_FALSE(valid(
      R"({"start":{"customParameters":{"token":"a"}},"start":{"customParameters":{"token":"b"}}})"));
  EXPECT_TRUE(valid(R"({"x":1,"x":2})"));
}

// Aim: base64 in any spelling of its characters and any length is decoded; payload of another kind
// or spelling is flagged and the message still counts (B-STR-9). Method: lengths 0 to 40 and a long
// one, escaped slashes, every wrong form.
TEST(FieldScanner, DecodesPayloadStrictly) {
  std::string bytes;
  for (int size = 0; size < 40; ++size) {
    const Outcome got = scan_all_ways(frame(base64(bytes)));
    EXPECT_EQ(got.payload, PayloadState::kGood);
    EXPECT_EQ(got.bytes, bytes);
    bytes.push_back(static_cast<char>(0xFF - size));
  }
  const std::string long_bytes(40'001, '\xFF');
  const Outcome whole = scan(frame(base64(long_bytes)));
  EXPECT_EQ(whole.payload, PayloadState::kGood);
  EXPECT_EQ(whole.bytes, long_bytes);
  EXPECT_EQ(scan(frame(base64(long_bytes)), {1'000, 1'001, 20'002}), whole);

  std::string slashes;
  for (int i = 0; i < 28; ++i) slashes += i % 3 == 0 ? "\\u002f" : "\\/";
  EXPECT_EQ(scan_all_ways(frame(slashes)).bytes, std::string(21, '\xFF'));
  EXPECT_EQ(scan_all_ways(frame("\\u0041A=\\u003d")).bytes, std::string(1, '\0'));

  for (const char* bad :
       {"A",      "AA",      "AAA",         "AA=",        "AAA==",          "=",
        "==",     "A===",    "====",        "AB==",       "AAB=",           "AA==AAAA",
        "AA=A",   "AAAA=",   "AAAA====",    "AA AA",      "AAA-",           "AAA_",
        "AAA\\n", "AA==\\n", "AAA\xC3\xA9", "AAA\\u00e9", "\\uD83D\\uDE00", "!!!!"}) {
    const Outcome got = scan_all_ways(frame(bad));
    EXPECT_EQ(got.progress, Progress::kComplete) << bad;
    EXPECT_EQ(got.payload, PayloadState::kBad) << bad;
    EXPECT_EQ(got.texts[kStreamSid].size(), 34U) << bad;
  }
  for (const char* other :
       {"5", "null", "true", "[]", "{}", "[\"AAAA\"]", "{\"payload\":\"AAAA\"}"}) {
    const Outcome got = scan_all_ways("{\"media\":{\"payload\":" + std::string(other) + "}}");
    EXPECT_EQ(got.progress, Progress::kComplete) << other;
    EXPECT_EQ(got.payload, PayloadState::kBad) << other;
  }
}

// Aim: a sink that is full gets no more, and the message is scanned to its end. Method: room for
// less than the payload, then a second message through the same scanner.
TEST(FieldScanner, StopsFeedingASinkThatRefuses) {
  Scanner scanner;
  scanner.begin();
  Collected sink;
  sink.room = 1000;
  const std::string text = frame(base64(std::string(5000, 'x')));
  EXPECT_EQ(scanner.feed(text, true, &sink), Progress::kComplete);
  EXPECT_EQ(scanner.payload(), PayloadState::kRefused);
  EXPECT_EQ(sink.taken.size(), 768U);
  EXPECT_EQ(scanner.text(kStreamSid).size(), 34U);
  scanner.begin();
  EXPECT_EQ(scanner.payload(), PayloadState::kAbsent);
  EXPECT_FALSE(scanner.has(kStreamSid));
  EXPECT_EQ(scanner.feed(frame(base64("abc")), true, nullptr), Progress::kComplete);
  EXPECT_EQ(scanner.payload(), PayloadState::kGood);
  EXPECT_EQ(scanner.payload_bytes(), 3U);
}

// Aim: what RFC 8259 does not allow is refused wherever it is cut. Method: a list of near misses.
TEST(FieldScanner, RefusesWhatIsNotJson) {
  for (const char* bad : {"",
                          " ",
                          "{",
                          "}",
                          "[]",
                          "\"x\"",
                          "5",
                          "null",
                          "{}}",
                          "{}{}",
                          "{}x",
                          "{]",
                          "{,}",
                          "{\"a\"}",
                          "{\"a\":}",
                          "{\"a\":1,}",
                          "{\"a\":1 \"b\":2}",
                          "{\"a\" 1}",
                          "{a:1}",
                          "{'a':1}",
                          "{\"a\":[1,]}",
                          "{\"a\":[,1]}",
                          "{\"a\":[1 2]}",
                          "{\"a\":[1}",
                          "{\"a\":{1]}",
                          "{\"a\":01}",
                          "{\"a\":-}",
                          "{\"a\":+1}",
                          "{\"a\":.5}",
                          "{\"a\":1.}",
                          "{\"a\":1.e2}",
                          "{\"a\":1e}",
                          "{\"a\":1e+}",
                          "{\"a\":0x10}",
                          "{\"a\":-01}",
                          "{\"a\":1-2}",
                          "{\"a\":NaN}",
                          "{\"a\":Infinity}",
                          "{\"a\":tru}",
                          "{\"a\":truex}",
                          "{\"a\":True}",
                          "{\"a\":nul",
                          "{\"a\":\"x}",
                          "{\"a\":\"\\x\"}",
                          "{\"a\":\"\\u12g4\"}",
                          "{\"a\":\"\\u123\"}",
                          "{\"a\":\"\\ud800\"}",
                          "{\"a\":\"\\ud800x\"}",
                          "{\"a\":\"\\ud800\\n\"}",
                          "{\"a\":\"\\ud800\\ud800\"}",
                          "{\"a\":\"\\ud800\\u0041\"}",
                          "{\"a\":\"\\udc00\"}",
                          "{\"a\":\"\\u0000\"}",
                          "{\"a\":\"\n\"}",
                          "{\"a\":\"\t\"}",
                          "{\"a\":\"\x1F\"}",
                          "{\"a\":1}\f",
                          "{\"a\":\v1}",
                          "\xEF\xBB\xBF{}",
                          "{}//",
                          "{/**/}",
                          "{\"a\":\"\x80\"}",
                          "{\"a\":\"\xC0\x80\"}",
                          "{\"a\":\"\xC1\xBF\"}",
                          "{\"a\":\"\xC3\"}",
                          "{\"a\":\"\xE0\x9F\xBF\"}",
                          "{\"a\":\"\xED\xA0\x80\"}",
                          "{\"a\":\"\xF0\x8F\xBF\xBF\"}",
                          "{\"a\":\"\xF4\x90\x80\x80\"}",
                          "{\"a\":\"\xF5\x80\x80\x80\"}",
                          "{\"a\":\"\xFF\"}",
                          "{\"\xFF\":1}",
                          "{\"a\":1\x80}",
                          "{\"a\n\":1}"}) {
    EXPECT_FALSE(valid(bad)) << bad;
  }
  EXPECT_FALSE(valid(std::string_view("{\"a\":\"\0\"}", 9)));
  EXPECT_FALSE(valid(std::string_view("{}\0", 3)));
  EXPECT_FALSE(valid(std::string_view("{\"a\0\":1}", 8)));
}

// Aim: after an error the scanner says so until the next message begins, and names the place.
// Method: an error in the second of three pieces.
TEST(FieldScanner, StaysInvalidUntilTheNextMessage) {
  Scanner scanner;
  scanner.begin();
  EXPECT_EQ(scanner.feed("{\"event\":", false, nullptr), Progress::kMore);
  EXPECT_EQ(scanner.feed("\"a\",x", false, nullptr), Progress::kInvalid);
  EXPECT_EQ(scanner.scanned(), 13U);
  EXPECT_EQ(scanner.feed("}", true, nullptr), Progress::kInvalid);
  scanner.begin();
  EXPECT_EQ(scanner.feed("{}", true, nullptr), Progress::kComplete);
  EXPECT_EQ(scanner.scanned(), 2U);
}

// Aim: nesting ends at the limit however it is built, and far deeper text costs nothing. Method:
// arrays and objects at the limit and one over it, and a bomb of a million brackets.
TEST(FieldScanner, LimitsNesting) {
  const auto nested = [](size_t levels, const char* open, const char* close) {
    std::string text = "{\"a\":";
    for (size_t i = 1; i < levels; ++i) text += open;
    text += "1";
    for (size_t i = 1; i < levels; ++i) text += close;
    return text + "}";
  };
  EXPECT_TRUE(valid(nested(limits::kJsonDepthMax, "[", "]")));
  EXPECT_TRUE(valid(nested(limits::kJsonDepthMax, "{\"b\":", "}")));
  EXPECT_FALSE(valid(nested(limits::kJsonDepthMax + 1, "[", "]")));
  EXPECT_FALSE(valid(nested(limits::kJsonDepthMax + 1, "{\"b\":", "}")));
  EXPECT_EQ(scan(nested(1'000'000, "[", "]")).progress, Progress::kInvalid);
}

// Aim: a number is bounded, wanted or not. Method: the limit and one more, in every part of a
// number.
TEST(FieldScanner, LimitsNumbers) {
  const std::string digits(limits::kJsonNumberBytesMax, '9');
  EXPECT_TRUE(valid("{\"x\":" + digits + "}"));
  EXPECT_FALSE(valid("{\"x\":" + digits + "9}"));
  EXPECT_FALSE(valid("{\"x\":-" + digits + "}"));
  EXPECT_FALSE(valid("{\"x\":0." + digits + "}"));
  EXPECT_FALSE(valid("{\"x\":1e" + digits + "}"));
  EXPECT_EQ(scan("{\"x\":[" + std::string(100'000, '1') + "]}").progress, Progress::kInvalid);
  const Outcome got = scan_all_ways("{\"flag\":" + digits + "}");
  ASSERT_EQ(got.progress, Progress::kComplete);
  EXPECT_EQ(got.texts[kFlag], "99999");
  EXPECT_TRUE(got.overlong[kFlag]);
}

}  // namespace
}  // namespace hookflash::json
