#include "store/call_log.h"

#include <gtest/gtest.h>

#include <string>

namespace hookflash {
namespace {

struct Note {
  int call_id = 0;
  std::string_view provider_call_id;
};

// Aim: B-REC-3: the newest N summaries are kept, the N + 1st evicts exactly the oldest. Method:
// count up past the end of a small log.
TEST(CallLog, EvictsExactlyTheOldest) {
  CallLog<Note, 3> log;
  EXPECT_EQ(log.find(1), nullptr);
  for (int i = 1; i <= 3; ++i) log.add({.call_id = i});
  EXPECT_NE(log.find(1), nullptr);
  log.add({.call_id = 4});
  EXPECT_EQ(log.size(), 3U);
  EXPECT_EQ(log.find(1), nullptr);
  for (int i = 2; i <= 4; ++i) EXPECT_EQ(log[static_cast<size_t>(i - 2)].call_id, i);
  for (int i = 5; i <= 100; ++i) log.add({.call_id = i});
  EXPECT_EQ(log[0].call_id, 98);
  EXPECT_EQ(log[2].call_id, 100);
}

// Aim: B-REC-6: finished calls are found by callId and by provider id, of two the newer one; a
// blank provider id finds nothing. Method: two calls with one provider id, one without.
TEST(CallLog, FindsByBothIds) {
  CallLog<Note, 8> log;
  log.add({.call_id = 1, .provider_call_id = "CA1"});
  log.add({.call_id = 2, .provider_call_id = "CA2"});
  log.add({.call_id = 3, .provider_call_id = "CA1"});
  log.add({.call_id = 4});
  EXPECT_EQ(log.find_provider_id("CA1")->call_id, 3);
  EXPECT_EQ(log.find_provider_id("CA2")->call_id, 2);
  EXPECT_EQ(log.find_provider_id("CA3"), nullptr);
  EXPECT_EQ(log.find_provider_id(""), nullptr);
  EXPECT_EQ(log.find(4)->provider_call_id, "");
}

// Aim: B-REC-6: a list holds the newest `limit`, newest last; 0 or less gives none. Method: limits
// around the number of calls.
TEST(CallLog, ListsNewestLast) {
  CallLog<Note, 8> log;
  for (int i = 1; i <= 5; ++i) log.add({.call_id = i});
  const auto listed = [&](int64_t limit) {
    std::string ids;
    for (size_t i = log.first_of_newest(limit); i < log.size(); ++i) {
      ids += std::to_string(log[i].call_id);
    }
    return ids;
  };
  EXPECT_EQ(listed(2), "45");
  EXPECT_EQ(listed(5), "12345");
  EXPECT_EQ(listed(6), "12345");
  EXPECT_EQ(listed(INT64_MAX), "12345");
  EXPECT_EQ(listed(0), "");
  EXPECT_EQ(listed(-1), "");
  EXPECT_EQ(listed(INT64_MIN), "");
  EXPECT_EQ(kHistoryListDefault, 50);
  log.clear();
  EXPECT_EQ(listed(50), "");
}

}  // namespace
}  // namespace hookflash
