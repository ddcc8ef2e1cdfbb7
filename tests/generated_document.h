#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "base/text_writer.h"

namespace hookflash {

// A document under docs/ that the code writes: it must say what is written now. With
// HOOKFLASH_WRITE_DOCS set it is written anew instead. `name` is the file's, `test` the program's
// that is to be run then.
inline void expect_fresh_document(const std::string& name, const std::string& test,
                                  void (*write)(TextWriter& out)) {
  std::string memory(64 * 1024, ' ');
  TextWriter out(memory);
  write(out);
  ASSERT_FALSE(out.overflowed());
  const std::string path = std::string(HOOKFLASH_SOURCE_DIR) + "/docs/" + name;
  if (std::getenv("HOOKFLASH_WRITE_DOCS") != nullptr) {
    std::ofstream(path, std::ios::binary) << out.view();
  }
  std::ifstream file(path, std::ios::binary);
  const std::string kept(std::istreambuf_iterator<char>(file), {});
  EXPECT_TRUE(kept == out.view()) << "docs/" << name
                                  << " is stale; run HOOKFLASH_WRITE_DOCS=1 ctest -R " << test;
}

}  // namespace hookflash
