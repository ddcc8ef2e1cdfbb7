#include "call/stream_token.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/store/fake_crypto.h"

namespace hookflash {
namespace {

class StreamTokenTest : public ::testing::Test {
 protected:
  FakeCrypto crypto_;
  SeededEntropy entropy_{3};
  DeviceKey key_{1, 2, 3};
  CallId call_ = CallId::make(entropy_);
};

// Aim: B-STR-2: a token is 104 lower-case hex digits of callId, expiry and MAC over version tag,
// callId and expiry, and leads back to both. Method: make one and take it apart.
TEST_F(StreamTokenTest, HasTheContractsForm) {
  const StreamTokenText text =
      make_stream_token(crypto_, key_, {.call_id = call_, .expires = 0x01020304});
  ASSERT_EQ(text.size(), 104U);
  EXPECT_EQ(text.view().find_first_not_of("0123456789abcdef"), std::string_view::npos);
  std::string plain(call_.text().view());
  std::erase(plain, '-');
  EXPECT_EQ(text.view().substr(0, 32), plain);
  EXPECT_EQ(text.view().substr(32, 8), "01020304");
  const Result<StreamToken> token = check_stream_token(crypto_, key_, text);
  ASSERT_TRUE(token.ok());
  EXPECT_EQ(token->call_id, call_);
  EXPECT_EQ(token->expires, 0x01020304U);
}

// Aim: B-STR-2: no other text passes: each digit counts, the key counts, the form is exact. Method:
// change every digit in turn; other lengths, other cases, another key.
TEST_F(StreamTokenTest, RefusesEveryOtherText) {
  const std::string good(
      make_stream_token(crypto_, key_, {.call_id = call_, .expires = 1'700'000'000}).view());
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = bad[i] == '0' ? '1' : '0';
    EXPECT_EQ(check_stream_token(crypto_, key_, bad).status(), Status::kDenied) << i;
    bad[i] = 'g';
    EXPECT_EQ(check_stream_token(crypto_, key_, bad).status(), Status::kInvalid) << i;
  }
  std::string upper = good;
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(check_stream_token(crypto_, key_, upper).status(), Status::kInvalid);
  EXPECT_EQ(check_stream_token(crypto_, key_, "").status(), Status::kInvalid);
  EXPECT_EQ(check_stream_token(crypto_, key_, good.substr(1)).status(), Status::kInvalid);
  EXPECT_EQ(check_stream_token(crypto_, key_, good + "0").status(), Status::kInvalid);
  EXPECT_EQ(check_stream_token(crypto_, key_, good + "00").status(), Status::kInvalid);
  EXPECT_EQ(check_stream_token(crypto_, key_, std::string(104, '0')).status(), Status::kDenied);
  DeviceKey other = key_;
  other[31] ^= 1U;
  EXPECT_EQ(check_stream_token(crypto_, other, good).status(), Status::kDenied);
}

// Aim: B-STR-3: expiry is creation + ringTimeoutMs + maxDurationSeconds + 120 s, and it is held
// against creation plus the call's monotonic age. Method: either side of the last second, whatever
// the wall clock says; figures at the ends of their ranges.
TEST_F(StreamTokenTest, ExpiresByTheCallsAge) {
  const auto record = std::make_unique<CallRecord>();
  record->core.started_at = WallTime::from_ms(1'700'000'000'500);
  record->core.limits.ring_timeout_ms = 30'000;
  record->core.limits.max_duration_seconds = 300;
  record->created = Instant::from_us(5'000'000);
  const uint32_t expiry = stream_token_expiry(record->core);
  EXPECT_EQ(expiry, 1'700'000'000U + 1 + 30 + 300 + 120);
  const StreamToken token{.call_id = call_, .expires = expiry};
  EXPECT_FALSE(is_expired(token, *record, record->created));
  EXPECT_FALSE(is_expired(token, *record, record->created + Duration::ms(450'500)));
  EXPECT_TRUE(is_expired(token, *record, record->created + Duration::ms(450'501)));

  record->core.limits.ring_timeout_ms = 600'000;
  record->core.limits.max_duration_seconds = 86'400;
  record->core.started_at = WallTime::from_ms(int64_t{UINT32_MAX} * 1000);
  EXPECT_EQ(stream_token_expiry(record->core), UINT32_MAX);
}

}  // namespace
}  // namespace hookflash
