#include "report/metrics.h"

namespace hookflash {
namespace {

void write_labels(const MetricRow& row, TextWriter& out) {
  bool first = true;
  for (const LabelSet* label : row.labels) {
    if (label == nullptr) continue;
    out.put(first ? "" : "; ").put('`').put(label->name).put('`');
    first = false;
    if (label->words.empty()) continue;
    out.put(": ");
    for (size_t i = 0; i < label->words.size(); ++i) {
      out.put(i == 0 ? "" : ", ").put(label->words[i]);
    }
  }
}

}  // namespace

void Metrics::write_document(TextWriter& out) {
  out.put(
      "# Metrics\n\n"
      "<!-- Written from firmware/report/metric_table.cpp; tests notice when it is stale. -->\n\n"
      "`GET /metrics` answers them in the Prometheus text format to whoever has the API token. "
      "Every\n"
      "series is there from the start with value 0, for each line; `line=\"none\"` appears when\n"
      "something was counted that belongs to no line. Times are in seconds.\n\n"
      "| Metric | Type | Meaning | Labels |\n| --- | --- | --- | --- |\n");
  for (size_t i = 0; i < kMetrics; ++i) {
    const MetricRow& row = row_of(static_cast<Metric>(i));
    out.put("| `").put(row.name).put("` | ").put(name_of(row.type)).put(" | ").put(row.help);
    out.put(" | ");
    write_labels(row, out);
    out.put(" |\n");
  }
  out.put(
      "| `hookflash_build_info` | gauge | What this box runs; always 1. | `version`; `board` |\n"
      "| `hookflash_memory_used_bytes` | gauge | Fixed memory in use. | `arena` |\n"
      "| `hookflash_memory_high_water_bytes` | gauge | The most that was ever in use. | `arena` |\n"
      "| `hookflash_memory_size_bytes` | gauge | Size; 0: of the ordinary heap. | `arena` |\n"
      "| `hookflash_memory_refused_total` | counter | Requests that found no room. | `arena` |\n");
}

}  // namespace hookflash
