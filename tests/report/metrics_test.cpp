#include "report/metrics.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/generated_document.h"

namespace hookflash {
namespace {

class MetricsTest : public ::testing::Test {
 protected:
  MetricsTest() { metrics_->set_line(0, "main"); }

  std::string text() const {
    std::string memory(1024 * 1024, ' ');
    TextWriter out(memory);
    metrics_->write({.version = "1.2.3", .board = "host \"x\"\\\n", .memory = samples_}, out);
    EXPECT_FALSE(out.overflowed());
    return std::string(out.view());
  }
  // Every sample by its name with labels.
  std::map<std::string, std::string> samples() const {
    std::map<std::string, std::string> found;
    std::istringstream lines(text());
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("#")) continue;
      const size_t space = line.rfind(' ');
      EXPECT_TRUE(found.emplace(line.substr(0, space), line.substr(space + 1)).second) << line;
    }
    return found;
  }

  std::unique_ptr<Metrics> metrics_ = std::make_unique<Metrics>();
  std::vector<MemorySample> samples_ = {
      {.arena = "json", .used = 0, .high_water = 4096, .size = 524288}};
};

// Aim: B-MET-1, every metric of section 28 exists with value 0 from start, under its name, type and
// labels. Method: the contract's table written down once more, as the samples it demands of one
// line.
TEST_F(MetricsTest, EveryMetricExistsFromStart) {
  struct Expected {
    const char* name;
    const char* type;
    std::vector<std::pair<std::string, std::vector<std::string>>> labels;
  };
  using Values = std::vector<std::string>;
  const std::pair<std::string, Values> line{"line", {"main"}};
  const std::pair<std::string, Values> direction{"direction", {"inbound", "outbound"}};
  const std::vector<Expected> table = {
      {"calls_active", "gauge", {line, direction}},
      {"calls_limit", "gauge", {}},
      {"slots_ending", "gauge", {}},
      {"unconfirmed_calls", "gauge", {}},
      {"calls_total",
       "counter",
       {line,
        direction,
        {"end_reason",
         {"completed", "hangup-user", "hangup-bot", "timeout", "error", "failed", "no-answer",
          "busy", "voicemail"}}}},
      {"calls_refused_total",
       "counter",
       {line, direction, {"reason", {"policy", "capacity", "storage", "stopping"}}}},
      {"call_duration_seconds", "histogram", {line}},
      {"call_setup_seconds", "histogram", {line}},
      {"turn_latency_seconds", "histogram", {line}},
      {"dials_total",
       "counter",
       {line, {"result", {"accepted", "refused", "timeout", "compensated"}}}},
      {"events_total",
       "counter",
       {line,
        {"type",
         {"initiated", "ringing", "answered", "active", "speaking", "assistant-speech",
          "speak-ended", "speech", "silence", "dtmf", "ended", "error"}},
        {"result",
         {"applied", "duplicate", "late", "mismatch", "unknown_call", "retryable", "failed"}}}},
      {"webhook_requests_total", "counter", {line, {"code", {"200", "401", "503", "other"}}}},
      {"webhook_rejected_total",
       "counter",
       {line,
        {"reason",
         {"path", "method", "headers", "source_limit", "total_limit", "size", "slow", "signature",
          "timestamp", "clock", "host", "key", "parse", "inbox"}}}},
      {"webhook_replays_total", "counter", {line}},
      {"refusal_failures_total", "counter", {line}},
      {"webhook_in_flight", "gauge", {}},
      {"webhook_duration_seconds", "histogram", {line}},
      {"dedupe_evictions_total", "counter", {{"table", {"global", "call", "request"}}}},
      {"journal_commit_seconds", "histogram", {}},
      {"journal_pending_entries", "gauge", {}},
      {"journal_free_bytes", "gauge", {}},
      {"journal_failures_total", "counter", {{"reason", {"write", "sync", "full", "queue"}}}},
      {"journal_damaged_entries_total", "counter", {{"reason", {"crc", "torn", "type"}}}},
      {"provider_requests_total",
       "counter",
       {line,
        {"operation", {"initiate", "hangup", "status", "update"}},
        {"outcome", {"ok", "refused", "not_found", "timeout", "network", "bad_answer", "busy"}}}},
      {"provider_request_seconds",
       "histogram",
       {line,
        {"operation", {"initiate", "hangup", "status", "update"}},
        {"outcome", {"ok", "refused", "not_found", "timeout", "network", "bad_answer", "busy"}}}},
      {"hangup_retries_total", "counter", {line}},
      {"hangup_gave_up_total", "counter", {line}},
      {"restored_calls_total",
       "counter",
       {line, {"outcome", {"active", "terminal", "unknown", "expired", "no_id"}}}},
      {"reaped_calls_total", "counter", {line, {"result", {"ended", "failed"}}}},
      {"max_duration_hangups_total", "counter", {line, {"result", {"ended", "failed"}}}},
      {"stream_connections",
       "gauge",
       {{"state", {"idle", "connecting", "active", "stopping", "error"}}}},
      {"stream_refused_total",
       "counter",
       {{"reason",
         {"limit", "pending", "per_ip", "prestart", "token", "expired", "binding", "format",
          "size"}}}},
      {"stream_disconnects_total",
       "counter",
       {line, {"outcome", {"reconnected", "ended", "failed"}}}},
      {"audio_frames_total", "counter", {direction}},
      {"audio_frames_dropped_total",
       "counter",
       {direction,
        {"reason", {"cleared", "slow_app", "slow_carrier", "invalid", "late", "standing"}}}},
      {"audio_queue_frames", "histogram", {}},
      {"audio_lateness_seconds", "histogram", {}},
      {"audio_underruns_total", "counter", {line}},
      {"audio_enqueue_timeouts_total", "counter", {line}},
      {"audio_clears_total", "counter", {line}},
      {"marks_total", "counter", {line, {"result", {"played", "cleared", "timed_out", "refused"}}}},
      {"dtmf_digits_total",
       "counter",
       {line, direction, {"result", {"delivered", "duplicate", "dropped"}}}},
      {"app_legs_total",
       "counter",
       {{"protocol", {"twilio", "openai-realtime", "echo", "announce", "tone"}},
        {"result", {"ok", "failed"}}}},
      {"app_reconnects_total",
       "counter",
       {{"protocol", {"twilio", "openai-realtime", "echo", "announce", "tone"}},
        {"result", {"ok", "failed"}}}},
      {"turns_total", "counter", {{"result", {"ok", "timeout", "ended", "refused"}}}},
      {"log_lines_lost_total", "counter", {}},
      {"alarms",
       "gauge",
       {{"alarm",
         {"hangup-failed", "journal", "journal-lost", "line-down", "app-unreachable", "clock"}}}},
      {"signature_check_skipped", "gauge", {}},
      {"clock_synchronised", "gauge", {}},
      {"api_requests_total", "counter", {{"code", {"200", "401", "413", "other"}}}},
      {"limit_hits_total", "counter", {{"limit", {"text_cut", "history", "finished_ids"}}}},
      {"loop_delay_seconds", "histogram", {}},
      {"table_entries", "gauge", {{"table", {"calls", "streams", "connections"}}}},
      {"table_size", "gauge", {{"table", {"calls", "streams", "connections"}}}},
  };
  const std::string all = text();
  const std::map<std::string, std::string> found = samples();
  EXPECT_EQ(table.size(), kMetrics);
  for (const Expected& metric : table) {
    const std::string name = std::string("hookflash_") + metric.name;
    EXPECT_NE(all.find("# TYPE " + name + " " + metric.type + "\n"), std::string::npos) << name;
    EXPECT_NE(all.find("# HELP " + name + " "), std::string::npos) << name;
    std::vector<std::string> series = {""};
    for (const auto& [label, values] : metric.labels) {
      std::vector<std::string> longer;
      for (const std::string& one : series) {
        for (const std::string& value : values) {
          longer.push_back(one + (one.empty() ? "" : ",") + label + "=\"" + value + "\"");
        }
      }
      series = longer;
    }
    const bool histogram = std::string(metric.type) == "histogram";
    for (const std::string& labels : series) {
      const std::string key =
          name + (histogram ? "_count" : "") + (labels.empty() ? "" : "{" + labels + "}");
      ASSERT_EQ(found.count(key), 1U) << key;
      EXPECT_EQ(found.at(key), "0") << key;
      if (!histogram) continue;
      EXPECT_EQ(found.at(name + "_sum" + (labels.empty() ? "" : "{" + labels + "}")), "0");
      EXPECT_EQ(found.at(name + "_bucket{" + labels + (labels.empty() ? "" : ",") + "le=\"+Inf\"}"),
                "0");
    }
  }
  EXPECT_EQ(found.at("hookflash_build_info{version=\"1.2.3\",board=\"host \\\"x\\\"\\\\\\n\"}"),
            "1");
  EXPECT_EQ(found.at("hookflash_memory_high_water_bytes{arena=\"json\"}"), "4096");
  EXPECT_EQ(found.at("hookflash_memory_used_bytes{arena=\"json\"}"), "0");
}

