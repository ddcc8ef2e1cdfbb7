#include <cstdio>
#include <string>
#include <vector>

#include "json/writer.h"
#include "platform/linux/cli/check_online.h"
#include "platform/linux/cli/commands.h"
#include "platform/linux/cli/config_file.h"
#include "platform/linux/cli/options.h"
#include "platform/linux/cli/prompts.h"
#include "platform/linux/cli/static_memory.h"
#include "platform/linux/tls_files.h"

namespace hookflash::cli {
namespace {

constexpr std::string_view kHelp =
    "Usage: hookflash check [--config FILE] [--online] [--json]\n\n"
    "Prints everything that is wrong with the configuration, its prompts and its certificate, one\n"
    "line each. Ends with 1 when there is an error, a line that cannot start, or something that\n"
    "--online finds wrong; warnings alone end with 0.\n\n"
    "  --config FILE  default /etc/hookflash/config.json\n"
    "  --online       asks besides: whether the carrier takes the credentials, whether the "
    "number's\n"
    "                 webhook is the one this box expects, and whether publicUrl reaches this box\n"
    "                 (which should run); changes nothing\n"
    "  --ca FILE      certificates to trust in place of the system's, for --online\n"
    "  --json         one object: good, lines, problems [{severity, path, message}], and with\n"
    "                 --online online [{result, line, subject, message}]\n";

void check_files(const Config& config, Problems& problems) {
  static std::array<char, linux_limits::kFileBytesMax + 1> file;
  char memory[512];
  for (const AppConfig& app : config.apps) {
    if (app.protocol != AppProtocol::kAnnounce || app.file.empty()) continue;
    size_t size = 0;
    TextWriter problem(memory, sizeof memory);
    if (ok(load_prompt(app, appliance_memory().prompts.next().files[0], size, problem))) continue;
    problems.add(Severity::kError, "apps." + std::string(app.name.view()) + ".file",
                 problem.view());
  }
  if (config.tls_cert_file.empty() || config.tls_key_file.empty()) return;
  TlsIdentity identity;
  TextWriter problem(memory, sizeof memory);
  if (!ok(read_identity(config.tls_cert_file, config.tls_key_file, file, identity, problem))) {
    problems.add(Severity::kError, "serve.tls", problem.view());
  }
  explicit_bzero(file.data(), file.size());
}

void print_json(std::string_view file, bool good, size_t lines, const Problems& problems,
                const std::vector<Finding>* findings) {
  std::string memory(256 * 1024, '\0');
  TextWriter text(memory);
  json::Writer json(text);
  json.begin_object().text("file", file).boolean("good", good).number("lines", lines);
  json.begin_array("problems");
  for (const Problem& problem : problems.list()) {
    json.begin_object().text("severity", word_of(problem.severity));
    json.text("path", problem.path).text("message", problem.message).end_object();
  }
  json.end_array().number("unlisted", problems.unlisted());
  if (findings != nullptr) {
    json.begin_array("online");
    for (const Finding& finding : *findings) {
      json.begin_object().text("result", word_of(finding.result)).text("line", finding.line);
      json.text("subject", finding.subject).text("message", finding.text).end_object();
    }
    json.end_array();
  }
  json.end_object();
  printf("%.*s\n", static_cast<int>(text.size()), text.view().data());
}

}  // namespace

int check(Words words) {
  std::string_view file = kDefaultConfig;
  std::string_view ca_file;
  bool online = false;
  bool as_json = false;
  const Option options[] = {{.name = "--config", .text = &file},
                            {.name = "--online", .flag = &online},
                            {.name = "--ca", .text = &ca_file},
                            {.name = "--json", .flag = &as_json}};
  if (const Parsed parsed = parse_options(words, options, {}, kHelp); parsed != Parsed::kGo) {
    return exit_code_of(parsed);
  }
  ApplianceMemory& memory = appliance_memory();
  Config& config = memory.configs[0];
  Problems& problems = memory.problems;
  const bool read = load_config(file, config, problems, Report::kNothing);
  if (read || !problems.list().empty()) {
    check_files(config, problems);
  } else {  // The file itself; it has been said on standard error.
    problems.add(Severity::kError, "", "the file cannot be read");
    if (!as_json) return kFailure;
  }
  bool good = read && problems.errors() == 0 && problems.line_problems() == 0;
  if (!as_json) print_problems(file, problems, Report::kEverything);
  std::vector<Finding> findings;
  // Lines that can start are tried even when others cannot.
  if (online && read && problems.errors() == 0) {
    if (!check_online(config, ca_file, findings)) good = false;
    for (const Finding& finding : findings) {
      if (finding.result == Finding::Result::kWrong) good = false;
      if (as_json) continue;
      const std::string_view word = word_of(finding.result);
      printf("%-8.*s %s: %s: %s\n", static_cast<int>(word.size()), word.data(),
             finding.line.c_str(), finding.subject.c_str(), finding.text.c_str());
    }
  }
  if (as_json) {
    print_json(file, good, config.lines.size(), problems, online ? &findings : nullptr);
  } else if (good) {
    printf("%.*s: good, %zu line%s\n", static_cast<int>(file.size()), file.data(),
           config.lines.size(), config.lines.size() == 1 ? "" : "s");
  }
  return good ? kSuccess : kFailure;
}

}  // namespace hookflash::cli
