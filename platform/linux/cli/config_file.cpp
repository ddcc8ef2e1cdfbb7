#include "platform/linux/cli/config_file.h"

#include <cstdio>

#include "config/read.h"
#include "platform/linux/cli/commands.h"
#include "platform/linux/cli/static_memory.h"
#include "platform/linux/tls_files.h"

namespace hookflash::cli {

bool load_text(std::string_view path, std::string& text) {
  text.resize(limits::kConfigBytesMax + 1);
  size_t size = 0;
  const Status status = read_file(path, text, size);
  text.resize(ok(status) ? size : 0);
  switch (status) {
    case Status::kOk: return true;
    case Status::kNotFound: fail({"there is no configuration at ", path}); break;
    case Status::kDenied: fail({"no permission to read the configuration ", path}); break;
    case Status::kTooLarge: fail({"the configuration ", path, " is over 256 KiB"}); break;
    default: fail({"the configuration ", path, " cannot be read"}); break;
  }
  return false;
}

void print_problems(std::string_view path, const Problems& problems, Report report) {
  for (const Problem& problem : problems.list()) {
    if (report == Report::kErrors && problem.severity != Severity::kError) continue;
    char memory[700];
    TextWriter line(memory, sizeof memory);
    write_problem(problem, line);
    fprintf(stderr, "%.*s: %.*s\n", static_cast<int>(path.size()), path.data(),
            static_cast<int>(line.size()), memory);
  }
  if (report == Report::kEverything && problems.unlisted() > 0) {
    fprintf(stderr, "%.*s: and %zu more\n", static_cast<int>(path.size()), path.data(),
            problems.unlisted());
  }
}

bool load_config(std::string_view path, Config& config, Problems& problems, Report report) {
  std::string text;
  if (!load_text(path, text)) return false;
  const Status status = read_config(text, appliance_memory().scratch, config, problems);
  if (report != Report::kNothing) print_problems(path, problems, report);
  return ok(status);
}

}  // namespace hookflash::cli
