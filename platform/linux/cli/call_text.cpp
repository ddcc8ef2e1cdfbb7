#include "platform/linux/cli/call_text.h"

#include <cstdio>

#include "platform/linux/cli/box_access.h"

namespace hookflash::cli {

std::optional<int64_t> read_time(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd.dddZ";
  if (text.size() != kShape.size()) return std::nullopt;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kShape[i] == 'd' ? !digit : text[i] != kShape[i]) return std::nullopt;
  }
  const auto number = [&](size_t from, size_t size) {
    int64_t value = 0;
    for (size_t i = from; i < from + size; ++i) value = value * 10 + (text[i] - '0');
    return value;
  };
  // Days since 1970 of a civil date; the year begins in March.
  const int64_t month = number(5, 2);
  const int64_t year = number(0, 4) - (month <= 2 ? 1 : 0);
  const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + number(8, 2) - 1;
  const int64_t days = year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719468;
  return ((days * 24 + number(11, 2)) * 60 + number(14, 2)) * 60'000 + number(17, 2) * 1000 +
         number(20, 3);
}

std::string talk_time(json::Value call) {
  const auto answered = read_time(call.member("answeredAt").text());
  const auto ended = read_time(call.member("endedAt").text());
  if (!answered || !ended || *ended < *answered) return {};
  char text[48];
  snprintf(text, sizeof text, "%.1f s", static_cast<double>(*ended - *answered) / 1000.0);
  return text;
}

std::string state_of(json::Value call) {
  const std::string_view rejection = call.member("rejection").text();
  std::string state = plain(call.member("state").text());
  if (!rejection.empty()) state += " (refused: " + plain(rejection) + ")";
  const std::string_view detail = call.member("endDetail").text();
  if (!detail.empty()) state += " (" + plain(detail) + ")";
  return state;
}

bool went_well(json::Value call) {
  const std::string_view reason = call.member("endReason").text();
  if (reason.empty()) return true;
  return call.member("answeredAt").is_string() &&
         (reason == "completed" || reason == "hangup-user" || reason == "hangup-bot");
}

}  // namespace hookflash::cli