// Aim: docs/metrics.md is what the table says. Method: it is compared with what is generated; with
// HOOKFLASH_WRITE_DOCS set it is written instead.
TEST_F(MetricsTest, DocumentIsFresh) {
  expect_fresh_document("metrics.md", "report_test", Metrics::write_document);
}

// Aim: the text is what a Prometheus server takes. Method: each line against the grammar; names
// grouped; a type before the first sample of each name; counters end in _total (B-MET-1).
TEST_F(MetricsTest, WritesValidText) {
  metrics_->add(Metric::kWebhookRequests, {Metrics::kNoLine, "404"});
  metrics_->observe(Metric::kAudioLateness, Duration::us(1500));
  const std::regex sample(
      R"re([a-z_]+(\{[a-z_]+="([^"\\\n]|\\["\\n])*"(,[a-z_]+="([^"\\\n]|\\["\\n])*")*\})? -?[0-9]+(\.[0-9]+)?)re");
  const std::regex type(R"(# TYPE (hookflash_[a-z_]+) (counter|gauge|histogram))");
  const std::regex help(R"(# HELP hookflash_[a-z_]+ .+)");
  std::istringstream lines(text());
  std::string current;
  std::set<std::string> seen;
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, match, type)) {
      current = match[1];
      EXPECT_TRUE(seen.insert(current).second) << current;
      EXPECT_EQ(match[2] == "counter", current.ends_with("_total")) << current;
    } else if (line.starts_with("#")) {
      EXPECT_TRUE(std::regex_match(line, help)) << line;
    } else {
      EXPECT_TRUE(std::regex_match(line, sample)) << line;
      EXPECT_TRUE(line.starts_with(current)) << line;
    }
  }
  EXPECT_EQ(seen.size(), kMetrics + 1 + 4);  // And build_info, and the memory figures.
}

