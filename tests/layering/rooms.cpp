#include "rooms.h"

#include <algorithm>
#include <map>
#include <regex>

namespace hookflash::house {
namespace {

// From the top of the table to the bottom. A room includes only what stands above it, and of that:
// the leaf rooms nothing but base and limits, http and store only the border (hal) besides.
const std::vector<std::string>& order() {
  static const std::vector<std::string> kOrder = {
      "base",    "limits", "hal",  "http",    "report", "json",  "audio",     "store",
      "journal", "config", "call", "webhook", "target", "admin", "providers", "appliance",
  };
  return kOrder;
}

// Headers of the standard library for pure rooms: values and algorithms, nothing that allocates,
// prints, waits or throws.
const std::set<std::string>& pure_headers() {
  static const std::set<std::string> kHeaders = {
      "algorithm", "array",       "bit",        "cctype",           "charconv",  "climits",
      "cmath",     "compare",     "concepts",   "cstddef",          "cstdint",   "cstdlib",
      "cstring",   "cstdarg",     "functional", "initializer_list", "iterator",  "limits",
      "memory",    "new",         "numeric",    "optional",         "span",      "string_view",
      "tuple",     "type_traits", "utility",    "variant",          "cinttypes",
  };
  return kHeaders;
}

// base may print: CHECK says what failed before it stops the program.
bool may_include_std(const std::string& room, const std::string& header) {
  return !is_pure(room) || pure_headers().count(header) > 0 ||
         (room == "base" && header == "cstdio");
}

bool starts_with(const std::string& text, const std::string& start) {
  return text.rfind(start, 0) == 0;
}

std::string second_part(const std::string& path) {
  const size_t start = path.find('/') + 1;
  return path.substr(start, path.find('/', start) - start);
}

bool is_directly_in(const std::string& path, const std::string& folder) {
  return starts_with(path, folder + "/") && path.find('/', folder.size() + 1) == std::string::npos;
}

}  // namespace

std::string room_of(const std::string& path) {
  if (path == "firmware/limits.h") return "limits";
  if (is_directly_in(path, "hal")) return "hal";
  if (is_directly_in(path, "providers")) return "providers";
  if (starts_with(path, "firmware/")) return second_part(path);
  if (starts_with(path, "hal/")) return "hal";
  if (starts_with(path, "providers/")) return "providers/" + second_part(path);
  if (starts_with(path, "platform/")) return "platform/" + second_part(path);
  return "";
}

std::string room_of_include(const std::string& include) {
  if (include == "limits.h") return "limits";
  if (starts_with(include, "firmware/")) return room_of(include);
  if (starts_with(include, "hal/") || starts_with(include, "providers/") ||
      starts_with(include, "platform/")) {
    return room_of(include);
  }
  const std::string first = include.substr(0, include.find('/'));
  const bool known = std::find(order().begin(), order().end(), first) != order().end();
  return include.find('/') != std::string::npos && known ? first : "";
}

bool is_known_room(const std::string& room) {
  static const std::set<std::string> kPlatforms = {"platform/crypto", "platform/linux",
                                                   "platform/sim"};
  return std::find(order().begin(), order().end(), room) != order().end() ||
         starts_with(room, "providers/") || kPlatforms.count(room) > 0;
}

bool is_pure(const std::string& room) { return !starts_with(room, "platform/"); }

std::set<std::string> allowed_rooms(const std::string& room,
                                    const std::set<std::string>& providers) {
  static const std::set<std::string> kLeaves = {"report", "json", "audio"};
  if (kLeaves.count(room) > 0) return {"base", "limits"};
  if (room == "http" || room == "store" || room == "journal" || room == "platform/crypto")
    return {"base", "limits", "hal"};
  std::set<std::string> allowed;
  const auto all_above = [&allowed](const std::string& end) {
    for (const std::string& name : order()) {
      if (name == end) break;
      allowed.insert(name);
    }
  };
  if (starts_with(room, "providers/")) {
    all_above("appliance");  // Not another provider: dialects do not lean on each other.
  } else if (room == "appliance") {
    all_above("appliance");
    allowed.insert(providers.begin(), providers.end());
  } else if (room == "platform/linux" || room == "platform/sim") {
    all_above("");
    allowed.insert(providers.begin(), providers.end());
    allowed.insert("platform/crypto");
  } else if (is_known_room(room)) {
    all_above(room);
  }
  return allowed;
}

std::set<std::string> allowed_libraries(const std::string& room) {
  if (room == "json") return {"cjson"};
  if (room == "platform/crypto") return {"mbedtls", "sodium", "os"};
  if (room == "platform/linux") return {"mbedtls", "lws", "ares", "os"};
  if (room == "platform/sim") return {"os"};
  return {};
}

std::string library_of(const std::string& header) {
  if (header.find("cJSON") != std::string::npos) return "cjson";
  if (starts_with(header, "mbedtls/") || starts_with(header, "psa/")) return "mbedtls";
  if (starts_with(header, "sodium")) return "sodium";
  if (starts_with(header, "libwebsockets")) return "lws";
  if (starts_with(header, "ares")) return "ares";
  return header.find('.') == std::string::npos ? "std" : "os";
}

std::vector<Finding> forbidden_includes(const std::vector<SourceFile>& files) {
  std::set<std::string> providers;
  for (const SourceFile& file : files) {
    const std::string room = room_of(file.path);
    if (starts_with(room, "providers/")) providers.insert(room);
  }
  std::vector<Finding> findings;
  for (const SourceFile& file : files) {
    const std::string room = room_of(file.path);
    if (!is_known_room(room)) {
      findings.push_back({file.path, 0, "stands in no room of the table"});
      continue;
    }
    const std::set<std::string> allowed = allowed_rooms(room, providers);
    const std::set<std::string> libraries = allowed_libraries(room);
    for (const Include& include : includes_of(file)) {
      const std::string other = room_of_include(include.name);
      if (!other.empty() && !include.is_system) {
        if (other != room && allowed.count(other) == 0) {
          findings.push_back(
              {file.path, include.line, "room " + room + " may not know " + include.name});
        }
        continue;
      }
      if (!include.is_system) {
        findings.push_back(
            {file.path, include.line, "\"" + include.name + "\" does not say its room"});
        continue;
      }
      const std::string library = library_of(include.name);
      const bool fine =
          library == "std" ? may_include_std(room, include.name) : libraries.count(library) > 0;
      if (!fine) {
        findings.push_back(
            {file.path, include.line, "room " + room + " may not include <" + include.name + ">"});
      }
    }
  }
  return findings;
}

namespace {

// What each CMake target knows directly, and the folder it stands in.
struct StatedRoom {
  std::string room;
  std::set<std::string> knows;
};

std::map<std::string, StatedRoom> stated_rooms(const std::vector<SourceFile>& cmake_files) {
  static const std::regex kRoom(R"(hookflash_room\(\s*([\w]+)([^)]*)\))");
  std::map<std::string, StatedRoom> stated;
  for (const SourceFile& file : cmake_files) {
    auto match = std::sregex_iterator(file.text.begin(), file.text.end(), kRoom);
    for (; match != std::sregex_iterator(); ++match) {
      StatedRoom& room = stated[(*match)[1].str()];
      room.room = room_of(file.path);
      const std::string words = (*match)[2].str();
      static const std::regex kWord(R"([\w:]+)");
      bool in_knows = false;
      for (auto word = std::sregex_iterator(words.begin(), words.end(), kWord);
           word != std::sregex_iterator(); ++word) {
        if (word->str() == "KNOWS" || word->str() == "FOLDERS")
          in_knows = word->str() == "KNOWS";
        else if (in_knows)
          room.knows.insert(word->str());
      }
    }
  }
  return stated;
}

void collect(const std::map<std::string, StatedRoom>& stated, const std::string& target,
             std::set<std::string>& rooms, std::set<std::string>& visited) {
  const auto found = stated.find(target);
  if (found == stated.end() || !visited.insert(target).second) return;
  rooms.insert(found->second.room);
  for (const std::string& other : found->second.knows) collect(stated, other, rooms, visited);
}

}  // namespace

std::vector<Finding> unstated_knowledge(const std::vector<SourceFile>& files,
                                        const std::vector<SourceFile>& cmake_files) {
  const std::map<std::string, StatedRoom> stated = stated_rooms(cmake_files);
  // Several targets may share a room (a provider and the carrier's side of it).
  std::map<std::string, std::set<std::string>> known;
  for (const auto& [target, room] : stated) {
    std::set<std::string> visited;
    collect(stated, target, known[room.room], visited);
  }
  std::vector<Finding> findings;
  for (const SourceFile& file : files) {
    const std::string room = room_of(file.path);
    const auto knows = known.find(room);
    if (knows == known.end()) continue;
    for (const Include& include : includes_of(file)) {
      const std::string other = room_of_include(include.name);
      const bool has_target = known.count(other) > 0;  // limits.h and the like need none.
      if (include.is_system || !has_target || knows->second.count(other) > 0) continue;
      findings.push_back({file.path, include.line,
                          "includes " + include.name + ", but its CMake target does not KNOW it"});
    }
  }
  return findings;
}

}  // namespace hookflash::house
