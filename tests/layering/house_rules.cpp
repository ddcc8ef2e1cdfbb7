#include "house_rules.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <regex>
#include <set>

#include "rooms.h"

namespace hookflash::house {
namespace {

constexpr int kFileLinesMax = 600;

// The lower-case words of a snake_case or CamelCase name.
std::vector<std::string> words_of(const std::string& name) {
  std::vector<std::string> words(1);
  char before = '_';
  for (const char here : name) {
    const bool is_upper = std::isupper(static_cast<unsigned char>(here)) != 0;
    const bool follows_lower = std::islower(static_cast<unsigned char>(before)) != 0;
    if (!std::isalnum(static_cast<unsigned char>(here)) || (is_upper && follows_lower)) {
      words.emplace_back();
    }
    if (std::isalnum(static_cast<unsigned char>(here))) {
      words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(here)));
    }
    before = here;
  }
  return words;
}

bool says_nothing(const std::string& name) {
  static const std::set<std::string> kEmptyWords = {"util",    "utils",  "utility", "helper",
                                                    "helpers", "common", "misc",    "manager"};
  const std::vector<std::string> words = words_of(name);
  return std::any_of(words.begin(), words.end(),
                     [](const std::string& word) { return kEmptyWords.count(word) > 0; });
}

// The whole of a path, or a directory at its beginning.
bool names(const std::string& line, const std::string& place) {
  for (size_t at = line.find(place); at != std::string::npos; at = line.find(place, at + 1)) {
    const size_t end = at + place.size();
    if (place.back() == '/' || end == line.size()) return true;
    const char next = line[end];
    if (std::isalnum(static_cast<unsigned char>(next)) == 0 && next != '-' && next != '_' &&
        next != '.') {
      return true;
    }
  }
  return false;
}

}  // namespace

std::vector<Finding> empty_names(const std::vector<SourceFile>& files) {
  static const std::regex kDeclared(
      R"((?:\b(?:class|struct|enum|namespace)\s+(\w+))|(?:[\w>&*\]]\s+[&*]*(\w+)\s*\())");
  std::vector<Finding> findings;
  for (const SourceFile& file : files) {
    if (says_nothing(file.path)) findings.push_back({file.path, 0, "the file's name says nothing"});
    int number = 0;
    for (const std::string& line : lines_of(code_only(file.text))) {
      ++number;
      for (auto match = std::sregex_iterator(line.begin(), line.end(), kDeclared);
           match != std::sregex_iterator(); ++match) {
        const std::string name = (*match)[1].matched ? (*match)[1].str() : (*match)[2].str();
        if (says_nothing(name)) findings.push_back({file.path, number, name + " says nothing"});
      }
    }
  }
  return findings;
}

std::vector<Finding> long_files(const std::vector<SourceFile>& files) {
  std::vector<Finding> findings;
  for (const SourceFile& file : files) {
    const auto lines = std::count(file.text.begin(), file.text.end(), '\n');
    if (lines > kFileLinesMax) {
      findings.push_back({file.path, 0, "has " + std::to_string(lines) + " lines; split it"});
    }
  }
  return findings;
}

std::vector<Finding> unguarded_headers(const std::vector<SourceFile>& files) {
  std::vector<Finding> findings;
  for (const SourceFile& file : files) {
    const bool guarded = file.text.find("#pragma once") != std::string::npos ||
                         file.text.find("#define HOOKFLASH_") != std::string::npos;
    if (file.path.ends_with(".h") && !guarded) {
      findings.push_back({file.path, 0, "has no include guard"});
    }
  }
  return findings;
}

std::vector<Finding> hidden_state(const std::vector<SourceFile>& files) {
  static const std::regex kStatic(
      R"(^\s*(?:inline\s+)?(?:static|thread_local)\s+([^()=;{]*)[=;{])");
  std::vector<Finding> findings;
  for (const SourceFile& file : files) {
    if (!is_pure(room_of(file.path))) continue;
    int number = 0;
    for (const std::string& line : lines_of(code_only(file.text))) {
      ++number;
      std::smatch match;
      if (!std::regex_search(line, match, kStatic)) continue;
      if (match[1].str().find("const") != std::string::npos) continue;
      findings.push_back({file.path, number, "keeps state in a static"});
    }
  }
  return findings;
}

