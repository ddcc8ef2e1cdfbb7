// Aim: what the journal keeps of the box comes back as it was, and nothing half written counts.
// Method: by hand, and through the archive that snapshots are written from.
#include "call/box_items.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "call/archive.h"

namespace hookflash {
namespace {

constexpr WallTime kMonday = WallTime::from_ms(1'700'000'000'000);
constexpr WallTime kTuesday = WallTime::from_ms(1'700'086'400'000);

Key digest_of(uint8_t number) {
  Key digest{};
  digest[0] = number;
  return digest;
}

std::string long_text(size_t size) {
  std::string text;
  for (size_t i = 0; text.size() < size; ++i) text += std::to_string(i);
  text.resize(size);
  return text;
}

std::vector<uint8_t> entry_with(const ConfigurationPiece& piece, WallTime at) {
  EntryWriter entry;
  entry.begin(at);
  write_configuration_piece(entry, piece);
  EXPECT_EQ(entry.status(), Status::kOk);
  return {entry.bytes().begin(), entry.bytes().end()};
}

std::vector<uint8_t> entry_with(const DeviceKey& key) {
  EntryWriter entry;
  entry.begin(kMonday);
  write_device_key(entry, key);
  return {entry.bytes().begin(), entry.bytes().end()};
}

void apply(CallArchive& archive, const Key& digest, std::string_view text, WallTime at,
           uint8_t pieces) {
  for (uint8_t i = 0; i < pieces; ++i) {
    archive.apply(entry_with(configuration_piece(digest, text, i), at), 1);
  }
}

struct Archive {
  std::unique_ptr<CallArchiveMemory> memory = std::make_unique<CallArchiveMemory>();
  CallArchive archive{*memory};
};

// The pieces of one archive's snapshot, applied to another.
void copy(CallArchive& from, CallArchive& to) {
  size_t bytes = 0;
  from.begin_snapshot();
  for (Bytes piece = from.next_piece(); !piece.empty(); piece = from.next_piece()) {
    bytes += piece.size() + JournalState::kPieceOverhead;
    to.apply(piece, 0);
  }
  EXPECT_LE(bytes, from.snapshot_bytes_max());
  EXPECT_EQ(to.refused(), 0U);
}

TEST(BoxItems, TextsOfEverySizeComeBack) {
  for (const size_t size : {size_t{1}, kConfigurationPieceBytesMax - 1, kConfigurationPieceBytesMax,
                            kConfigurationPieceBytesMax + 1, limits::kConfigurationKeptBytesMax}) {
    const std::string text = long_text(size);
    auto kept = std::make_unique<KeptConfiguration>();
    const uint8_t pieces = configuration_pieces(size);
    for (uint8_t i = 0; i < pieces; ++i) {
      EXPECT_EQ(kept->add(configuration_piece(digest_of(1), text, i), kMonday), i + 1 == pieces);
    }
    EXPECT_EQ(kept->text(), text) << size;
    EXPECT_EQ(kept->digest(), digest_of(1));
    EXPECT_EQ(kept->since(), kMonday);
  }
}

// B-JRN-3: the power fails between two pieces; the older configuration stays until a new one is
// whole.
TEST(BoxItems, HalfAConfigurationDoesNotCount) {
  const std::string one = long_text(5000);
  const std::string two = long_text(9000);
  Archive box;
  apply(box.archive, digest_of(1), one, kMonday, 2);
  apply(box.archive, digest_of(2), two, kTuesday, 2);
  EXPECT_EQ(box.memory->configuration.text(), one);
  // The next start writes another one: its first piece ends what was begun.
  apply(box.archive, digest_of(3), one, kTuesday, 1);
  box.archive.apply(entry_with(configuration_piece(digest_of(2), two, 2), kTuesday), 1);
  EXPECT_EQ(box.memory->configuration.text(), one);
  EXPECT_EQ(box.memory->configuration.digest(), digest_of(1));
  apply(box.archive, digest_of(2), two, kTuesday, 3);
  EXPECT_EQ(box.memory->configuration.text(), two);
  EXPECT_EQ(box.memory->configuration.since(), kTuesday);
}

// Both are in every snapshot, with the time they had, and clear() forgets them.
TEST(BoxItems, SnapshotsKeepThem) {
  Archive box;
  const DeviceKey key{7, 8, 9};
  const std::string text = long_text(limits::kConfigurationKeptBytesMax);
  box.archive.apply(entry_with(key), 1);
  apply(box.archive, digest_of(1), text, kMonday, configuration_pieces(text.size()));
  Archive other;
  copy(box.archive, other.archive);
  EXPECT_TRUE(other.memory->has_device_key);
  EXPECT_EQ(other.memory->device_key, key);
  EXPECT_EQ(other.memory->configuration.text(), text);
  EXPECT_EQ(other.memory->configuration.since(), kMonday);
  other.archive.clear();
  EXPECT_FALSE(other.memory->has_device_key);
  EXPECT_FALSE(other.memory->configuration.is_set());
  Archive empty;
  copy(other.archive, empty.archive);
  EXPECT_FALSE(empty.memory->has_device_key);
}

// Bytes that nobody wrote are refused.
TEST(BoxItems, WrongPayloads) {
  DeviceKey key;
  EXPECT_EQ(read_device_key(std::vector<uint8_t>(31), key), Status::kInvalid);
  EXPECT_EQ(read_device_key(std::vector<uint8_t>(33), key), Status::kInvalid);
  ConfigurationPiece piece;
  std::vector<uint8_t> bytes(sizeof(Key) + 1);
  EXPECT_EQ(read_configuration_piece(bytes, piece), Status::kInvalid);
  bytes.push_back(0);  // No piece of none.
  EXPECT_EQ(read_configuration_piece(bytes, piece), Status::kInvalid);
  bytes[sizeof(Key) + 1] = 1;
  EXPECT_EQ(read_configuration_piece(bytes, piece), Status::kOk);
  bytes[sizeof(Key)] = 1;  // The second of one.
  EXPECT_EQ(read_configuration_piece(bytes, piece), Status::kInvalid);
  bytes[sizeof(Key)] = 0;
  bytes[sizeof(Key) + 1] = kConfigurationPiecesMax + 1;
  EXPECT_EQ(read_configuration_piece(bytes, piece), Status::kInvalid);
  bytes[sizeof(Key) + 1] = 1;
  bytes.resize(sizeof(Key) + 2 + kConfigurationPieceBytesMax + 1);
  EXPECT_EQ(read_configuration_piece(bytes, piece), Status::kInvalid);
}

}  // namespace
}  // namespace hookflash
