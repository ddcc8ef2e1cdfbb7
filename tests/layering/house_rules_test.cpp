#include "house_rules.h"

#include <gtest/gtest.h>

namespace hookflash::house {
namespace {

const std::vector<std::string> kCodeFolders = {"firmware", "hal", "platform", "providers"};

std::vector<SourceFile> code() {
  return read_tree(HOOKFLASH_SOURCE_DIR, kCodeFolders, {".h", ".cpp"});
}

std::vector<SourceFile> code_and_tests() {
  return read_tree(HOOKFLASH_SOURCE_DIR, {"firmware", "hal", "platform", "providers", "tests"},
                   {".h", ".cpp"});
}

// Aim: nothing in the tree has an empty name. Method: the words of file, type and function names.
TEST(HouseRules, NamesSaySomething) {
  const std::vector<Finding> findings = empty_names(code());
  EXPECT_TRUE(findings.empty()) << describe(findings);
  EXPECT_EQ(empty_names({{"firmware/base/string_utils.h", ""}}).size(), 1u);
  EXPECT_EQ(empty_names({{"firmware/call/a.h", "class CallManager {};\n"}}).size(), 1u);
  EXPECT_EQ(empty_names({{"firmware/call/a.h", "int parse_helper(int x);\n"}}).size(), 1u);
  EXPECT_TRUE(
      empty_names({{"firmware/call/a.h", "// the call manager(1)\nint commons();\n"}}).empty());
}

// Aim: files stay readable in one sitting.
TEST(HouseRules, FilesAreShort) {
  const std::vector<Finding> findings = long_files(code_and_tests());
  EXPECT_TRUE(findings.empty()) << describe(findings);
  EXPECT_EQ(long_files({{"a.cpp", std::string(601, '\n')}}).size(), 1u);
}

// Aim: every header can be included twice.
TEST(HouseRules, HeadersAreGuarded) {
  const std::vector<Finding> findings = unguarded_headers(code_and_tests());
  EXPECT_TRUE(findings.empty()) << describe(findings);
  EXPECT_EQ(unguarded_headers({{"a.h", "int a();\n"}}).size(), 1u);
}

// Aim: a test can hold ten appliances, because no pure room keeps state outside its objects.
TEST(HouseRules, NoHiddenState) {
  const std::vector<Finding> findings = hidden_state(code());
  EXPECT_TRUE(findings.empty()) << describe(findings);
  EXPECT_EQ(hidden_state({{"firmware/call/a.cpp", "static int count = 0;\n"}}).size(), 1u);
  EXPECT_EQ(hidden_state({{"firmware/call/a.cpp", "  thread_local Buffer b;\n"}}).size(), 1u);
  EXPECT_TRUE(
      hidden_state({{"firmware/call/a.cpp",
                     "static constexpr int kMax = 1;\nstatic int f(int x) { return x; }\n"}})
          .empty());
}

// Aim: another carrier is a folder under providers/ and an entry in a list, nothing else: no room
// above speaks a carrier's words. Method: the words of the three carriers' wire formats in
// literals, and includes of providers.
TEST(HouseRules, CarriersStayInTheirFolders) {
  const std::vector<Finding> findings = carrier_words(code());
  EXPECT_TRUE(findings.empty()) << describe(findings);
  EXPECT_EQ(carrier_words({{"firmware/call/a.cpp", "f(R\"({\"streamSid\":)\");\n"}}).size(), 1u);
  EXPECT_EQ(carrier_words({{"firmware/appliance/a.cpp", "put(\"playAudio\");\n"}}).size(), 1u);
  EXPECT_EQ(carrier_words({{"firmware/appliance/stream_endpoint.h",
                            "#include \"providers/twilio/wire.h\"\n"}})
                .size(),
            1u);
  EXPECT_TRUE(
      carrier_words(
          {{"firmware/call/a.h", "int x;  // A callSid of theirs, \"CallSid\".\n"},
           {"firmware/target/a.cpp", "f(\"streamSid\");\n"},
           {"providers/plivo/a.cpp", "put(\"playAudio\");\n"},
           {"firmware/appliance/provider_set.h", "#include \"providers/twilio/provider.h\"\n"}})
          .empty());
}

// Aim: no notes to self, registry addresses or one machine's paths anywhere in the project.
TEST(HouseRules, NothingIsLeftLying) {
  const std::vector<SourceFile> files =
      read_tree(HOOKFLASH_SOURCE_DIR,
                {"firmware", "hal", "platform", "providers", "tests", "docs", "cmake", "script",
                 "boards", ".ci"},
                {".h", ".cpp", ".md", ".txt", ".cmake", ".sh", ".json", ".js", ".mjs", ".lock",
                 "/run", "/test", "/check", "/build", "/size", "/deps", "/bootstrap"});
  const std::vector<std::string> places = places_of_this_machine(HOOKFLASH_SOURCE_DIR);
  const std::vector<Finding> findings = leftovers(files, places);
  EXPECT_TRUE(findings.empty()) << describe(findings);
  for (const std::string& line : {std::string("// TO") + "DO: later", std::string("/tm") + "p/x",
                                  std::string("/hom") + "e/me/x", places[2] + "/docs"}) {
    EXPECT_GE(leftovers({{"a.cpp", line + "\n"}}, places).size(), 1u) << line;
  }
  EXPECT_TRUE(leftovers({{"a.cpp", "mkdtemp /tmp/hookflash-x\n"}}, places).empty());
}

// Aim: a newcomer finds the same five headings in every room.
TEST(HouseRules, EveryRoomIsExplained) {
  const std::vector<Finding> findings =
      unexplained_rooms(read_tree(HOOKFLASH_SOURCE_DIR, kCodeFolders, {"CMakeLists.txt"}),
                        read_tree(HOOKFLASH_SOURCE_DIR, kCodeFolders, {"README.md"}));
  EXPECT_TRUE(findings.empty()) << describe(findings);
  const SourceFile room{"firmware/base/CMakeLists.txt", "hookflash_room(firmware_base)\n"};
  EXPECT_EQ(unexplained_rooms({room}, {}).size(), 1u);
  EXPECT_EQ(unexplained_rooms({room}, {{"firmware/base/README.md", "# Limits\n"}}).size(), 4u);
}

// Aim: comments and literals are not mistaken for code, and lines keep their numbers.
TEST(SourceTree, CodeOnlyBlanksCommentsAndLiterals) {
  EXPECT_EQ(code_only("a // b\nc"), "a     \nc");
  EXPECT_EQ(code_only("a /* b\n*/ c"), "a     \n   c");
  EXPECT_EQ(code_only("f(\"x\\\"y\") g('\\'') 1'000"), "f(\"    \") g('  ') 1'000");
}

}  // namespace
}  // namespace hookflash::house
