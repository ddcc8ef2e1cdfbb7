// The project's own files as text, for tests that judge source code.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hookflash::house {

struct SourceFile {
  std::string path;  // Relative to the project root, with '/'.
  std::string text;
};

struct Finding {
  std::string path;
  int line;  // Counted from 1; 0 when the whole file is meant.
  std::string what;
};

struct Include {
  std::string name;
  bool is_system;  // <name>, not "name".
  int line;
};

// Every file below the given folders whose name ends in one of `endings`, sorted by path. Folders
// that do not exist, and build products inside them (node_modules), are passed over.
std::vector<SourceFile> read_tree(const std::string& root, const std::vector<std::string>& folders,
                                  const std::vector<std::string>& endings);

std::vector<std::string> lines_of(std::string_view text);

// The text with comments and the contents of string and character literals blanked, lines kept.
std::string code_only(std::string_view text);

std::vector<Include> includes_of(const SourceFile& file);

// "path:line: what" for each finding, to be shown when a test fails.
std::string describe(const std::vector<Finding>& findings);

}  // namespace hookflash::house
