#include "webhook/form.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/utf8.h"
#include "http/percent.h"

namespace hookflash {

std::string_view FormView::value_of(std::string_view name) const {
  for (const FormEntry& entry : arrived) {
    if (entry.name == name) return entry.value;
  }
  return {};
}

bool FormView::has(std::string_view name) const {
  for (const FormEntry& entry : arrived) {
    if (entry.name == name) return true;
  }
  return false;
}

Status parse_form(std::string_view text, std::span<char> bytes, std::span<FormEntry> arrived,
                  std::span<FormEntry> sorted, FormView& out) {
  if (text.size() > bytes.size()) return Status::kTooLarge;
  size_t used = 0;
  size_t count = 0;
  bool well_formed = true;
  const auto decode = [&](std::string_view piece) {
    char* const to = bytes.data() + used;
    const Decoded decoded = percent_decode(piece, Plus::kIsSpace, to);
    used += decoded.size;
    const std::string_view result(to, decoded.size);
    if (decoded.bad_escape || decoded.has_nul || !is_utf8(result)) well_formed = false;
    return result;
  };
  while (!text.empty()) {
    std::string_view piece = next_piece(text, '&');
    if (piece.empty()) continue;
    if (count == arrived.size() || count == sorted.size()) return Status::kFull;
    const std::string_view name = next_piece(piece, '=');
    arrived[count].name = decode(name);
    arrived[count].value = decode(piece);
    ++count;
  }
  std::copy_n(arrived.begin(), count, sorted.begin());
  std::sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(count),
            [](const FormEntry& a, const FormEntry& b) {
              const int names = a.name.compare(b.name);
              return names != 0 ? names < 0 : a.value < b.value;
            });
  out.arrived = arrived.first(count);
  out.sorted = sorted.first(count);
  out.well_formed = well_formed;
  return Status::kOk;
}

bool is_form_content_type(std::string_view content_type) {
  return equals_ignore_case(trim(next_piece(content_type, ';')),
                            "application/x-www-form-urlencoded");
}

}  // namespace hookflash
