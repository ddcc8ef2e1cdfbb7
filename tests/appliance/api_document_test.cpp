#include "appliance/api_document.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "appliance/routes.h"

namespace hookflash {
namespace {

// Aim: docs/api.md is what the table of routes says. Method: it is compared with what is generated;
// with HOOKFLASH_WRITE_DOCS set it is written instead.
TEST(ApiDocument, IsFresh) {
  std::string memory(64 * 1024, ' ');
  TextWriter out(memory);
  write_api_document(out);
  ASSERT_FALSE(out.overflowed());
  const std::string path = std::string(HOOKFLASH_SOURCE_DIR) + "/docs/api.md";
  if (std::getenv("HOOKFLASH_WRITE_DOCS") != nullptr) {
    std::ofstream(path, std::ios::binary) << out.view();
  }
  std::ifstream file(path, std::ios::binary);
  std::stringstream kept;
  kept << file.rdbuf();
  EXPECT_TRUE(kept.str() == out.view())
      << "docs/api.md is stale; run HOOKFLASH_WRITE_DOCS=1 ctest -R appliance_test";
}

// Aim: the document leaves no route out. Method: each path and method of the table is looked for.
TEST(ApiDocument, NamesEveryRoute) {
  std::string memory(64 * 1024, ' ');
  TextWriter out(memory);
  write_api_document(out);
  for (const Route& route : kRoutes) {
    const std::string heading = "### " + std::string(route.method) + " " + std::string(route.path);
    EXPECT_NE(out.view().find(heading), std::string_view::npos) << heading;
  }
}

}  // namespace
}  // namespace hookflash
