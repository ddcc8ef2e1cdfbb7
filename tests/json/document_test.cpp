#include "json/document.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "json/field_scanner.h"
#include "json/text.h"
#include "limits.h"

namespace hookflash::json {
namespace {

class DocumentTest : public ::testing::Test {
 protected:
  // The arena holds nothing and leaks nothing between documents.
  void TearDown() override { EXPECT_TRUE(arena_->empty()); }

  Status parse(std::string_view text) {
    // In memory of its own, so that AddressSanitizer sees a read past the end.
    const std::vector<char> copy(text.begin(), text.end());
    Document document(*arena_);
    const Status status = document.parse({copy.data(), copy.size()});
    error_ = document.error();
    return status;
  }

  std::unique_ptr<Arena> arena_ = std::make_unique<Arena>();
  Document::Error error_;
};

// Aim: values of every kind are read as they are. Method: one document with each.
TEST_F(DocumentTest, ReadsValues) {
  Document document(*arena_);
  ASSERT_EQ(document.parse(R"( {"s":"a\u00e9\n","n":-12,"t":true,"f":false,"z":null,)"
                           R"("o":{"k":1},"a":[1,"x",[]],"":"empty"} )"),
            Status::kOk);
  const Value root = document.root();
  EXPECT_EQ(root.kind(), Kind::kObject);
  EXPECT_EQ(root.size(), 8U);
  EXPECT_EQ(root.member("s").text(), "a\xC3\xA9\n");
  EXPECT_EQ(root.member("n").integer(-100, 100).value_or(0), -12);
  EXPECT_TRUE(root.member("t").boolean().value_or(false));
  EXPECT_FALSE(root.member("f").boolean().value_or(true));
  EXPECT_EQ(root.member("z").kind(), Kind::kNull);
  EXPECT_EQ(root.member("o").member("k").integer(0, 9).value_or(0), 1);
  EXPECT_EQ(root.member("").text(), "empty");
  std::string keys;
  for (const Value value : root.values()) keys += std::string(value.key()) + ",";
  EXPECT_EQ(keys, "s,n,t,f,z,o,a,,");
  std::vector<Kind> kinds;
  for (const Value value : root.member("a").values()) kinds.push_back(value.kind());
  EXPECT_EQ(kinds, (std::vector{Kind::kNumber, Kind::kString, Kind::kArray}));
}

// Aim: asking a value for what it is not gives an answer, not a crash. Method: every question to
// every kind and to nothing.
TEST_F(DocumentTest, AnswersWrongQuestions) {
  Document document(*arena_);
  ASSERT_EQ(document.parse(R"({"s":"x","n":1,"o":{},"a":[]})"), Status::kOk);
  const Value root = document.root();
  EXPECT_FALSE(root.member("S").is_set());
  EXPECT_FALSE(root.member("absent").member("deeper").is_set());
  EXPECT_EQ(root.member("n").text(), "");
  EXPECT_EQ(root.member("s").boolean().status(), Status::kInvalid);
  EXPECT_EQ(root.member("s").integer(0, 1).status(), Status::kInvalid);
  EXPECT_EQ(Value().integer(0, 1).status(), Status::kInvalid);
  EXPECT_EQ(Value().kind(), Kind::kAbsent);
  EXPECT_EQ(Value().key(), "");
  EXPECT_EQ(Value().size(), 0U);
  for (const Value value : root.member("s").values()) ADD_FAILURE() << value.key();
}

// Aim: integers are exact or refused. Method: fractions, exponents, edges of the range and of
// exactness.
TEST_F(DocumentTest, ReadsIntegersExactly) {
  const auto integer = [&](std::string_view text, int64_t min = INT64_MIN,
                           int64_t max = INT64_MAX) {
    Document document(*arena_);
    EXPECT_EQ(document.parse("{\"n\":" + std::string(text) + "}"), Status::kOk) << text;
    return document.root().member("n").integer(min, max);
  };
  EXPECT_EQ(integer("0").value_or(1), 0);
  EXPECT_EQ(integer("-0").value_or(1), 0);
  EXPECT_EQ(integer("5.0").value_or(0), 5);
  EXPECT_EQ(integer("3e2").value_or(0), 300);
  EXPECT_EQ(integer("9007199254740991").value_or(0), 9007199254740991);
  EXPECT_EQ(integer("9007199254740992").status(), Status::kInvalid);
  EXPECT_EQ(integer("-9007199254740993").status(), Status::kInvalid);
  EXPECT_EQ(integer("1e400").status(), Status::kInvalid);
  EXPECT_EQ(integer("-1e400").status(), Status::kInvalid);
  EXPECT_EQ(integer("0.5").status(), Status::kInvalid);
  EXPECT_EQ(integer("1e-3").status(), Status::kInvalid);
  EXPECT_EQ(integer("9", 1, 9).value_or(0), 9);
  EXPECT_EQ(integer("10", 1, 9).status(), Status::kTooLarge);
  EXPECT_EQ(integer("0", 1, 9).status(), Status::kTooLarge);
}

// Aim: what is not strict JSON is refused with its place. Method: near misses that the parser
// underneath would take, and others.
TEST_F(DocumentTest, IsStrict) {
  for (const char* bad :
       {"", "[]", "5", "\"x\"", "{} {}", "{}x", "{\"a\":01}", "{\"a\":1.}", "{\"a\":\"\t\"}",
        "{\"a\":\"\x01\"}", "{\"a\":\"\xFF\"}", "{\"a\":\"\\u0000\"}", "\x01{}", "{\"a\":\f1}",
        "\xEF\xBB\xBF{}", "{\"a\":nan}"}) {
    EXPECT_EQ(parse(bad), Status::kInvalid) << bad;
    EXPECT_EQ(error_.line, 1U) << bad;
  }
  EXPECT_EQ(parse(std::string_view("{}\0", 3)), Status::kInvalid);
  EXPECT_EQ(parse("{\n \"a\": 1,\n \"b\": x}"), Status::kInvalid);
  EXPECT_EQ(error_.line, 3U);
  EXPECT_EQ(error_.column, 7U);
  EXPECT_EQ(parse("{\n \"a\": 1,\n"), Status::kInvalid);
  EXPECT_EQ(error_.what, "the JSON object is not complete");
}

// Aim: a name twice in one object is refused wherever it stands, also spelt differently; the same
// name in two objects is not. Method: a pair at the top, deep inside, escaped.
TEST_F(DocumentTest, RefusesTwins) {
  EXPECT_EQ(parse(R"({"a":1,"b":2,"a":3})"), Status::kInvalid);
  EXPECT_EQ(parse(R"({"x":[1,{"y":{"a":1,"\u0061":2}}]})"), Status::kInvalid);
  EXPECT_EQ(parse(R"({"":1,"":2})"), Status::kInvalid);
  EXPECT_EQ(parse(R"({"a":{"a":{"a":1}},"b":{"a":1}})"), Status::kOk);
}

// Aim: every limit holds at its edge. Method: nesting, members and digits at the limit and one
// over.
TEST_F(DocumentTest, HoldsItsLimits) {
  const auto nested = [](size_t levels) {
    return "{\"a\":" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
  };
  EXPECT_EQ(parse(nested(limits::kJsonDepthMax)), Status::kOk);
  EXPECT_EQ(parse(nested(limits::kJsonDepthMax + 1)), Status::kInvalid);
  EXPECT_EQ(parse(nested(100'000)), Status::kInvalid);

  const auto members = [](size_t count) {
    std::string text = "{";
    for (size_t i = 0; i < count; ++i) text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":1";
    return text + "}";
  };
  EXPECT_EQ(parse(members(limits::kJsonMembersMax)), Status::kOk);
  EXPECT_EQ(parse(members(limits::kJsonMembersMax + 1)), Status::kTooLarge);

  EXPECT_EQ(parse("{\"a\":" + std::string(63, '9') + "}"), Status::kOk);
  EXPECT_EQ(parse("{\"a\":" + std::string(64, '9') + "}"), Status::kInvalid);
  EXPECT_EQ(parse("{\"a\":" + std::string(10'000, '9') + "}"), Status::kInvalid);
}

// Aim: an arena that is too small is a value and leaves nothing behind. Method: documents of
// growing size until one is refused; small ones work afterwards.
TEST_F(DocumentTest, RefusesWhatDoesNotFitTheArena) {
  bool refused = false;
  for (size_t elements = 1000; elements < 20'000; elements += 997) {
    std::string text = "{\"a\":[";
    for (size_t i = 0; i < elements; ++i) text += i == 0 ? "1" : ",1";
    const Status status = parse(text + "]}");
    EXPECT_TRUE(!refused || status == Status::kFull) << elements;
    if (status == Status::kFull) refused = true;
    EXPECT_TRUE(arena_->empty());
  }
  EXPECT_TRUE(refused);
  EXPECT_GT(arena_->refusals(), 0U);
  EXPECT_GT(arena_->high_water(), Arena::capacity() / 2);
  EXPECT_LE(arena_->high_water(), Arena::capacity());
  EXPECT_EQ(parse("{}"), Status::kOk);
  // A string as large as the largest configuration fits.
  EXPECT_EQ(parse("{\"a\":\"" + std::string(limits::kConfigBytesMax - 10, 'x') + "\"}"),
            Status::kOk);
}

// Aim: exhaustion at any single allocation is refused cleanly. Method: fill the arena up to each
// remaining room from 0 on until the document fits.
TEST_F(DocumentTest, SurvivesEveryAllocationFailure) {
  const std::string text =
      R"({"line":{"id":"main","tokens":["one","two"],"n":5,"t":true,"o":{"a":[{}]}}})";
  size_t failures = 0;
  for (size_t room = 0;; room += 16) {
    void* const ballast = arena_->allocate(Arena::capacity() - room);
    ASSERT_NE(ballast, nullptr);
    const Status status = parse(text);
    arena_->release(ballast);
    if (status == Status::kOk) break;
    ASSERT_EQ(status, Status::kFull);
    ++failures;
  }
  EXPECT_GT(failures, 20U);
}

// Aim: two documents can be alive at a time, and the arena is empty when both are gone. Method:
// nested.
TEST_F(DocumentTest, SharesTheArena) {
  Document outer(*arena_);
  ASSERT_EQ(outer.parse(R"({"a":"outer"})"), Status::kOk);
  {
    Document inner(*arena_);
    ASSERT_EQ(inner.parse(R"({"a":"inner"})"), Status::kOk);
    EXPECT_EQ(inner.root().member("a").text(), "inner");
  }
  EXPECT_EQ(outer.root().member("a").text(), "outer");
  EXPECT_FALSE(arena_->empty());
}

// --- Scanner and parser against each other
// --------------------------------------------------------------

inline constexpr FieldTable kFields({{.path = "event", .capacity = 64},
                                     {.path = "media"},
                                     {.path = "media.payload", .payload = true},
                                     {.path = "media.name", .capacity = 64},
                                     {.path = "a.b.c", .capacity = 64},
                                     {.path = "a.b", .capacity = 64}});
constexpr std::string_view kNames[] = {"event", "media", "payload", "name",     "a",
                                       "b",     "c",     "x",       "m\xC3\xA9"};

class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}

  std::string object(int depth) {
    std::string text = "{" + space();
    std::vector<bool> used(std::size(kNames), false);
    bool first = true;
    for (size_t i = below(6); i > 0; --i) {
      const size_t name = below(std::size(kNames));
      if (used[name]) continue;
      used[name] = true;
      if (!first) text += "," + space();
      first = false;
      text += string(kNames[name]) + space() + ":" + space() + value(depth) + space();
    }
    return text + "}";
  }
  size_t below(size_t n) { return random_() % n; }

 private:
  std::string space() {
    constexpr std::string_view kSpaces[] = {"", "", "", " ", "\n", "\t \r\n"};
    return std::string(kSpaces[below(std::size(kSpaces))]);
  }
  std::string string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
      if (static_cast<unsigned char>(c) < 0x80 && below(6) == 0) {
        char escape[8];
        std::snprintf(escape, sizeof escape, below(2) == 0 ? "\\u%04x" : "\\u%04X",
                      static_cast<unsigned>(c));
        out += escape;
      } else {
        out += c;
      }
    }
    return out + "\"";
  }
  std::string value(int depth) {
    constexpr std::string_view kTexts[] = {"",
                                           "x",
                                           "AAAA",
                                           "AA==",
                                           "A",
                                           "////",
                                           "+/+=",
                                           "Z\xC3\xBC"
                                           "rich",
                                           "\xF0\x9F\x98\x80",
                                           "true"};
    constexpr std::string_view kNumbers[] = {"0", "-1", "12.5", "1e3", "-0.25E-2", "123456789"};
    switch (below(depth > 0 ? 9 : 6)) {
      case 0: return "true";
      case 1: return "null";
      case 2: return std::string(kNumbers[below(std::size(kNumbers))]);
      case 3:
      case 4:
      case 5: return string(kTexts[below(std::size(kTexts))]);
      case 6: {
        std::string text = "[" + space();
        for (size_t i = below(3); i > 0; --i)
          text += value(depth - 1) + (i > 1 ? "," : "") + space();
        return text + "]";
      }
      default: return object(depth - 1);
    }
  }
  std::mt19937 random_;
};

struct Sink final : PayloadSink {
  bool on_payload(Bytes piece) override {
    taken.append(text_of(piece));
    return true;
  }
  std::string taken;
};

Value at(Value from, std::string_view path) {
  while (true) {
    const size_t dot = path.find('.');
    from = from.member(path.substr(0, dot));
    if (dot == std::string_view::npos) return from;
    path = path.substr(dot + 1);
  }
}

// Aim: the scanner sees in any message, cut anywhere, what a parser sees. Method: 3,000 seeded
// random documents, each fed in random pieces, each field compared with the parsed tree; every
// proper prefix is refused.
TEST_F(DocumentTest, ScannerAgreesWithTheParser) {
  for (uint32_t seed = 1; seed <= 3000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Generator generator(seed);
    const std::string text = generator.object(4);
    Document document(*arena_);
    ASSERT_EQ(document.parse(text), Status::kOk) << text;
    FieldScanner<kFields> scanner;
    Sink sink;
    scanner.begin();
    size_t from = 0;
    while (from < text.size()) {
      const size_t size = std::min(text.size() - from, generator.below(9));
      ASSERT_EQ(scanner.feed(std::string_view(text).substr(from, size), false, &sink),
                Progress::kMore)
          << text;
      from += size;
    }
    ASSERT_EQ(scanner.feed("", true, &sink), Progress::kComplete) << text;
    for (size_t i = 0; i < kFields.size(); ++i) {
      const std::string_view path = kFields.view().fields[i].path;
      const Value value = at(document.root(), path);
      ASSERT_EQ(scanner.kind(i), value.kind()) << path << " in " << text;
      if (value.is_string() && kFields.view().fields[i].capacity > 0) {
        ASSERT_EQ(scanner.text(i), value.text()) << path << " in " << text;
      }
    }
    if (seed % 10 != 0) continue;
    for (size_t size = 0; size < text.size(); ++size) {
      ASSERT_EQ(parse(std::string_view(text).substr(0, size)), Status::kInvalid)
          << text.substr(0, size);
    }
  }
}

// Aim: damaged text neither crashes nor gets past the strict scanner into the parser in a form that
// the parser refuses. Method: 20,000 seeded damages of random documents; the only answers are kOk
// and kInvalid.
TEST_F(DocumentTest, TakesOrRefusesDamagedText) {
  size_t taken = 0;
  for (uint32_t seed = 1; seed <= 20'000; ++seed) {
    Generator generator(seed);
    std::string text = generator.object(3);
    for (size_t i = 1 + generator.below(2); i > 0; --i) {
      constexpr std::string_view kBytes = "{}[]\",:\\u0eE-+.tfn \x01\x7F\x80\xC3\xFF/=";
      const size_t place = generator.below(text.size());
      const char byte = generator.below(4) == 0 ? '\0' : kBytes[generator.below(kBytes.size())];
      switch (generator.below(3)) {
        case 0: text[place] = byte; break;
        case 1: text.insert(place, 1, byte); break;
        default: text.erase(place, 1); break;
      }
      if (text.empty()) text = "{";
    }
    const Status status = parse(text);
    ASSERT_TRUE(status == Status::kOk || status == Status::kInvalid)
        << "seed " << seed << ": " << text;
    if (status == Status::kOk) ++taken;
  }
  EXPECT_GT(taken, 100U);
}

}  // namespace
}  // namespace hookflash::json
