#include "report/metrics.h"

#include <algorithm>

#include "base/check.h"

namespace hookflash {
namespace {

// The numbers of the labels of one series, in the table's order.
using Indexes = std::array<size_t, 3>;

Indexes indexes_of(const MetricRow& row, size_t series) {
  Indexes indexes{};
  for (size_t i = row.labels.size(); i-- > 0;) {
    if (row.labels[i] == nullptr) continue;
    indexes[i] = series % row.labels[i]->size();
    series /= row.labels[i]->size();
  }
  return indexes;
}

// Microseconds as seconds without needless zeros.
void write_seconds(TextWriter& out, int64_t us) {
  char memory[32];
  TextWriter digits(memory, sizeof memory);
  digits.fixed_point(us, 6);
  std::string_view text = digits.view();
  while (text.back() == '0') text.remove_suffix(1);
  if (text.back() == '.') text.remove_suffix(1);
  out.put(text);
}

void write_value(const MetricRow& row, TextWriter& out, int64_t value) {
  if (row.seconds) {
    write_seconds(out, value);
  } else {
    out.number(value);
  }
}

void write_label_value(TextWriter& out, std::string_view value) {
  out.put('"');
  for (const char c : value) {
    switch (c) {
      case '"': out.put("\\\""); break;
      case '\\': out.put("\\\\"); break;
      case '\n': out.put("\\n"); break;
      default: out.put(c);
    }
  }
  out.put('"');
}

void write_head(TextWriter& out, std::string_view name, MetricType type, std::string_view help) {
  out.put("# HELP ").put(name).put(' ').put(help).put('\n');
  out.put("# TYPE ").put(name).put(' ').put(name_of(type)).put('\n');
}

void write_memory(std::span<const MemorySample> samples, TextWriter& out) {
  struct Figure {
    std::string_view name;
    std::string_view help;
    uint64_t MemorySample::*value;
    MetricType type = MetricType::kGauge;
  };
  constexpr Figure kFigures[] = {
      {"hookflash_memory_used_bytes", "Fixed memory in use.", &MemorySample::used},
      {"hookflash_memory_high_water_bytes", "The most that was ever in use.",
       &MemorySample::high_water},
      {"hookflash_memory_size_bytes", "Size of the fixed memory; 0: of the ordinary heap.",
       &MemorySample::size},
      {"hookflash_memory_refused_total", "Requests that found no room.", &MemorySample::refused,
       MetricType::kCounter},
  };
  for (const Figure& figure : kFigures) {
    write_head(out, figure.name, figure.type, figure.help);
    for (const MemorySample& sample : samples) {
      out.put(figure.name).put("{arena=");
      write_label_value(out, sample.arena);
      out.put("} ").number(sample.*figure.value).put('\n');
    }
  }
}

}  // namespace

size_t LabelValue::index_in(const LabelSet& set) const {
  if (word_.empty()) {
    if (set.words.empty() && number_ == Metrics::kNoLine) return limits::kLinesMax;
    CHECK(number_ < set.size());
    return number_;
  }
  for (size_t i = 0; i < set.words.size(); ++i) {
    if (set.words[i] == word_) return i;
  }
  CHECK(set.has_other);
  return set.words.size() - 1;
}

void Metrics::set_line(size_t index, std::string_view id) {
  CHECK(index < lines_.size());
  if (lines_[index] == id) return;
  lines_[index].set(id);
  for (size_t m = 0; m < kMetrics; ++m) {
    const MetricRow& row = row_of(static_cast<Metric>(m));
    if (row.labels[0] == nullptr || !row.labels[0]->words.empty()) continue;  // `line` comes first.
    const size_t cells = row.series() / row.labels[0]->size() * row.cells();
    const size_t first = first_cell_of(row.metric) + index * cells;
    for (size_t i = 0; i < cells; ++i) cells_[first + i] = 0;
  }
}

size_t Metrics::cell_of(const MetricRow& row, std::initializer_list<LabelValue> labels) const {
  size_t series = 0;
  size_t used = 0;
  for (const LabelValue& label : labels) {
    CHECK(used < row.labels.size() && row.labels[used] != nullptr);
    const LabelSet& set = *row.labels[used++];
    series = series * set.size() + label.index_in(set);
  }
  CHECK(used == row.labels.size() || row.labels[used] == nullptr);
  return first_cell_of(row.metric) + series * row.cells();
}

void Metrics::add(Metric metric, std::initializer_list<LabelValue> labels, uint64_t count) {
  const MetricRow& row = row_of(metric);
  CHECK(row.type == MetricType::kCounter);
  cells_[cell_of(row, labels)] += static_cast<int64_t>(count);
}

void Metrics::raise_to(Metric metric, std::initializer_list<LabelValue> labels, uint64_t total) {
  const MetricRow& row = row_of(metric);
  CHECK(row.type == MetricType::kCounter);
  int64_t& cell = cells_[cell_of(row, labels)];
  cell = std::max(cell, static_cast<int64_t>(total));
}

Metrics::Observed Metrics::observed(Metric metric, std::initializer_list<LabelValue> labels) {
  const MetricRow& row = row_of(metric);
  CHECK(row.type == MetricType::kHistogram);
  return {&cells_[cell_of(row, labels)], row.bounds};
}

void Metrics::set(Metric metric, std::initializer_list<LabelValue> labels, int64_t value) {
  const MetricRow& row = row_of(metric);
  CHECK(row.type == MetricType::kGauge);
  cells_[cell_of(row, labels)] = value;
}

void Metrics::set(const Alarms& alarms) {
  for (size_t i = 0; i < kAlarmKinds; ++i) {
    set(Metric::kAlarms, {i}, static_cast<int64_t>(alarms.causes(static_cast<Alarm>(i))));
  }
}

void Metrics::count_into(const MetricRow& row, size_t cell, int64_t value) {
  Observed(&cells_[cell], row.bounds).observe(value);
}

void Metrics::observe(Metric metric, Duration value, std::initializer_list<LabelValue> labels) {
  const MetricRow& row = row_of(metric);
  CHECK(row.type == MetricType::kHistogram && row.seconds);
  count_into(row, cell_of(row, labels), value.us());
}

void Metrics::observe(Metric metric, int64_t value, std::initializer_list<LabelValue> labels) {
  const MetricRow& row = row_of(metric);
  CHECK(row.type == MetricType::kHistogram && !row.seconds);
  count_into(row, cell_of(row, labels), value);
}

int64_t Metrics::value(Metric metric, std::initializer_list<LabelValue> labels) const {
  const MetricRow& row = row_of(metric);
  const size_t cell = cell_of(row, labels);
  if (row.type != MetricType::kHistogram) return cells_[cell];
  int64_t count = 0;
  for (size_t i = 0; i <= row.bounds.size(); ++i) count += cells_[cell + i];
  return count;
}

std::string_view Metrics::word_of(const LabelSet& set, size_t index) const {
  if (!set.words.empty()) return set.words[index];
  return index < lines_.size() ? lines_[index].view() : std::string_view("none");
}

// Series of lines that are not configured are left out, and so is line="none" while nothing was
// counted there.
bool Metrics::is_shown(const MetricRow& row, size_t series) const {
  if (row.labels[0] == nullptr || !row.labels[0]->words.empty()) return true;
  const size_t line = indexes_of(row, series)[0];
  if (line < lines_.size()) return !lines_[line].empty();
  const size_t first = first_cell_of(row.metric) + series * row.cells();
  for (size_t i = 0; i < row.cells(); ++i) {
    if (cells_[first + i] != 0) return true;
  }
  return false;
}

void Metrics::write_series(const MetricRow& row, size_t series, TextWriter& out) const {
  const Indexes indexes = indexes_of(row, series);
  // The name, a suffix and the labels, of which a bucket has one more.
  const auto begin = [&](std::string_view suffix, bool bucket) {
    out.put(row.name).put(suffix);
    char separator = '{';
    for (size_t i = 0; i < row.labels.size() && row.labels[i] != nullptr; ++i) {
      out.put(separator).put(row.labels[i]->name).put('=');
      write_label_value(out, word_of(*row.labels[i], indexes[i]));
      separator = ',';
    }
    if (bucket) {
      out.put(separator).put("le=\"");
    } else if (separator == ',') {
      out.put('}');
    }
  };
  const size_t first = first_cell_of(row.metric) + series * row.cells();
  if (row.type != MetricType::kHistogram) {
    begin("", false);
    out.put(' ').number(cells_[first]).put('\n');
    return;
  }
  int64_t count = 0;
  for (size_t i = 0; i <= row.bounds.size(); ++i) {
    count += cells_[first + i];
    begin("_bucket", true);
    if (i < row.bounds.size()) {
      write_value(row, out, row.bounds[i]);
    } else {
      out.put("+Inf");
    }
    out.put("\"} ").number(count).put('\n');
  }
  begin("_sum", false);
  out.put(' ');
  write_value(row, out, cells_[first + row.bounds.size() + 1]);
  out.put('\n');
  begin("_count", false);
  out.put(' ').number(count).put('\n');
}

void Metrics::write_metric(const MetricRow& row, TextWriter& out) const {
  write_head(out, row.name, row.type, row.help);
  for (size_t series = 0; series < row.series(); ++series) {
    if (is_shown(row, series)) write_series(row, series, out);
  }
}

void Metrics::write(const Box& box, TextWriter& out) const {
  for (size_t i = 0; i < kMetrics; ++i) write_metric(row_of(static_cast<Metric>(i)), out);
  write_head(out, "hookflash_build_info", MetricType::kGauge, "What this box runs; always 1.");
  out.put("hookflash_build_info{version=");
  write_label_value(out, box.version);
  out.put(",board=");
  write_label_value(out, box.board);
  out.put("} 1\n");
  write_memory(box.memory, out);
}

}  // namespace hookflash
