#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"
#include "base/utf8.h"
#include "config/describe.h"
#include "config/read.h"
#include "json/document.h"

// Configuration documents. Whatever the bytes are: they are taken or refused with at least one
// problem, every message is text, what is taken is written back as JSON, and the parser's memory is
// empty afterwards.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hookflash;
  static json::Arena arena;
  static Config config;
  static Problems problems;
  static std::array<char, 512 * 1024> memory;

  const Status status = read_config(text_of(Bytes(data, size)), arena, config, problems);
  CHECK(arena.empty());
  CHECK((status == Status::kOk) == (problems.errors() == 0));
  for (const Problem& problem : problems.list()) {
    CHECK(!problem.message.empty());
    CHECK(is_utf8(problem.path) && is_utf8(problem.message) && is_utf8(problem.path_for_log()));
  }
  if (status != Status::kOk) return 0;
  TextWriter out(memory);
  json::Writer writer(out);
  write_redacted(config, writer);
  CHECK(writer.complete() && !out.overflowed());
  json::Document document(arena);
  CHECK(document.parse(out.view()) == Status::kOk);
  return 0;
}
