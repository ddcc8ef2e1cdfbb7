#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "platform/crypto/mbed_crypto.h"
#include "vectors/row.h"

namespace hookflash::vectors {
namespace {

const JsonValue& kept_file() {
  static const JsonValue document = [] {
    std::ifstream file(HOOKFLASH_SOURCE_DIR "/tests/data/signature-vectors.json", std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    return parse_json(text).value_or(JsonValue{});
  }();
  return document;
}

const std::vector<JsonValue>& rows() {
  const JsonValue* vectors = kept_file().find("vectors");
  static const std::vector<JsonValue> none;
  return vectors != nullptr ? vectors->items : none;
}

MbedCrypto crypto;

// Aim: B-SIG-2, B-SIG-3, B-SIG-4, B-SIG-5, B-SIG-6: every core vector made by the carriers' own
// libraries gives their answer. Method: the kept file, row by row.
TEST(SignatureVectors, EveryCoreRowAgrees) {
  std::map<std::string, int> core;
  for (const JsonValue& json : rows()) {
    const RowResult row = run_row(json, crypto);
    if (!row.core) continue;
    ++core[row.provider];
    EXPECT_TRUE(row.passed()) << row.provider << ' ' << row.name << ": " << row.why;
  }
  EXPECT_EQ(core["twilio"] + core["plivo"] + core["telnyx"], 160);
  EXPECT_EQ(rows().size(), 169U);
}

// Aim: what we do with rows that rest on a library's oddity is decided, not accidental. Method:
// each by name.
TEST(SignatureVectors, QuirksAreDecided) {
  const std::map<std::string, bool> accepted = {
      {"json-hash-upper-case", false},
      {"websocket-signed-with-trailing-slash-not-tried", true},
      {"quirk-escaped-apostrophe-in-query", false},
      {"quirk-upper-case-host", false},
      {"v3-signature-list-with-space", true},
      {"v3-get-params-handed-separately", false},
      {"v2-signature-list", false},
      {"quirk-query-and-body-same-name", true},
      {"timestamp-leading-zeros", true},
  };
  size_t quirks = 0;
  for (const JsonValue& json : rows()) {
    const RowResult row = run_row(json, crypto);
    if (row.core) continue;
    ++quirks;
    ASSERT_TRUE(accepted.contains(row.name)) << row.name;
    EXPECT_EQ(row.accepted, accepted.at(row.name)) << row.name;
    EXPECT_FALSE(row.decision.empty());
  }
  EXPECT_EQ(quirks, accepted.size());
}

JsonValue* member(JsonValue& object, std::string_view name) {
  for (auto& [key, value] : object.members) {
    if (key == name) return &value;
  }
  return nullptr;
}

// Aim: one changed character anywhere in a signature turns an accepted row into a refused one.
// Method: every accepted core row, each character of the checked signature.
TEST(SignatureVectors, EveryCharacterOfASignatureCounts) {
  int changed = 0;
  for (const JsonValue& json : rows()) {
    const RowResult original = run_row(json, crypto);
    if (!original.core || !original.accepted) continue;
    const std::string checked = json.text_of("signature_header");
    JsonValue copy = json;
    for (auto& [name, value] : member(copy, "headers")->members) {
      const bool signature =
          name.find("ignature") != std::string::npos && name.find("Nonce") == std::string::npos &&
          (checked.empty() || name == checked) && value.text.find(',') == std::string::npos;
      if (!signature) continue;
      for (size_t i = 0; i < value.text.size(); ++i) {
        const char kept = value.text[i];
        value.text[i] = kept == 'B' ? 'C' : 'B';
        EXPECT_FALSE(run_row(copy, crypto).accepted) << original.name << " at " << i;
        value.text[i] = kept;
        ++changed;
      }
    }
  }
  EXPECT_GT(changed, 2000);
}

// Aim: what a signature covers cannot be changed. Method: every accepted core row with a letter of
// its path changed, its body lengthened, another key, or no key at all.
TEST(SignatureVectors, WhatIsCoveredCannotBeChanged) {
  for (const JsonValue& json : rows()) {
    const RowResult original = run_row(json, crypto);
    if (!original.core || !original.accepted) continue;
    const std::string scheme = json.text_of("scheme");
    const auto refused = [&](auto&& change) {
      JsonValue copy = json;
      change(copy);
      EXPECT_FALSE(run_row(copy, crypto).accepted) << original.name;
    };
    if (original.provider != "telnyx") {
      refused([](JsonValue& row) {
        JsonValue* url = member(row, "verify_url");
        if (url == nullptr) url = member(row, "url");
        url->text.insert(url->text.find("://") + 3, "x");
      });
      refused([](JsonValue& row) { member(*member(row, "key"), "auth_token")->text += "x"; });
      refused([](JsonValue& row) { member(*member(row, "key"), "auth_token")->text.clear(); });
    }
    if (json.text_of("method") == "POST" && scheme != "plivo-v2") {
      refused([](JsonValue& row) { member(row, "rawBody")->text += "&Extra=1"; });
    }
    refused([](JsonValue& row) { member(row, "headers")->members.clear(); });
  }
}

// Aim: a file that lies about its body is noticed, and rows without what they need fail. Method:
// rows broken by hand.
TEST(SignatureVectors, BrokenRowsFail) {
  JsonValue row = rows()[0];
  member(row, "params")->members[0].value.text = "other";
  EXPECT_FALSE(run_row(row, crypto).passed());
  row = rows()[0];
  member(row, "provider")->text = "nobody";
  EXPECT_FALSE(run_row(row, crypto).passed());
  EXPECT_FALSE(run_row(JsonValue{}, crypto).passed());
  EXPECT_FALSE(parse_json("{\"a\":}").has_value());
  EXPECT_FALSE(parse_json("{} x").has_value());
  const auto text = parse_json("[\"\\u0000\\ud83d\\ude00\\ud800\\n\"]");
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(text->items[0].text, std::string("\0\xF0\x9F\x98\x80\xEF\xBF\xBD\n", 9));
}

}  // namespace
}  // namespace hookflash::vectors
