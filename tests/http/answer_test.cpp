#include "http/answer.h"

#include <gtest/gtest.h>

#include <string>

namespace hookflash {
namespace {

std::string date_of(int64_t seconds) {
  char text[64];
  TextWriter out(text, sizeof text);
  write_http_date(out, WallTime::from_ms(seconds * 1000));
  return std::string(out.view());
}

// Aim: dates are those of RFC 9110. Method: known days, among them leap days and ends of years.
TEST(Answer, WritesDates) {
  EXPECT_EQ(date_of(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(date_of(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date_of(951782400), "Tue, 29 Feb 2000 00:00:00 GMT");
  EXPECT_EQ(date_of(1709164800), "Thu, 29 Feb 2024 00:00:00 GMT");
  EXPECT_EQ(date_of(1735689599), "Tue, 31 Dec 2024 23:59:59 GMT");
  EXPECT_EQ(date_of(1735689600), "Wed, 01 Jan 2025 00:00:00 GMT");
  EXPECT_EQ(date_of(4107542400), "Mon, 01 Mar 2100 00:00:00 GMT");
  EXPECT_EQ(date_of(-5), "Thu, 01 Jan 1970 00:00:00 GMT");
}

// Aim: the head of an answer fits the size that is reserved for it. Method: the longest reason.
TEST(Answer, HeadFitsItsBound) {
  char text[kAnswerHeadBytesMax];
  TextWriter out(text, sizeof text);
  write_answer_head(out, {.status = 431}, WallTime::from_ms(0), true);
  EXPECT_FALSE(out.overflowed());
  EXPECT_LT(out.size(), kAnswerHeadBytesMax / 2);
}

// Aim: every status the appliance uses has its reason. Method: the codes of contract sections 18
// and 24.
TEST(Answer, KnowsItsStatuses) {
  for (const uint16_t status :
       std::initializer_list<uint16_t>{200, 201, 204, 400, 401, 403, 404, 405, 408, 409,
                                       413, 414, 415, 426, 429, 431, 500, 502, 503, 504}) {
    EXPECT_FALSE(reason_of(status).empty()) << status;
  }
}

}  // namespace
}  // namespace hookflash
