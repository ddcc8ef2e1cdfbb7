#include "contract.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace hookflash::contract {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = HOOKFLASH_SOURCE_DIR;

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// These two say how the others are to be read; the tests of this file hold everything to them.
constexpr const char* kAboutIds[] = {"B-GEN-1", "B-GEN-2"};

// Ids named by the tests, this folder (which is about ids, not about behaviour) left out.
std::set<std::string> ids_named_by_tests() {
  std::set<std::string> named(std::begin(kAboutIds), std::end(kAboutIds));
  auto entry = fs::recursive_directory_iterator(kRoot / "tests");
  for (; entry != fs::recursive_directory_iterator(); ++entry) {
    const std::string name = entry->path().filename().string();
    if (entry->is_directory() &&
        (name == "node_modules" || name == "contract" || name == "layering" || name == "data")) {
      entry.disable_recursion_pending();
      continue;
    }
    const std::string ending = entry->path().extension().string();
    if (ending != ".cpp" && ending != ".h" && ending != ".js" && ending != ".sh") continue;
    named.merge(named_ids(text_of(entry->path())));
  }
  return named;
}

std::string listed(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "\n" + line;
  return text;
}

std::set<std::string> contract_ids() {
  const std::set<std::string> ids = defined_ids(text_of(kRoot / "docs/spec/call-behaviour.md"));
  EXPECT_GT(ids.size(), 200u) << "the contract was not read";
  return ids;
}

// Aim: every statement of the contract is proven, or stands in later.txt with its reason.
// Method: ids in test files against ids in the contract.
TEST(Contract, EveryIdIsProvenOrListedAsLater) {
  const std::vector<std::string> wrong =
      unproven(contract_ids(), ids_named_by_tests(),
               read_later(text_of(kRoot / "tests/contract/later.txt")));
  EXPECT_TRUE(wrong.empty()) << listed(wrong);
}

// Aim: later.txt says nothing untrue: no unknown id, none that a test names, none twice.
TEST(Contract, LaterListIsTrue) {
  const std::vector<std::string> wrong =
      untrue_later(contract_ids(), ids_named_by_tests(),
                   read_later(text_of(kRoot / "tests/contract/later.txt")));
  EXPECT_TRUE(wrong.empty()) << listed(wrong);
}

// Aim: tests name no id that the contract does not have.
TEST(Contract, TestsNameOnlyKnownIds) {
  const std::vector<std::string> wrong = unknown_ids(contract_ids(), ids_named_by_tests());
  EXPECT_TRUE(wrong.empty()) << listed(wrong);
}

// Aim: B-GEN-1, an id stands for one statement: none is defined twice, none of a family is left out
// that was there once (they are never reused). Method: the numbers of each family in the contract.
TEST(Contract, IdsAreUniqueAndWithoutHoles) {
  const std::string contract = text_of(kRoot / "docs/spec/call-behaviour.md");
  EXPECT_THAT(defined_twice(contract), testing::IsEmpty());
  std::map<std::string, std::set<int>> families;
  for (const std::string& id : contract_ids()) {
    const size_t dash = id.rfind('-');
    families[id.substr(0, dash)].insert(std::stoi(id.substr(dash + 1)));
  }
  for (const auto& [family, numbers] : families) {
    EXPECT_EQ(*numbers.begin(), 1) << family;
    EXPECT_EQ(static_cast<size_t>(*numbers.rbegin()), numbers.size()) << family;
  }
}

// Aim: B-GEN-2, tests of call behaviour run on an injected clock. Method: no clock of the machine
// and no sleep is named where the pure rooms are tested.
TEST(Contract, TestsOfBehaviourUseAnInjectedClock) {
  for (const char* room : {"appliance", "audio", "base", "call", "config", "http", "journal",
                           "json", "providers_signatures", "providers_twilio", "report", "scenario",
                           "sim", "store", "swarm", "target", "webhook"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / "tests" / room)) {
      if (!entry.is_regular_file()) continue;
      const std::string text = text_of(entry.path());
      for (const char* word : {"sleep(", "sleep_for", "steady_clock", "system_clock",
                               "clock_gettime", "gettimeofday", "read_clocks"}) {
        EXPECT_EQ(text.find(word), std::string::npos) << entry.path() << " uses " << word;
      }
    }
  }
}

// Aim: the rules themselves notice each mistake. Method: small texts with one mistake each.
TEST(Contract, NoticesEachMistake) {
  const std::set<std::string> defined =
      defined_ids("- **B-AA-1** first.\n  see B-AA-9\n- **B-AA-2** second.\n");
  EXPECT_EQ(defined, (std::set<std::string>{"B-AA-1", "B-AA-2"}));
  const std::set<std::string> named = named_ids("// Proves B-AA-1, and B-BB-3.\n");
  EXPECT_EQ(named, (std::set<std::string>{"B-AA-1", "B-BB-3"}));

  EXPECT_EQ(defined_twice("- **B-AA-1** a\n- **B-AA-2** b\n- **B-AA-1** c\n"),
            (std::vector<std::string>{"B-AA-1"}));

  EXPECT_EQ(unproven(defined, named, Later{}).size(), 1u);
  EXPECT_TRUE(unproven(defined, named, read_later("# why\n\nB-AA-2 not built yet\n")).empty());
  EXPECT_EQ(unknown_ids(defined, named).size(), 1u);

  EXPECT_EQ(untrue_later(defined, named, read_later("B-AA-1 proven and listed\n")).size(), 1u);
  EXPECT_EQ(untrue_later(defined, named, read_later("B-CC-1 not in the contract\n")).size(), 1u);
  EXPECT_EQ(untrue_later(defined, named, read_later("B-AA-2 a\nB-AA-2 b\n")).size(), 1u);
  EXPECT_EQ(untrue_later(defined, named, read_later("B-AA-2\n")).size(), 1u) << "without a reason";
  EXPECT_TRUE(untrue_later(defined, named, read_later("B-AA-2 a reason\n")).empty());
}

}  // namespace
}  // namespace hookflash::contract
