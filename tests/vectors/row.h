#pragma once

#include <string>
#include <vector>

#include "hal/crypto.h"
#include "vectors/json_value.h"

namespace hookflash::vectors {

// What became of one row of a file of signature vectors.
struct RowResult {
  std::string provider;
  std::string name;
  std::string note;
  bool core = true;    // Else "library-quirk": the row decides nothing.
  bool usable = true;  // The row has what its scheme needs; `why` says what is missing.
  bool expected = false;
  bool accepted = false;
  bool form_agrees = true;  // Our reading of rawBody equals `params`.
  std::string why;          // Why it was refused or is unusable.
  std::string decision;     // For a quirk: what we do, and on what ground.

  [[nodiscard]] bool passed() const { return usable && form_agrees && accepted == expected; }
};

// Runs one row through the code that verifies requests. Every provider's rows go the same way: the
// URL is the public URL, the body is decoded and compared with `params`, the headers are looked up
// without case.
RowResult run_row(const JsonValue& row, Crypto& crypto);

}  // namespace hookflash::vectors
