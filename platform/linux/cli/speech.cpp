#include "platform/linux/cli/speech.h"

#include <cstdint>
#include <cstdio>
#include <cstring>

#include "audio/g711.h"

namespace hookflash::cli {
namespace {

constexpr size_t kBytesMax = 8 * 1024 * 1024;

uint32_t little_endian(const std::string& bytes, size_t at, size_t size) {
  uint32_t value = 0;
  for (size_t i = size; i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
  return value;
}

// To 8 kHz: each sample is the mean of what lies between its neighbours' middles, which is filter
// enough for speech.
std::string to_mulaw(const std::string& wav, size_t begin, uint32_t rate) {
  const size_t samples = (wav.size() - begin) / 2;
  const auto sample = [&](size_t i) {
    return static_cast<int16_t>(little_endian(wav, begin + 2 * i, 2));
  };
  std::string out;
  for (uint64_t n = 0;; ++n) {
    const size_t from = static_cast<size_t>(n * rate / 8000);
    const size_t to = static_cast<size_t>((n + 1) * rate / 8000);
    if (to > samples || to <= from) break;
    int64_t sum = 0;
    for (size_t i = from; i < to; ++i) sum += sample(i);
    const auto mean = static_cast<int16_t>(sum / static_cast<int64_t>(to - from));
    out.push_back(static_cast<char>(mulaw_from_linear(mean)));
  }
  return out;
}

}  // namespace

std::string spoken_sample() {
  FILE* const pipe = popen(
      "espeak-ng --stdout 'Hello, this is a test call. One, two, three, four, five. "
      "The quick brown fox jumps over the lazy dog. Please say it back to me.' 2>/dev/null",
      "r");
  if (pipe == nullptr) return {};
  std::string wav;
  char piece[16384];
  for (size_t size = 0; (size = fread(piece, 1, sizeof piece, pipe)) > 0;) {
    if (wav.size() < kBytesMax) wav.append(piece, size);
  }
  if (pclose(pipe) != 0 || wav.size() < 44 || wav.compare(0, 4, "RIFF") != 0) return {};
  // Written to a pipe, the sizes in the header are not final: the audio goes to the end.
  const size_t data = wav.find("data", 12);
  const size_t format = wav.find("fmt ", 12);
  if (data == std::string::npos || format == std::string::npos || format + 24 > wav.size())
    return {};
  const uint32_t rate = little_endian(wav, format + 12, 4);
  const bool pcm16_mono = little_endian(wav, format + 8, 2) == 1 &&
                          little_endian(wav, format + 10, 2) == 1 &&
                          little_endian(wav, format + 22, 2) == 16;
  if (!pcm16_mono || rate < 8000) return {};
  return to_mulaw(wav, data + 8, rate) + std::string(6400, static_cast<char>(kMulawSilence));
}

}  // namespace hookflash::cli
