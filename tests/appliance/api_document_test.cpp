#include "appliance/api_document.h"

#include <gtest/gtest.h>

#include <string>

#include "appliance/routes.h"
#include "tests/generated_document.h"

namespace hookflash {
namespace {

// Aim: docs/api.md is what the table of routes says. Method: it is compared with what is generated;
// with HOOKFLASH_WRITE_DOCS set it is written instead.
TEST(ApiDocument, IsFresh) {
  expect_fresh_document("api.md", "appliance_test", write_api_document);
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
