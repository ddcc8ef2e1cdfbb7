// Aim: no form breaks the decoder, and what it reads survives being written and read again.

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/check.h"
#include "base/text_writer.h"
#include "http/percent.h"
#include "webhook/form.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hookflash;
  static Form form;
  static Form again;
  static char memory[4 * limits::kBodyBytesMax];
  const std::string_view text = text_of({data, size});
  const Status status = form.parse(text);
  if (status != Status::kOk) {
    CHECK(form.view().arrived.empty());
    return 0;
  }
  const FormView& view = form.view();
  CHECK(view.arrived.size() == view.sorted.size());
  for (size_t i = 1; i < view.sorted.size(); ++i) {
    const FormEntry& a = view.sorted[i - 1];
    const FormEntry& b = view.sorted[i];
    CHECK(a.name < b.name || (a.name == b.name && a.value <= b.value));
  }
  TextWriter out(memory, sizeof memory);
  for (const FormEntry& entry : view.arrived) {
    percent_encode(out, entry.name);
    out.put('=');
    percent_encode(out, entry.value);
    out.put('&');
    CHECK(view.has(entry.name));
  }
  // Escapes can make a short form too long to read again.
  if (out.overflowed() || again.parse(out.view()) != Status::kOk) return 0;
  CHECK(again.view().arrived.size() == view.arrived.size());
  for (size_t i = 0; i < view.arrived.size(); ++i) {
    CHECK(again.view().arrived[i].name == view.arrived[i].name);
    CHECK(again.view().arrived[i].value == view.arrived[i].value);
  }
  return 0;
}
