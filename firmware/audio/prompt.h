#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace hookflash {

// Why a prompt file is refused.
enum class PromptFault : uint8_t {
  kNone = 0,
  kEmpty,           // No audio in it.
  kTooLong,         // Over limits::kPromptBytesMax of audio.
  kOtherContainer,  // Begins like Ogg, MP3, FLAC, AIFF, AU, RIFX or RF64.
  kNotWave,         // RIFF, but not WAVE.
  kTruncated,       // A chunk reaches beyond the end of the file.
  kNoFormat,        // No fmt chunk before the audio.
  kBadFormat,       // A fmt chunk that is too short or contradicts itself.
  kTwoFormats,
  kNotMulaw,  // Another coding; PCM, A-law and so on.
  kNotMono,
  kNot8kHz,
  kNoData,  // No data chunk.
};

// The text for people, for example "the coding is not mu-law (WAVE format 7)".
[[nodiscard]] std::string_view text_of(PromptFault fault);

// The audio of a prompt: raw mu-law, 8 kHz, mono. A view into the file's bytes.
struct Prompt {
  Bytes audio;
  PromptFault fault = PromptFault::kNone;
  // The file's format tag, channels and rate as far as they were read, for the message.
  uint16_t format = 0;
  uint16_t channels = 0;
  uint32_t rate = 0;

  [[nodiscard]] bool ok() const { return fault == PromptFault::kNone; }
};

// Reads a whole prompt file. What begins with "RIFF" must be a WAVE file of mu-law (format 7, plain
// or as WAVE_FORMAT_EXTENSIBLE), 8 kHz, mono; other chunks and odd sizes are passed over, and a
// data size of 0xFFFFFFFF (a writer that could not go back) means up to the end. Everything else is
// taken as raw mu-law, unless it begins like another kind of audio file.
[[nodiscard]] Prompt read_prompt(Bytes file);

}  // namespace hookflash