std::vector<Finding> carrier_words(const std::vector<SourceFile>& files) {
  static const std::regex kWire(
      R"(streamSid|callSid|CallSid|customParameters|mediaFormat|x-twilio-)"
      R"(|playAudio|clearAudio|checkpoint|playedStream|clearedAudio|extra_headers|x-plivo-)"
      R"(|stream_id|call_control_id|client_state|media_format|telnyx-|x-telnyx-)"
      R"(|<Response|<Stream|StatusCallback)");
  static const std::string kDoor = "firmware/appliance/provider_set.h";
  std::vector<Finding> findings;
  for (const SourceFile& file : files) {
    const std::string room = room_of(file.path);
    if (file.path.rfind("firmware/", 0) != 0 || room == "target") continue;
    for (const Include& include : includes_of(file)) {
      const bool of_carrier = room_of_include(include.name).rfind("providers/", 0) == 0;
      if (of_carrier && file.path != kDoor) {
        findings.push_back({file.path, include.line, "knows one carrier: " + include.name});
      }
    }
    if (room == "config") continue;  // Its help texts explain what a carrier's keys are for.
    const std::vector<std::string> code = lines_of(code_only(file.text));
    const std::vector<std::string> text = lines_of(file.text);
    for (size_t i = 0; i < text.size(); ++i) {
      // What code_only() blanked and a quote opens is a literal.
      if (code[i].find('"') == std::string::npos) continue;
      std::smatch match;
      const std::string from_literal = text[i].substr(code[i].find('"'));
      if (!std::regex_search(from_literal, match, kWire)) continue;
      findings.push_back({file.path, static_cast<int>(i) + 1, "says " + match[0].str()});
    }
  }
  return findings;
}

std::vector<std::string> places_of_this_machine(const std::filesystem::path& checkout) {
  std::vector<std::string> places = {std::string("/root") + "/", std::string("/home") + "/",
                                     checkout.string()};
  const std::filesystem::path parent = checkout.parent_path();
  if (parent == parent.root_path()) return places;
  std::error_code unreadable;  // Then only the checkout itself is known.
  for (const auto& beside : std::filesystem::directory_iterator(parent, unreadable)) {
    places.push_back(beside.path().string());
  }
  return places;
}

std::vector<Finding> leftovers(const std::vector<SourceFile>& files,
                               const std::vector<std::string>& places) {
  // Put together from halves so that this file does not find itself.
  static const std::vector<std::string> kMarks = {
      std::string("TO") + "DO",           std::string("FIX") + "ME",
      std::string("XX") + "X:",           std::string("deb.") + "debian.org",
      std::string("registry.") + "npmjs", std::string("../") + "shared",
  };
  // A test's own folder is named by mkdtemp(); anything else there is of one machine.
  static const std::regex kTemporary(
      "/tm"
      "p/(?!hookflash-)");
  std::vector<Finding> findings;
  for (const SourceFile& file : files) {
    int number = 0;
    for (const std::string& line : lines_of(file.text)) {
      ++number;
      for (const std::string& mark : kMarks) {
        if (line.find(mark) != std::string::npos) {
          findings.push_back({file.path, number, "contains \"" + mark + "\""});
        }
      }
      for (const std::string& place : places) {
        if (names(line, place)) findings.push_back({file.path, number, "names " + place});
      }
      if (std::regex_search(line, kTemporary)) {
        findings.push_back({file.path, number, "names a place for temporary files"});
      }
    }
  }
  return findings;
}

std::vector<Finding> unexplained_rooms(const std::vector<SourceFile>& cmake_files,
                                       const std::vector<SourceFile>& readmes) {
  static const std::vector<std::string> kHeadings = {
      "What lives here", "What it may know", "Limits", "How it is tested", "Where to start"};
  std::vector<Finding> findings;
  for (const SourceFile& file : cmake_files) {
    if (file.text.find("hookflash_room(") == std::string::npos) continue;
    const std::string folder = file.path.substr(0, file.path.rfind('/'));
    const auto readme = std::find_if(
        readmes.begin(), readmes.end(),
        [&folder](const SourceFile& candidate) { return candidate.path == folder + "/README.md"; });
    if (readme == readmes.end()) {
      findings.push_back({folder, 0, "has no README.md"});
      continue;
    }
    for (const std::string& heading : kHeadings) {
      if (readme->text.find("# " + heading) == std::string::npos) {
        findings.push_back({readme->path, 0, "has no heading \"" + heading + "\""});
      }
    }
  }
  return findings;
}

}  // namespace hookflash::house