// Aim: counters, gauges and histograms count what they are told, for the labels they are told.
// Method: words, numbers and both; neighbours stay at 0.
TEST_F(MetricsTest, CountsByLabels) {
  metrics_->set_line(1, "other");
  metrics_->add(Metric::kCalls, {1, "outbound", "no-answer"});
  metrics_->add(Metric::kCalls, {1, 1, 6}, 2);
  metrics_->set(Metric::kCallsLimit, 8);
  metrics_->set(Metric::kCallsActive, {0, "inbound"}, 5);
  metrics_->set(Metric::kCallsActive, {0, "inbound"}, 3);
  EXPECT_EQ(metrics_->value(Metric::kCalls, {1, "outbound", "no-answer"}), 3);
  int64_t total = 0;
  for (const auto& [key, value] : samples()) {
    if (key.starts_with("hookflash_calls_total")) total += std::stoll(value);
  }
  EXPECT_EQ(total, 3);
  const auto found = samples();
  EXPECT_EQ(
      found.at(
          R"(hookflash_calls_total{line="other",direction="outbound",end_reason="no-answer"})"),
      "3");
  EXPECT_EQ(found.at("hookflash_calls_limit"), "8");
  EXPECT_EQ(found.at(R"(hookflash_calls_active{line="main",direction="inbound"})"), "3");
}

