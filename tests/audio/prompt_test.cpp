#include "audio/prompt.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "audio/wav.h"
#include "limits.h"
#include "wav_bytes.h"

namespace hookflash {
namespace {

std::vector<uint8_t> audio(size_t bytes) {
  std::vector<uint8_t> out(bytes);
  for (size_t i = 0; i < bytes; ++i) out[i] = static_cast<uint8_t>(i * 7 + 1);
  return out;
}
std::vector<uint8_t> taken(const Prompt& prompt) {
  return {prompt.audio.begin(), prompt.audio.end()};
}

// Aim: WAVE files of mu-law, 8 kHz, mono are read, whatever else is in them.
// Method: the plain one; with an extension; WAVE_FORMAT_EXTENSIBLE; other chunks before, between
// and behind, of odd sizes; audio of odd size with and without the byte that follows it; a RIFF
// size that is wrong; a data size that was never filled in; bytes behind the last chunk.
TEST(Prompt, ReadsMulawWaveFiles) {
  const auto format = WavBytes::format(7);
  auto longer = format;
  longer.insert(longer.end(), {0, 0});
  const auto expect_audio = [](const WavBytes& file, size_t bytes, const char* what) {
    const Prompt prompt = read_prompt(file.bytes);
    EXPECT_EQ(prompt.fault, PromptFault::kNone) << what << ": " << text_of(prompt.fault);
    EXPECT_EQ(taken(prompt), audio(bytes)) << what;
    EXPECT_EQ(prompt.format, 7);
  };
  expect_audio(WavBytes::riff().chunk("fmt ", format).chunk("data", audio(320)), 320, "plain");
  expect_audio(WavBytes::riff().chunk("fmt ", longer).chunk("data", audio(320)), 320, "extension");
  expect_audio(WavBytes::riff().chunk("fmt ", WavBytes::extensible(7)).chunk("data", audio(8)), 8,
               "extensible");
  expect_audio(WavBytes::riff()
                   .chunk("LIST", audio(33))
                   .chunk("fmt ", format)
                   .chunk("fact", audio(4))
                   .chunk("odd ", audio(1))
                   .chunk("none", {})
                   .chunk("data", audio(161))
                   .chunk("LIST", audio(9)),
               161, "other chunks");
  WavBytes unpadded = WavBytes::riff().chunk("fmt ", format).chunk("data", audio(5));
  unpadded.bytes.pop_back();
  expect_audio(unpadded, 5, "odd size at the very end");
  WavBytes wrong_size = WavBytes::riff().chunk("fmt ", format).chunk("data", audio(6));
  wrong_size.bytes[4] = 0xFF;
  wrong_size.bytes[7] = 0xFF;
  expect_audio(wrong_size, 6, "RIFF size");
  WavBytes streamed = WavBytes::riff().chunk("fmt ", format).id("data").number(0xFFFFFFFF, 4);
  const auto rest = audio(1000);
  streamed.bytes.insert(streamed.bytes.end(), rest.begin(), rest.end());
  expect_audio(streamed, 1000, "size unknown");
  expect_audio(WavBytes::riff().chunk("fmt ", format).chunk("data", audio(2)).id("abc"), 2,
               "bytes behind");
}

// Aim: everything else is refused, with the reason that is true.
// Method: one file for each reason.
TEST(Prompt, RefusesTheRestWithItsReason) {
  const auto format = WavBytes::format(7);
  const auto fault_of = [](const WavBytes& file) { return read_prompt(file.bytes).fault; };
  const auto with_format = [&](const std::vector<uint8_t>& chunk) {
    return fault_of(WavBytes::riff().chunk("fmt ", chunk).chunk("data", audio(160)));
  };
  EXPECT_EQ(fault_of(WavBytes()), PromptFault::kEmpty);
  EXPECT_EQ(fault_of(WavBytes::riff().chunk("fmt ", format).chunk("data", {})),
            PromptFault::kEmpty);
  EXPECT_EQ(fault_of(WavBytes().id("RIFF")), PromptFault::kNotWave);
  EXPECT_EQ(fault_of(WavBytes().id("RIFF").number(4, 4).id("AVI ")), PromptFault::kNotWave);
  EXPECT_EQ(fault_of(WavBytes::riff()), PromptFault::kNoFormat);
  EXPECT_EQ(fault_of(WavBytes::riff().chunk("data", audio(160))), PromptFault::kNoFormat);
  EXPECT_EQ(fault_of(WavBytes::riff().chunk("fmt ", format)), PromptFault::kNoData);
  EXPECT_EQ(fault_of(WavBytes::riff().chunk("fmt ", format).chunk("fmt ", format)),
            PromptFault::kTwoFormats);
  EXPECT_EQ(fault_of(WavBytes::riff().chunk("fmt ", format).id("data").number(161, 4).id("short")),
            PromptFault::kTruncated);
  EXPECT_EQ(fault_of(WavBytes::riff().id("LIST").number(0xFFFFFFFF, 4)), PromptFault::kTruncated);
  EXPECT_EQ(with_format(std::vector<uint8_t>(format.begin(), format.end() - 1)),
            PromptFault::kBadFormat);
  EXPECT_EQ(with_format(WavBytes::format(7, 1, 8000, 2, 8)), PromptFault::kBadFormat);
  EXPECT_EQ(with_format(WavBytes::format(7, 1, 8000, 1, 16)), PromptFault::kBadFormat);
  EXPECT_EQ(with_format(WavBytes::format(0xFFFE)), PromptFault::kBadFormat);
  for (const int tag : {0, 1, 2, 3, 6, 17, 49, 85}) {
    EXPECT_EQ(with_format(WavBytes::format(static_cast<uint16_t>(tag))), PromptFault::kNotMulaw)
        << tag;
  }
  EXPECT_EQ(with_format(WavBytes::extensible(1)), PromptFault::kNotMulaw);
  auto other_guid = WavBytes::extensible(7);
  other_guid.back() = 0;
  EXPECT_EQ(with_format(other_guid), PromptFault::kNotMulaw);
  EXPECT_EQ(with_format(WavBytes::format(7, 2, 8000, 2)), PromptFault::kNotMono);
  EXPECT_EQ(with_format(WavBytes::format(7, 0)), PromptFault::kNotMono);
  EXPECT_EQ(with_format(WavBytes::format(7, 1, 16000)), PromptFault::kNot8kHz);
  const Prompt stereo = read_prompt(WavBytes::riff()
                                        .chunk("fmt ", WavBytes::format(1, 2, 44100, 4, 16))
                                        .chunk("data", audio(4))
                                        .bytes);
  EXPECT_EQ(stereo.format, 1);
  EXPECT_EQ(stereo.channels, 2);
  EXPECT_EQ(stereo.rate, 44100U);
}

// Aim: the longest prompt is limits::kPromptBytesMax of audio, in either kind of file.
// Method: exactly that, and one byte more.
TEST(Prompt, LongestPrompt) {
  const auto longest = audio(limits::kPromptBytesMax);
  const auto too_long = audio(limits::kPromptBytesMax + 1);
  EXPECT_TRUE(read_prompt(longest).ok());
  EXPECT_EQ(read_prompt(too_long).fault, PromptFault::kTooLong);
  const auto wave = [](const std::vector<uint8_t>& content) {
    return WavBytes::riff().chunk("fmt ", WavBytes::format(7)).chunk("data", content).bytes;
  };
  EXPECT_TRUE(read_prompt(wave(longest)).ok());
  EXPECT_EQ(read_prompt(wave(too_long)).fault, PromptFault::kTooLong);
}

// Aim: what is no container is raw mu-law; other containers are not played as noise.
// Method: bytes as speech has them, short files, and the beginnings of common kinds of audio file.
TEST(Prompt, RawAudioAndOtherContainers) {
  for (const size_t bytes : {1U, 3U, 4U, 11U, 160U, 8000U}) {
    const auto raw = audio(bytes);
    const Prompt prompt = read_prompt(raw);
    EXPECT_TRUE(prompt.ok());
    EXPECT_EQ(taken(prompt), raw);
    EXPECT_EQ(prompt.rate, 8000U);
  }
  const auto silence = std::vector<uint8_t>(320, 0xFF);
  EXPECT_TRUE(read_prompt(silence).ok());
  for (const std::string begin : {"OggS", "fLaC", "ID3\x04", "FORM", "RIFX", "RF64", ".snd", "caff",
                                  "\x1A\x45\xDF\xA3", "1234ftypM4A "}) {
    std::vector<uint8_t> file(begin.begin(), begin.end());
    file.resize(1000, 0x55);
    EXPECT_EQ(read_prompt(file).fault, PromptFault::kOtherContainer) << begin;
  }
}

// Aim: every fault has words of its own. Method: all of them.
TEST(Prompt, EveryFaultHasItsWords) {
  std::set<std::string_view> words;
  for (int i = 0; i <= static_cast<int>(PromptFault::kNoData); ++i) {
    const std::string_view text = text_of(static_cast<PromptFault>(i));
    EXPECT_FALSE(text.empty());
    EXPECT_TRUE(words.insert(text).second) << text;
  }
}

// Aim: the files we write can be read, by us and by the rules: sizes even and exact.
// Method: write the header for even and odd lengths, read it back; check the fields of one byte by
// byte.
TEST(Wav, HeaderReadsBack) {
  for (const uint32_t bytes : {1U, 2U, 159U, 160U, 480'000U}) {
    const auto header = mulaw_wav_header(bytes);
    std::vector<uint8_t> file(header.begin(), header.end());
    const auto content = audio(bytes);
    file.insert(file.end(), content.begin(), content.end());
    if (bytes % 2 == 1) file.push_back(0);
    const Prompt prompt = read_prompt(file);
    EXPECT_TRUE(prompt.ok()) << text_of(prompt.fault);
    EXPECT_EQ(taken(prompt), content);
    const uint32_t riff = file[4] | (uint32_t{file[5]} << 8) | (uint32_t{file[6]} << 16);
    EXPECT_EQ(riff + 8, file.size());
  }
  std::vector<uint8_t> format = WavBytes::format(7);
  format.insert(format.end(), {0, 0});
  WavBytes expected = WavBytes::riff().chunk("fmt ", format);
  expected.id("fact").number(4, 4).number(160, 4).id("data").number(160, 4);
  expected.bytes[4] = 50 + 160;
  const auto header = mulaw_wav_header(160);
  EXPECT_EQ(std::vector<uint8_t>(header.begin(), header.end()), expected.bytes);
}

}  // namespace
}  // namespace hookflash
