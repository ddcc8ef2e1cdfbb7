#include "platform/linux/cli/prompts.h"

#include "audio/prompt.h"
#include "platform/linux/cli/commands.h"
#include "platform/linux/tls_files.h"

namespace hookflash::cli {

Status load_prompt(const AppConfig& app, MutableBytes memory, size_t& size) {
  const std::string_view name = app.name;
  const std::string_view file = app.file;
  const std::span<char> chars(reinterpret_cast<char*>(memory.data()), memory.size());
  const Status status = read_file(file, chars, size);
  if (status == Status::kTooLarge) {
    fail({"app ", name, ": ", file, " is longer than a minute of audio"});
    return status;
  }
  if (!ok(status)) {
    fail({"app ", name, ": ", file,
          status == Status::kNotFound ? " does not exist" : " cannot be read"});
    return status;
  }
  const Prompt prompt = read_prompt(memory.first(size));
  if (prompt.ok()) return Status::kOk;
  fail({"app ", name, ": ", file, ": ", text_of(prompt.fault)});
  return Status::kInvalid;
}

}  // namespace hookflash::cli
