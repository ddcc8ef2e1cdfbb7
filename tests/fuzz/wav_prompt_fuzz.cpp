#include <cstddef>
#include <cstdint>

#include "audio/prompt.h"
#include "base/check.h"
#include "limits.h"

// Prompt files come from whoever runs the box and can be anything. Whatever the bytes are, the
// audio that read_prompt() gives lies inside them and within its limit, and a refused file gives
// none and says why.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const hookflash::Bytes file(data, size);
  const hookflash::Prompt prompt = hookflash::read_prompt(file);
  CHECK(!hookflash::text_of(prompt.fault).empty());
  CHECK(prompt.ok() == !prompt.audio.empty());
  CHECK(prompt.audio.size() <= hookflash::limits::kPromptBytesMax);
  if (!prompt.ok()) return 0;
  CHECK(prompt.audio.data() >= data);
  CHECK(prompt.audio.data() + prompt.audio.size() <= data + size);
  CHECK(prompt.format == 7 && prompt.channels == 1 && prompt.rate == 8000);
  uint32_t sum = 0;
  for (const uint8_t byte : prompt.audio) sum += byte;
  CHECK(sum <= prompt.audio.size() * 255);
  return 0;
}
