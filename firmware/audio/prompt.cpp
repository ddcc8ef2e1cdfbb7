#include "audio/prompt.h"

#include <algorithm>
#include <array>

#include "limits.h"

namespace hookflash {
namespace {

constexpr uint16_t kFormatMulaw = 7;
constexpr uint16_t kFormatExtensible = 0xFFFE;
constexpr size_t kFormatBytes = 16;
constexpr size_t kExtensibleBytes = 40;
constexpr uint32_t kSizeUnknown = 0xFFFFFFFF;

// The part of every KSDATAFORMAT_SUBTYPE behind its two bytes of format tag.
constexpr std::array<uint8_t, 14> kSubtypeTail = {0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80,
                                                  0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71};

// How other kinds of audio file begin.
struct Magic {
  size_t offset;
  std::string_view bytes;
};
constexpr std::array<Magic, 10> kOtherContainers = {{{0, "OggS"},
                                                     {0, "fLaC"},
                                                     {0, "ID3"},
                                                     {0, "FORM"},
                                                     {0, "RIFX"},
                                                     {0, "RF64"},
                                                     {0, ".snd"},
                                                     {0, "caff"},
                                                     {0, "\x1A\x45\xDF\xA3"},
                                                     {4, "ftyp"}}};

uint16_t u16(Bytes bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] | (bytes[at + 1] << 8));
}
uint32_t u32(Bytes bytes, size_t at) {
  return u16(bytes, at) | (static_cast<uint32_t>(u16(bytes, at + 2)) << 16);
}
bool has(Bytes bytes, size_t at, std::string_view text) {
  return bytes.size() >= at + text.size() && text_of(bytes.subspan(at, text.size())) == text;
}

PromptFault fault_of_length(size_t bytes) {
  if (bytes == 0) return PromptFault::kEmpty;
  return bytes > limits::kPromptBytesMax ? PromptFault::kTooLong : PromptFault::kNone;
}

PromptFault read_format(Bytes chunk, Prompt& prompt) {
  if (chunk.size() < kFormatBytes) return PromptFault::kBadFormat;
  prompt.format = u16(chunk, 0);
  prompt.channels = u16(chunk, 2);
  prompt.rate = u32(chunk, 4);
  if (prompt.format == kFormatExtensible) {
    if (chunk.size() < kExtensibleBytes) return PromptFault::kBadFormat;
    if (!std::equal(kSubtypeTail.begin(), kSubtypeTail.end(), chunk.begin() + 26)) {
      return PromptFault::kNotMulaw;
    }
    prompt.format = u16(chunk, 24);
  }
  if (prompt.format != kFormatMulaw) return PromptFault::kNotMulaw;
  if (prompt.channels != 1) return PromptFault::kNotMono;
  if (prompt.rate != 8000) return PromptFault::kNot8kHz;
  // The bytes a second are left alone: some writers get them wrong, and nothing hangs on them.
  if (u16(chunk, 12) != 1 || u16(chunk, 14) != 8) return PromptFault::kBadFormat;
  return PromptFault::kNone;
}

PromptFault read_wave(Bytes file, Prompt& prompt) {
  if (!has(file, 8, "WAVE")) return PromptFault::kNotWave;
  bool formatted = false;
  size_t at = 12;
  // The size in the RIFF header is left alone for the same reason; the chunks are held against the
  // file itself.
  while (file.size() - at >= 8) {
    const Bytes head = file.subspan(at, 8);
    uint32_t size = u32(head, 4);
    at += 8;
    const size_t left = file.size() - at;
    const bool data = has(head, 0, "data");
    if (data && size == kSizeUnknown) size = static_cast<uint32_t>(left);
    if (size > left) return PromptFault::kTruncated;
    const Bytes chunk = file.subspan(at, size);
    if (data) {
      if (!formatted) return PromptFault::kNoFormat;
      const PromptFault fault = fault_of_length(chunk.size());
      if (fault == PromptFault::kNone) prompt.audio = chunk;
      return fault;
    }
    if (has(head, 0, "fmt ")) {
      if (formatted) return PromptFault::kTwoFormats;
      if (const PromptFault fault = read_format(chunk, prompt); fault != PromptFault::kNone) {
        return fault;
      }
      formatted = true;
    }
    // A chunk of odd size is followed by one byte, which the last one of a file can lack.
    at += std::min<size_t>(size + (size & 1U), left);
  }
  return formatted ? PromptFault::kNoData : PromptFault::kNoFormat;
}

}  // namespace

Prompt read_prompt(Bytes file) {
  Prompt prompt;
  if (has(file, 0, "RIFF")) {
    prompt.fault = read_wave(file, prompt);
    return prompt;
  }
  for (const Magic& magic : kOtherContainers) {
    if (has(file, magic.offset, magic.bytes)) {
      prompt.fault = PromptFault::kOtherContainer;
      return prompt;
    }
  }
  prompt.fault = fault_of_length(file.size());
  if (prompt.ok()) {
    prompt.audio = file;
    prompt.format = kFormatMulaw;
    prompt.channels = 1;
    prompt.rate = 8000;
  }
  return prompt;
}

std::string_view text_of(PromptFault fault) {
  switch (fault) {
    case PromptFault::kNone: return "no fault";
    case PromptFault::kEmpty: return "there is no audio in it";
    case PromptFault::kTooLong: return "it is longer than 60 s";
    case PromptFault::kOtherContainer:
      return "it is another kind of audio file; a WAVE file or raw mu-law is needed";
    case PromptFault::kNotWave: return "it is a RIFF file but not WAVE";
    case PromptFault::kTruncated: return "it ends in the middle of a chunk";
    case PromptFault::kNoFormat: return "there is no fmt chunk before the audio";
    case PromptFault::kBadFormat: return "its fmt chunk is too short or contradicts itself";
    case PromptFault::kTwoFormats: return "it has two fmt chunks";
    case PromptFault::kNotMulaw: return "its coding is not mu-law (WAVE format 7)";
    case PromptFault::kNotMono: return "it is not mono";
    case PromptFault::kNot8kHz: return "its sample rate is not 8000 Hz";
    case PromptFault::kNoData: return "it has no data chunk";
  }
  return "";
}

}  // namespace hookflash
