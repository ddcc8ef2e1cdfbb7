// Runs a file of signature vectors through the code that verifies webhooks; script/vectors calls
// it.

#include <cstdio>
#include <fstream>
#include <iterator>

#include "platform/crypto/mbed_crypto.h"
#include "vectors/row.h"

namespace {

using hookflash::vectors::RowResult;

const char* word(bool accepted) { return accepted ? "accept" : "refuse"; }

void print_failure(const RowResult& row) {
  std::printf("FAILED  %s %s: ", row.provider.c_str(), row.name.c_str());
  if (!row.usable) {
    std::printf("the row cannot be run: %s\n", row.why.c_str());
  } else if (!row.form_agrees) {
    std::printf("%s\n", row.why.c_str());
  } else {
    std::printf("expected %s, got %s%s%s\n", word(row.expected), word(row.accepted),
                row.why.empty() ? "" : ": ", row.why.c_str());
  }
}

void print_quirk(const RowResult& row) {
  std::printf("  %s %s\n    library: %s; here: %s: %s\n", row.provider.c_str(), row.name.c_str(),
              word(row.expected), row.usable ? word(row.accepted) : "not run",
              row.usable ? row.decision.c_str() : row.why.c_str());
  if (!row.note.empty()) std::printf("    note: %s\n", row.note.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: vectors FILE\n");
    return 2;
  }
  std::ifstream file(argv[1], std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file) {
    std::fprintf(stderr, "vectors: cannot read %s\n", argv[1]);
    return 2;
  }
  const auto document = hookflash::vectors::parse_json(text);
  const auto* rows = document ? document->find("vectors") : nullptr;
  if (rows == nullptr || rows->kind != hookflash::vectors::JsonValue::Kind::kArray) {
    std::fprintf(stderr, "vectors: %s is not a file of signature vectors\n", argv[1]);
    return 2;
  }

  hookflash::MbedCrypto crypto;
  int passed = 0;
  int failed = 0;
  std::vector<RowResult> quirks;
  for (const auto& item : rows->items) {
    RowResult row = hookflash::vectors::run_row(item, crypto);
    if (!row.core) {
      quirks.push_back(std::move(row));
    } else if (row.passed()) {
      ++passed;
    } else {
      ++failed;
      print_failure(row);
    }
  }
  if (!quirks.empty()) std::printf("library-quirk rows, which decide nothing:\n");
  for (const RowResult& row : quirks) print_quirk(row);
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
