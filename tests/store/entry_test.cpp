#include "store/entry.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/store/fake_crypto.h"

namespace hookflash {
namespace {

// Aim: items come back in order with their payload, and the entry with its time. Method: three
// items, one of them empty.
TEST(Entry, GivesItsItemsBack) {
  EntryWriter entry;
  entry.begin(WallTime::from_ms(1'700'000'000'123));
  EXPECT_TRUE(entry.empty());
  entry.open(ItemType::kMessage).u8(1).u16(0x0203).u32(4).u64(5).text("six");
  entry.close();
  entry.open(ItemType::kIntents);
  entry.close();
  entry.open(ItemType::kCore).text("");
  entry.close();
  EXPECT_FALSE(entry.empty());
  ASSERT_EQ(entry.status(), Status::kOk);
  ASSERT_EQ(EntryReader::check(entry.bytes()), Status::kOk);

  EntryReader reader(entry.bytes());
  EXPECT_EQ(reader.time().ms(), 1'700'000'000'123);
  Item item;
  ASSERT_TRUE(reader.next(item));
  EXPECT_EQ(item.type, ItemType::kMessage);
  ByteReader in(item.payload);
  EXPECT_EQ(in.u8(), 1);
  EXPECT_EQ(in.u16(), 0x0203);
  EXPECT_EQ(in.u32(), 4U);
  EXPECT_EQ(in.u64(), 5U);
  EXPECT_EQ(in.text(), "six");
  EXPECT_TRUE(in.at_end());
  EXPECT_FALSE(in.failed());
  EXPECT_EQ(in.u8(), 0);
  EXPECT_TRUE(in.failed());
  ASSERT_TRUE(reader.next(item));
  EXPECT_EQ(item.type, ItemType::kIntents);
  EXPECT_TRUE(item.payload.empty());
  ASSERT_TRUE(reader.next(item));
  EXPECT_EQ(item.payload.size(), 2U);
  EXPECT_FALSE(reader.next(item));

  entry.begin(WallTime::from_ms(1));
  EXPECT_TRUE(entry.empty());
}

// Aim: an entry never grows over 4 KiB; what does not fit makes the whole unusable instead
// of cut. Method: fill it to the byte, then once more with one byte too many.
TEST(Entry, RefusesWhatDoesNotFit) {
  std::vector<uint8_t> filler(limits::kJournalEntryBytesMax - kEntryHeadBytes - kItemHeadBytes);
  EntryWriter entry;
  entry.begin({});
  entry.open(ItemType::kCore).bytes(filler);
  entry.close();
  EXPECT_EQ(entry.status(), Status::kOk);
  EXPECT_EQ(entry.bytes().size(), 4096U);
  EXPECT_EQ(EntryReader::check(entry.bytes()), Status::kOk);
  entry.open(ItemType::kCore);
  entry.close();
  EXPECT_EQ(entry.status(), Status::kTooLarge);

  filler.push_back(0);
  entry.begin({});
  entry.open(ItemType::kCore).bytes(filler);
  entry.close();
  EXPECT_EQ(entry.status(), Status::kTooLarge);
  entry.begin({});
  EXPECT_EQ(entry.status(), Status::kOk);
}

// Aim: what another version wrote is told from what is broken, and an optional item is passed over.
// Method: change single bytes of a good entry.
TEST(Entry, KnowsWhatItCannotRead) {
  EntryWriter entry;
  entry.begin(WallTime::from_ms(7));
  entry.open(ItemType::kIntents).u32(9);
  entry.close();
  const std::vector<uint8_t> good(entry.bytes().begin(), entry.bytes().end());

  std::vector<uint8_t> bytes = good;
  bytes[0] = 2;
  EXPECT_EQ(EntryReader::check(bytes), Status::kUnsupported);
  bytes = good;
  bytes[kEntryHeadBytes] = 0x7F;
  EXPECT_EQ(EntryReader::check(bytes), Status::kUnsupported);
  bytes[kEntryHeadBytes] = 0;
  EXPECT_EQ(EntryReader::check(bytes), Status::kUnsupported);
  bytes[kEntryHeadBytes] = 0xFF;
  ASSERT_EQ(EntryReader::check(bytes), Status::kOk);
  Item item;
  EXPECT_FALSE(EntryReader(bytes).next(item));
  bytes = good;
  bytes[kEntryHeadBytes + 1] = 200;
  EXPECT_EQ(EntryReader::check(bytes), Status::kInvalid);
  bytes = good;
  bytes.push_back(1);
  EXPECT_EQ(EntryReader::check(bytes), Status::kInvalid);
  for (size_t size = 0; size < good.size(); ++size) {
    const Status status = EntryReader::check(Bytes(good).first(size));
    EXPECT_EQ(status == Status::kOk, size == kEntryHeadBytes) << size;
  }
  EXPECT_EQ(EntryReader::check(std::vector<uint8_t>(4097)), Status::kTooLarge);
}

// Aim: no bytes make the reader leave the entry. Method: random bytes and random lengths; the
// sanitizers watch, and the items found never overlap the end.
TEST(Entry, StandsRandomBytes) {
  SeededEntropy random(11);
  for (int i = 0; i < 20'000; ++i) {
    std::vector<uint8_t> bytes(random.below(80));
    random.fill(bytes);
    if (!bytes.empty()) bytes[0] = kEntryVersion;
    for (size_t at = kEntryHeadBytes; at + 2 < bytes.size(); at += 7) {
      bytes[at] = static_cast<uint8_t>(random.below(11));
      bytes[at + 2] = 0;
    }
    if (EntryReader::check(bytes) != Status::kOk) continue;
    EntryReader reader(bytes);
    Item item;
    size_t total = 0;
    while (reader.next(item)) total += kItemHeadBytes + item.payload.size();
    EXPECT_LE(kEntryHeadBytes + total, bytes.size());
  }
}

}  // namespace
}  // namespace hookflash
