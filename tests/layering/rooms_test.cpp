#include "rooms.h"

#include <gtest/gtest.h>

namespace hookflash::house {
namespace {

const std::vector<std::string> kCodeFolders = {"firmware", "hal", "platform", "providers"};

std::vector<SourceFile> code() {
  return read_tree(HOOKFLASH_SOURCE_DIR, kCodeFolders, {".h", ".cpp"});
}

std::vector<SourceFile> cmake_files() {
  return read_tree(HOOKFLASH_SOURCE_DIR, kCodeFolders, {"CMakeLists.txt"});
}

// Aim: no file of the tree includes what its room may not know. Method: read every #include line
// and hold it against the table of rooms.
TEST(Rooms, IncludeOnlyWhatStandsAboveThem) {
  const std::vector<SourceFile> files = code();
  ASSERT_GT(files.size(), 10u) << "the tree was not found";
  const std::vector<Finding> findings = forbidden_includes(files);
  EXPECT_TRUE(findings.empty()) << describe(findings);
}

// Aim: CMake says the same as the includes. Method: follow KNOWS from each target and look for
// includes of rooms that are not reached.
TEST(Rooms, StateInCMakeWhatTheyInclude) {
  const std::vector<Finding> findings = unstated_knowledge(code(), cmake_files());
  EXPECT_TRUE(findings.empty()) << describe(findings);
}

// Aim: each kind of forbidden include is noticed. Method: one sample file per kind, each good but
// for one line.
TEST(Rooms, NoticeEachForbiddenInclude) {
  const std::vector<SourceFile> bad = {
      {"firmware/base/a.h", "#include \"hal/in.h\"\n"},           // Upwards.
      {"firmware/audio/a.cpp", "#include \"json/scanner.h\"\n"},  // Leaf to leaf.
      {"firmware/call/a.cpp", "#include \"target/echo.h\"\n"},    // Upwards.
      {"firmware/call/b.cpp", "#include <libwebsockets.h>\n"},    // Library in a pure room.
      {"firmware/config/a.cpp", "#include <cjson/cJSON.h>\n"},    // cJSON outside json.
      {"firmware/http/a.cpp", "#include <sys/socket.h>\n"},       // OS in a pure room.
      {"firmware/http/b.cpp", "#include <string>\n"},             // Allocates.
      {"firmware/http/c.cpp", "#include \"b.h\"\n"},              // Does not say its room.
      {"providers/twilio/a.cpp", "#include \"providers/plivo/wire.h\"\n"},
      {"providers/twilio/b.cpp", "#include \"appliance/appliance.h\"\n"},
      {"platform/crypto/a.cpp", "#include \"call/call.h\"\n"},
      {"platform/sim/a.cpp", "#include \"platform/linux/loop.h\"\n"},
      {"platform/sim/b.cpp", "#include <mbedtls/md.h>\n"},
      {"firmware/unknown/a.cpp", "\n"},  // A room that is not in the table.
  };
  for (const SourceFile& file : bad) {
    EXPECT_EQ(forbidden_includes({file}).size(), 1u) << file.path << ": " << file.text;
  }
}

// Aim: what the table allows is let through.
TEST(Rooms, LetAllowedIncludesThrough) {
  const std::vector<SourceFile> good = {
      {"firmware/base/a.h", "#include <cstdint>\n#include \"base/status.h\"\n"},
      {"firmware/limits.h", "#include \"base/time.h\"\n"},
      {"firmware/audio/a.cpp", "#include \"limits.h\"\n#include \"audio/g711.h\"\n"},
      {"firmware/json/a.cpp", "#include <cjson/cJSON.h>\n"},
      {"firmware/target/a.cpp", "#include \"call/call.h\"\n#include \"audio/streamer.h\"\n"},
      {"providers/twilio/carrier/a.cpp", "#include \"providers/twilio/wire.h\"\n"},
      {"firmware/appliance/a.cpp", "#include \"providers/twilio/provider.h\"\n"},
      {"platform/linux/a.cpp",
       "#include <libwebsockets.h>\n#include <sys/epoll.h>\n#include <string>\n"},
      {"platform/sim/a.cpp", "#include \"appliance/appliance.h\"\n#include <vector>\n"},
  };
  const std::vector<Finding> findings = forbidden_includes(good);
  EXPECT_TRUE(findings.empty()) << describe(findings);
}

// Aim: an include that CMake was not told about is noticed, and a transitive one is not.
TEST(Rooms, NoticeWhatCMakeWasNotTold) {
  const std::vector<SourceFile> cmake = {
      {"firmware/base/CMakeLists.txt", "hookflash_room(firmware_base)\n"},
      {"hal/CMakeLists.txt", "hookflash_room(hal KNOWS firmware_base)\n"},
      {"firmware/json/CMakeLists.txt", "hookflash_room(firmware_json KNOWS firmware_base)\n"},
      {"firmware/store/CMakeLists.txt", "hookflash_room(firmware_store\n  KNOWS hal)\n"},
  };
  const SourceFile told{"firmware/store/a.cpp",
                        "#include \"base/time.h\"\n#include \"hal/in.h\"\n"};
  const SourceFile untold{"firmware/store/b.cpp", "#include \"json/scanner.h\"\n"};
  EXPECT_TRUE(unstated_knowledge({told}, cmake).empty());
  EXPECT_EQ(unstated_knowledge({untold}, cmake).size(), 1u);
}

}  // namespace
}  // namespace hookflash::house
