#include "json/document.h"
#include "config/field.h"
#include "config_reading.h"
#include "tests/generated_document.h"

namespace hookflash {
namespace {

class DocumentTest : public ConfigReading {};

// Aim: docs/config.md is what the table says. Method: it is compared with what is generated; with
// HOOKFLASH_WRITE_DOCS set it is written instead.
TEST_F(DocumentTest, IsFresh) {
  expect_fresh_document("config.md", "config_test", write_config_document);
}

// Aim: the schema is JSON and names every field with what a form needs. Method: parsed and counted.
TEST_F(DocumentTest, SchemaListsEveryField) {
  std::string memory(64 * 1024, ' ');
  TextWriter out(memory);
  json::Writer json(out);
  write_schema(json);
  ASSERT_TRUE(json.complete());
  ASSERT_FALSE(out.overflowed());
  json::Document document(*arena_);
  ASSERT_EQ(document.parse(out.view()), Status::kOk);
  const json::Value fields = document.root().member("fields");
  EXPECT_EQ(fields.size(), config_fields().size());
  for (const json::Value field : fields.values()) {
    for (const char* name : {"key", "scope", "type", "label", "help"}) {
      EXPECT_FALSE(field.member(name).text().empty()) << field.member("key").text() << " " << name;
    }
    EXPECT_TRUE(field.member("restart").is_bool());
  }
}

// Aim: what the box shows of its configuration is a configuration again, but for secrets. Method:
// the example with its secrets put back reads to the same text.
TEST_F(DocumentTest, RedactedConfigurationReadsAgain) {
  ASSERT_EQ(read(example_config()), Status::kOk);
  const std::string first = redacted();
  EXPECT_EQ(first.find("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(first.find("a-long-random"), std::string::npos);
  std::string again = first;
  for (const char* secret : {"a-long-random-text-of-32-or-more-characters",
                             "AC00000000000000000000000000000000", "token"}) {
    const size_t at = again.find(kHiddenSecret);
    ASSERT_NE(at, std::string::npos);
    again.replace(at, kHiddenSecret.size(), secret);
  }
  ASSERT_EQ(read(again), Status::kOk) << listing();
  EXPECT_EQ(redacted(), first);
}

// Aim: the largest configuration has room in the text buffers that callers size for it. Method:
// every list full, every text at its limit.
TEST_F(DocumentTest, LargestConfigurationFits) {
  std::string json = "{\"inboundGreeting\":\"" + std::string(1024, 'g') + "\",\"numbers\":{";
  for (int i = 0; i < 64; ++i) {
    json += (i == 0 ? "" : ",") + std::string("\"+4930") + std::to_string(1000 + i) +
            "\":{\"greeting\":\"" + std::string(1024, 'g') + "\"}";
  }
  ASSERT_EQ(read(json + "}}"), Status::kOk) << listing();
  EXPECT_GT(redacted().size(), 64U * 1024);
}

}  // namespace
}  // namespace hookflash
