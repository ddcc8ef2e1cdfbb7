#include "platform/linux/cli/prompts.h"

#include "audio/prompt.h"
#include "platform/linux/tls_files.h"

namespace hookflash::cli {

Status load_prompt(const AppConfig& app, MutableBytes memory, size_t& size, TextWriter& problem) {
  const std::string_view file = app.file;
  const std::span<char> chars(reinterpret_cast<char*>(memory.data()), memory.size());
  const Status status = read_file(file, chars, size);
  problem.put(file);
  if (status == Status::kTooLarge) {
    problem.put(" is longer than a minute of audio");
    return status;
  }
  if (!ok(status)) {
    problem.put(status == Status::kNotFound ? " does not exist" : " cannot be read");
    return status;
  }
  const Prompt prompt = read_prompt(memory.first(size));
  if (prompt.ok()) return Status::kOk;
  problem.put(": ").put(text_of(prompt.fault));
  return Status::kInvalid;
}

}  // namespace hookflash::cli
