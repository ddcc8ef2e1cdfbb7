#include "store/key.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/store/fake_crypto.h"

namespace hookflash {
namespace {

// Aim: texts of different kinds, lines or borders never share a key; equal ones always do. Method:
// make keys from inputs that are equal once their pieces are joined.
TEST(Key, TellsKindsLinesAndBordersApart) {
  FakeCrypto crypto;
  std::set<Key> seen;
  for (const KeyKind kind : {KeyKind::kEvent, KeyKind::kRequest, KeyKind::kProviderId,
                             KeyKind::kCallId, KeyKind::kIdempotency}) {
    EXPECT_TRUE(seen.insert(make_key(crypto, kind, "ab", "c")).second);
    EXPECT_TRUE(seen.insert(make_key(crypto, kind, "a", "bc")).second);
    EXPECT_TRUE(seen.insert(make_key(crypto, kind, "", "abc")).second);
  }
  EXPECT_EQ(make_key(crypto, KeyKind::kEvent, "ab", "c"),
            make_key(crypto, KeyKind::kEvent, "ab", "c"));
  EXPECT_TRUE(is_set(*seen.begin()));
  EXPECT_FALSE(is_set(Key{}));
}

// Aim: B-DED-3: an event's key depends on its request, its index there and its line; a synthetic
// one on call and number. Method: vary one input at a time.
TEST(Key, EventKeysDependOnEachInput) {
  FakeCrypto crypto;
  const Key request = make_key(crypto, KeyKind::kRequest, "line", "signature");
  const Key other = make_key(crypto, KeyKind::kRequest, "line", "another");
  std::set<Key> seen;
  EXPECT_TRUE(seen.insert(request).second);
  EXPECT_TRUE(seen.insert(make_event_key(crypto, "line", request, 0)).second);
  EXPECT_TRUE(seen.insert(make_event_key(crypto, "line", request, 1)).second);
  EXPECT_TRUE(seen.insert(make_event_key(crypto, "line", other, 0)).second);
  EXPECT_TRUE(seen.insert(make_event_key(crypto, "line2", request, 0)).second);
  const std::array<uint8_t, 16> call{1};
  const std::array<uint8_t, 16> call2{2};
  EXPECT_TRUE(seen.insert(make_synthetic_key(crypto, call, 1)).second);
  EXPECT_TRUE(seen.insert(make_synthetic_key(crypto, call, 256)).second);
  EXPECT_TRUE(seen.insert(make_synthetic_key(crypto, call2, 1)).second);
  EXPECT_EQ(make_synthetic_key(crypto, call, 256), make_synthetic_key(crypto, call, 256));
}

}  // namespace
}  // namespace hookflash
