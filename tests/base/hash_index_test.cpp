#include "base/hash_index.h"

#include <gtest/gtest.h>

#include <array>
#include <map>

#include "tests/store/fake_crypto.h"

namespace hookflash {
namespace {

// Aim: whatever is inserted is found and nothing else, also after erasing out of the middle of
// crowded runs. Method: few hashes, so that nearly everything collides, against a std::map.
TEST(HashIndex, AgreesWithAMap) {
  constexpr size_t kSize = 64;
  for (const size_t hashes : {1U, 3U, 40U, 100'000U}) {
    HashIndex<kSize> index;
    std::array<uint32_t, kSize> hash_of{};
    std::map<size_t, uint32_t> model;
    SeededEntropy random(hashes);
    for (int step = 0; step < 20'000; ++step) {
      const size_t reference = random.below(kSize);
      const auto found = model.find(reference);
      if (found == model.end()) {
        hash_of[reference] = static_cast<uint32_t>(random.below(hashes));
        index.insert(hash_of[reference], reference);
        model[reference] = hash_of[reference];
      } else {
        index.erase(found->second, reference, [&](size_t other) { return hash_of[other]; });
        model.erase(found);
      }
      ASSERT_EQ(index.size(), model.size());
      const size_t probe = random.below(kSize);
      const size_t result =
          index.find(hash_of[probe], [&](size_t candidate) { return candidate == probe; });
      ASSERT_EQ(result, model.count(probe) == 1 ? probe : HashIndex<kSize>::kNone);
    }
    index.clear();
    EXPECT_EQ(index.size(), 0U);
    EXPECT_EQ(index.find(hash_of[0], [](size_t) { return true; }), HashIndex<kSize>::kNone);
  }
}

}  // namespace
}  // namespace hookflash
