#include "source_tree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

namespace hookflash::house {

std::vector<SourceFile> read_tree(const std::string& root, const std::vector<std::string>& folders,
                                  const std::vector<std::string>& endings) {
  namespace fs = std::filesystem;
  std::vector<SourceFile> files;
  for (const std::string& folder : folders) {
    if (!fs::exists(fs::path(root) / folder)) continue;
    auto entry = fs::recursive_directory_iterator(fs::path(root) / folder);
    for (; entry != fs::recursive_directory_iterator(); ++entry) {
      if (entry->path().filename() == "node_modules") {
        entry.disable_recursion_pending();
        continue;
      }
      if (!entry->is_regular_file()) continue;
      const std::string path = fs::relative(entry->path(), root).generic_string();
      const bool wanted =
          std::any_of(endings.begin(), endings.end(),
                      [&path](const std::string& ending) { return path.ends_with(ending); });
      if (!wanted) continue;
      std::ifstream in(entry->path(), std::ios::binary);
      files.push_back({path, std::string(std::istreambuf_iterator<char>(in), {})});
    }
  }
  std::sort(files.begin(), files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::string code_only(std::string_view text) {
  enum class Where { kCode, kLineComment, kBlockComment, kString, kCharacter };
  std::string code(text);
  Where where = Where::kCode;
  for (size_t i = 0; i < text.size(); ++i) {
    const char here = text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    const char before = i > 0 ? text[i - 1] : '\0';
    const bool digit_separator = here == '\'' && std::isalnum(static_cast<unsigned char>(before));
    switch (where) {
      case Where::kCode:
        if (here == '/' && next == '/') where = Where::kLineComment;
        if (here == '/' && next == '*') where = Where::kBlockComment;
        if (here == '"') where = Where::kString;
        if (here == '\'' && !digit_separator) where = Where::kCharacter;
        if (where == Where::kLineComment || where == Where::kBlockComment) code[i] = ' ';
        break;
      case Where::kLineComment:
        if (here == '\n')
          where = Where::kCode;
        else
          code[i] = ' ';
        break;
      case Where::kBlockComment:
        if (here != '\n') code[i] = ' ';
        if (before == '*' && here == '/') where = Where::kCode;
        break;
      case Where::kString:
      case Where::kCharacter:
        if (here == (where == Where::kString ? '"' : '\'') || here == '\n') {
          where = Where::kCode;
        } else {
          code[i] = ' ';
          if (here == '\\' && next != '\n' && i + 1 < text.size()) code[++i] = ' ';
        }
        break;
    }
  }
  return code;
}

std::vector<Include> includes_of(const SourceFile& file) {
  static const std::regex kInclude(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
  std::vector<Include> includes;
  int number = 0;
  for (const std::string& line : lines_of(file.text)) {
    ++number;
    std::smatch match;
    if (std::regex_search(line, match, kInclude)) {
      includes.push_back({match[2].str(), match[1].str() == "<", number});
    }
  }
  return includes;
}

std::string describe(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text += "\n" + finding.path;
    if (finding.line > 0) text += ":" + std::to_string(finding.line);
    text += ": " + finding.what;
  }
  return text;
}

}  // namespace hookflash::house