// Aim: buckets are cumulative, their bound belongs to them, and sum and count agree. Method: values
// at and around bounds, in seconds and in frames.
TEST_F(MetricsTest, FillsBuckets) {
  for (const int64_t us : {0, 250, 251, 1'000, 99'999, 100'000, 100'001, 2'000'000}) {
    metrics_->observe(Metric::kAudioLateness, Duration::us(us));
  }
  for (const int64_t frames : {0, 1, 50, 51}) metrics_->observe(Metric::kAudioQueueFrames, frames);
  const auto found = samples();
  const std::string name = "hookflash_audio_lateness_seconds";
  EXPECT_EQ(found.at(name + "_bucket{le=\"0.00025\"}"), "2");
  EXPECT_EQ(found.at(name + "_bucket{le=\"0.0005\"}"), "3");
  EXPECT_EQ(found.at(name + "_bucket{le=\"0.001\"}"), "4");
  EXPECT_EQ(found.at(name + "_bucket{le=\"0.05\"}"), "4");
  EXPECT_EQ(found.at(name + "_bucket{le=\"0.1\"}"), "6");
  EXPECT_EQ(found.at(name + "_bucket{le=\"+Inf\"}"), "8");
  EXPECT_EQ(found.at(name + "_sum"), "2.301501");
  EXPECT_EQ(found.at(name + "_count"), "8");
  EXPECT_EQ(found.at("hookflash_audio_queue_frames_bucket{le=\"0\"}"), "1");
  EXPECT_EQ(found.at("hookflash_audio_queue_frames_bucket{le=\"50\"}"), "3");
  EXPECT_EQ(found.at("hookflash_audio_queue_frames_sum"), "102");
  EXPECT_EQ(metrics_->value(Metric::kAudioLateness), 8);
}

// Aim: lines come and go: only configured ones are shown, a place with another id begins at 0, the
// same id keeps its figures; what belongs to no line is shown once there is some. Method: each in
// turn.
TEST_F(MetricsTest, FollowsTheLines) {
  metrics_->add(Metric::kHangupRetries, {0});
  metrics_->set_line(0, "main");
  EXPECT_EQ(metrics_->value(Metric::kHangupRetries, {0}), 1);
  metrics_->set_line(7, "eighth");
  metrics_->add(Metric::kHangupRetries, {7});
  metrics_->observe(Metric::kCallSetup, Duration::seconds(1), {7});
  metrics_->set_line(0, "new");
  EXPECT_EQ(metrics_->value(Metric::kHangupRetries, {0}), 0);
  EXPECT_EQ(metrics_->value(Metric::kHangupRetries, {7}), 1);
  EXPECT_EQ(metrics_->value(Metric::kCallSetup, {7}), 1);
  EXPECT_EQ(text().find("line=\"main\""), std::string::npos);
  EXPECT_EQ(text().find("line=\"none\""), std::string::npos);
  metrics_->set_line(7, "");
  EXPECT_EQ(text().find("eighth"), std::string::npos);
  metrics_->add(Metric::kWebhookRejected, {Metrics::kNoLine, "path"});
  EXPECT_EQ(samples().at(R"(hookflash_webhook_rejected_total{line="none",reason="path"})"), "1");
  metrics_->set_line(7, "again");
  EXPECT_EQ(metrics_->value(Metric::kHangupRetries, {7}), 0);
}

