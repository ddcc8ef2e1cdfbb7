#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/status.h"
#include "base/time.h"
#include "call/stream_token.h"
#include "limits.h"
#include "store/entry.h"
#include "store/key.h"

namespace hookflash {

// What the journal keeps of the box besides its calls: the key that its tokens are made with,
// whether transcripts of finished calls are kept, and the configuration it last ran with, so that a
// dump tells under which rules calls were taken.

void write_device_key(EntryWriter& entry, const DeviceKey& key);
// kInvalid: not 32 bytes.
Status read_device_key(Bytes payload, DeviceKey& key);

// From here on; false where there never was one (B-JRN-10).
void write_keep_transcripts(EntryWriter& entry, bool keep);
// kInvalid: not one byte of 0 or 1.
Status read_keep_transcripts(Bytes payload, bool& keep);

// One piece of a configuration whose secrets are hidden. Pieces of one configuration have the same
// digest and count and are written in order; the last one makes it whole.
struct ConfigurationPiece {
  Key digest{};  // Of the whole text.
  uint8_t index = 0;
  uint8_t count = 0;  // At least 1.
  std::string_view text;
};
inline constexpr size_t kConfigurationPieceBytesMax = 3 * 1024;
inline constexpr size_t kConfigurationPiecesMax =
    (limits::kConfigurationKeptBytesMax + kConfigurationPieceBytesMax - 1) /
    kConfigurationPieceBytesMax;
inline constexpr size_t kConfigurationItemBytesMax =
    kItemHeadBytes + sizeof(Key) + 2 + kConfigurationPieceBytesMax;
static_assert(kConfigurationPiecesMax <= UINT8_MAX);
static_assert(kEntryHeadBytes + kConfigurationItemBytesMax <= limits::kJournalEntryBytesMax);

void write_configuration_piece(EntryWriter& entry, const ConfigurationPiece& piece);
// kInvalid for what write_configuration_piece() cannot have made. The text points into `payload`.
Status read_configuration_piece(Bytes payload, ConfigurationPiece& piece);

// How many pieces a text takes; at least 1.
constexpr uint8_t configuration_pieces(size_t size) {
  const size_t pieces = (size + kConfigurationPieceBytesMax - 1) / kConfigurationPieceBytesMax;
  return static_cast<uint8_t>(pieces == 0 ? 1 : pieces);
}
// The piece of this index of a text of at most kConfigurationKeptBytesMax bytes.
ConfigurationPiece configuration_piece(const Key& digest, std::string_view text, uint8_t index);

// Puts pieces together. Plain data, all bytes zero at first.
class KeptConfiguration {
 public:
  // True: that made a configuration whole, and text() is it. Pieces out of order are of a
  // configuration that a power cut left unfinished; it begins anew with a first piece.
  bool add(const ConfigurationPiece& piece, WallTime at);
  void clear();

  [[nodiscard]] bool is_set() const { return size_ > 0; }
  [[nodiscard]] std::string_view text() const { return {whole_.data(), size_}; }
  [[nodiscard]] const Key& digest() const { return digest_; }
  [[nodiscard]] WallTime since() const { return since_; }

 private:
  Key digest_{};
  WallTime since_;
  size_t size_ = 0;
  Key coming_digest_{};
  uint8_t coming_index_ = 0;
  size_t coming_size_ = 0;
  std::array<char, limits::kConfigurationKeptBytesMax> whole_{};
  std::array<char, limits::kConfigurationKeptBytesMax> coming_{};
};

}  // namespace hookflash
