#include "call/call_id.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/store/fake_crypto.h"

namespace hookflash {
namespace {

// Aim: every id made is a UUID v4 in canonical text, and the text leads back to it. Method: many
// seeds.
TEST(CallId, IsAVersion4Uuid) {
  SeededEntropy entropy(7);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const CallId id = CallId::make(entropy);
    const std::string text(id.text().view());
    ASSERT_EQ(text.size(), 36U);
    EXPECT_EQ(text[14], '4');
    EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos);
    EXPECT_TRUE(seen.insert(text).second);
    ASSERT_TRUE(CallId::parse(text).has_value());
    EXPECT_EQ(*CallId::parse(text), id);
    EXPECT_EQ(*CallId::from_bytes(id.bytes()), id);
    EXPECT_TRUE(id.is_set());
  }
  EXPECT_FALSE(CallId().is_set());
}

// Aim: nothing but the canonical form is a call id. Method: one fault at a time.
TEST(CallId, RefusesEveryOtherSpelling) {
  const std::string good = "3f2b8c1e-5d6a-4b7c-8d9e-0a1b2c3d4e5f";
  ASSERT_TRUE(CallId::parse(good).has_value());
  for (const char* bad : {
           "",
           "3f2b8c1e-5d6a-4b7c-8d9e-0a1b2c3d4e5",    // Short.
           "3f2b8c1e-5d6a-4b7c-8d9e-0a1b2c3d4e5f0",  // Long.
           "3F2B8C1E-5D6A-4B7C-8D9E-0A1B2C3D4E5F",   // Upper case.
           "3f2b8c1e-5d6a-1b7c-8d9e-0a1b2c3d4e5f",   // Version 1.
           "3f2b8c1e-5d6a-4b7c-cd9e-0a1b2c3d4e5f",   // Another variant.
           "3f2b8c1e05d6a-4b7c-8d9e-0a1b2c3d4e5f",   // A digit for a dash.
           "3f2b8c1-e5d6a-4b7c-8d9e-0a1b2c3d4e5f",   // A dash elsewhere.
           "3f2b8c1e-5d6a-4b7c-8d9e-0a1b2c3d4e5g",   // No hex digit.
           "{f2b8c1e-5d6a-4b7c-8d9e-0a1b2c3d4e5}",   //
           "00000000-0000-0000-0000-000000000000",   // The empty id.
       }) {
    EXPECT_FALSE(CallId::parse(bad).has_value()) << bad;
  }
  EXPECT_FALSE(CallId::from_bytes(std::array<uint8_t, 16>{}).has_value());
  EXPECT_FALSE(CallId::from_bytes(std::array<uint8_t, 15>{}).has_value());
}

}  // namespace
}  // namespace hookflash
