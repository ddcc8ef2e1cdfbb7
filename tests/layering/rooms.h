// The table of rooms: who stands above whom. Kept like the table in ARCHITECTURE.md.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "source_tree.h"

namespace hookflash::house {

// A room is named as an include names it: "base", "audio", "providers/twilio", "platform/linux".
// The files of providers/ itself are the room "providers" (the contract every provider fulfils).
std::string room_of(const std::string& path);

// The room that an include means; empty when it is none of ours. `from` is the including file.
std::string room_of_include(const std::string& include);

// Rooms that `room` may include besides itself. Empty set for a room that is not in the table.
std::set<std::string> allowed_rooms(const std::string& room,
                                    const std::set<std::string>& providers);

bool is_known_room(const std::string& room);

// Pure: the same object code in both worlds, without OS and third-party headers.
bool is_pure(const std::string& room);

// Third-party header families a room may include: "cjson", "mbedtls", "sodium", "lws", "ares".
std::set<std::string> allowed_libraries(const std::string& room);

// The family of a header: "std", "cjson", "mbedtls", "sodium", "lws", "ares" or "os".
std::string library_of(const std::string& header);

// Judge a whole tree.
std::vector<Finding> forbidden_includes(const std::vector<SourceFile>& files);
std::vector<Finding> unstated_knowledge(const std::vector<SourceFile>& files,
                                        const std::vector<SourceFile>& cmake_files);

}  // namespace hookflash::house
