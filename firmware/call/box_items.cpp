#include "call/box_items.h"

#include <cstring>

#include "base/check.h"

namespace hookflash {

void write_device_key(EntryWriter& entry, const DeviceKey& key) {
  entry.open(ItemType::kDeviceKey).bytes(key);
  entry.close();
}

Status read_device_key(Bytes payload, DeviceKey& key) {
  if (payload.size() != key.size()) return Status::kInvalid;
  std::memcpy(key.data(), payload.data(), key.size());
  return Status::kOk;
}

void write_keep_transcripts(EntryWriter& entry, bool keep) {
  entry.open(ItemType::kKeepTranscripts).u8(keep ? 1 : 0);
  entry.close();
}

Status read_keep_transcripts(Bytes payload, bool& keep) {
  if (payload.size() != 1 || payload[0] > 1) return Status::kInvalid;
  keep = payload[0] == 1;
  return Status::kOk;
}

void write_configuration_piece(EntryWriter& entry, const ConfigurationPiece& piece) {
  CHECK(piece.text.size() <= kConfigurationPieceBytesMax && piece.index < piece.count);
  entry.open(ItemType::kConfiguration)
      .bytes(piece.digest)
      .u8(piece.index)
      .u8(piece.count)
      .bytes(bytes_of(piece.text));
  entry.close();
}

Status read_configuration_piece(Bytes payload, ConfigurationPiece& piece) {
  if (payload.size() < sizeof(Key) + 2) return Status::kInvalid;
  std::memcpy(piece.digest.data(), payload.data(), sizeof(Key));
  piece.index = payload[sizeof(Key)];
  piece.count = payload[sizeof(Key) + 1];
  piece.text = text_of(payload.subspan(sizeof(Key) + 2));
  const bool good = piece.count > 0 && piece.count <= kConfigurationPiecesMax &&
                    piece.index < piece.count && piece.text.size() <= kConfigurationPieceBytesMax;
  return good ? Status::kOk : Status::kInvalid;
}

ConfigurationPiece configuration_piece(const Key& digest, std::string_view text, uint8_t index) {
  return {.digest = digest,
          .index = index,
          .count = configuration_pieces(text.size()),
          .text = text.substr(index * kConfigurationPieceBytesMax, kConfigurationPieceBytesMax)};
}

bool KeptConfiguration::add(const ConfigurationPiece& piece, WallTime at) {
  if (piece.index == 0) {
    coming_digest_ = piece.digest;
    coming_index_ = 0;
    coming_size_ = 0;
  } else if (piece.digest != coming_digest_ || piece.index != coming_index_) {
    coming_digest_ = {};
    return false;
  }
  if (piece.text.size() > coming_.size() - coming_size_) return false;
  std::memcpy(coming_.data() + coming_size_, piece.text.data(), piece.text.size());
  coming_size_ += piece.text.size();
  if (++coming_index_ < piece.count) return false;
  std::memcpy(whole_.data(), coming_.data(), coming_size_);
  size_ = coming_size_;
  digest_ = piece.digest;
  since_ = at;
  coming_digest_ = {};
  return true;
}

void KeptConfiguration::clear() {
  size_ = coming_size_ = 0;
  coming_index_ = 0;
  digest_ = coming_digest_ = {};
  since_ = {};
}

}  // namespace hookflash