// Aim: a code that is not listed counts as other; any other wrong label is our own mistake. Method:
// each.
TEST_F(MetricsTest, KnowsItsLabels) {
  metrics_->add(Metric::kWebhookRequests, {0, "418"});
  EXPECT_EQ(metrics_->value(Metric::kWebhookRequests, {0, "other"}), 1);
}

using MetricsDeathTest = MetricsTest;
TEST_F(MetricsDeathTest, StopsAtWrongLabels) {
  // Aim: a label that is not in the table would be lost silently. Method: a wrong word, number,
  // count, type.
  EXPECT_DEATH(metrics_->add(Metric::kDials, {0, "maybe"}), "has_other");
  EXPECT_DEATH(metrics_->add(Metric::kDials, {0, 4}), "number_");
  EXPECT_DEATH(metrics_->add(Metric::kDials, {9, 0}), "number_");
  EXPECT_DEATH(metrics_->add(Metric::kDials, {0}), "labels");
  EXPECT_DEATH(metrics_->add(Metric::kDials, {0, 0, 0}), "labels");
  EXPECT_DEATH(metrics_->set(Metric::kDials, {0, 0}, 1), "kGauge");
  EXPECT_DEATH(metrics_->add(Metric::kCallsLimit), "kCounter");
  EXPECT_DEATH(metrics_->observe(Metric::kAudioLateness, int64_t{5}), "seconds");
}

// Aim: the whole text with every line configured has room in the answer of one turn. Method: ids of
// full length.
TEST_F(MetricsTest, LargestTextFits) {
  for (size_t i = 0; i < limits::kLinesMax; ++i) {
    metrics_->set_line(i, std::string(limits::kLineIdBytesMax - 1, 'l') + std::to_string(i));
  }
  EXPECT_LT(text().size() + 8192, Metrics::kTextBytesMax);  // And room for large values.
}

// Aim: B-LOG-5, an alarm stays until its last cause is cleared, with since when and where. Method:
// two causes.
TEST(Alarms, StayUntilCleared) {
  Alarms alarms;
  EXPECT_FALSE(alarms.any());
  EXPECT_FALSE(alarms.clear(Alarm::kLineDown, 0));
  EXPECT_TRUE(alarms.raise(Alarm::kLineDown, 0, "main", WallTime::from_ms(1000)));
  EXPECT_FALSE(alarms.raise(Alarm::kLineDown, 0, "main again", WallTime::from_ms(2000)));
  EXPECT_TRUE(alarms.raise(Alarm::kLineDown, 63, std::string(300, 'x'), WallTime::from_ms(3000)));
  EXPECT_EQ(alarms.causes(Alarm::kLineDown), 2U);
  EXPECT_EQ(alarms.since(Alarm::kLineDown), WallTime::from_ms(1000));
  EXPECT_EQ(alarms.detail(Alarm::kLineDown).size(), 120U);
  EXPECT_FALSE(alarms.raised(Alarm::kClock));
  Metrics metrics;
  metrics.set(alarms);
  EXPECT_EQ(metrics.value(Metric::kAlarms, {"line-down"}), 2);
  EXPECT_EQ(metrics.value(Metric::kAlarms, {"clock"}), 0);
  EXPECT_FALSE(alarms.clear(Alarm::kLineDown, 0));
  EXPECT_TRUE(alarms.any());
  EXPECT_TRUE(alarms.clear(Alarm::kLineDown, 63));
  EXPECT_FALSE(alarms.any());
  EXPECT_EQ(alarms.detail(Alarm::kLineDown), "");
  for (size_t i = 0; i < kAlarmKinds; ++i) {
    EXPECT_EQ(
        LabelValue(name_of(static_cast<Alarm>(i))).index_in(*row_of(Metric::kAlarms).labels[0]), i);
  }
}

}  // namespace
}  // namespace hookflash
