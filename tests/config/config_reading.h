#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/describe.h"
#include "config/read.h"
#include "json/arena.h"

namespace hookflash {

// Reads documents and looks things up in what came out.
class ConfigReading : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_TRUE(arena_->empty()); }

  Status read(std::string_view json) {
    const std::vector<char> copy(json.begin(), json.end());  // AddressSanitizer sees its end.
    const Status status = read_config({copy.data(), copy.size()}, *arena_, *config_, *problems_);
    EXPECT_EQ(status == Status::kOk, problems_->errors() == 0);
    EXPECT_TRUE(arena_->empty());
    return status;
  }

  // For the problems and values alone.
  void inspect(std::string_view json) { static_cast<void>(read(json)); }

  // A line that can start, with further members.
  static std::string line(std::string_view more = "", std::string_view id = "main") {
    return R"({"id":")" + std::string(id) +
           R"(","provider":"twilio","fromNumber":"+15551234567",)"
           R"("publicUrl":"https://calls.example.com",)"
           R"("accountSid":"AC00112233445566778899aabbccddeeff","authToken":"secret-token")" +
           (more.empty() ? "" : ",") + std::string(more) + "}";
  }
  // A document with one such line and further members at the top.
  static std::string with_line(std::string_view more_in_line = "", std::string_view more = "") {
    return R"({"lines":[)" + line(more_in_line) + "]" + (more.empty() ? "" : ",") +
           std::string(more) + "}";
  }

  // All messages of one severity at this path, joined; empty when there is none.
  [[nodiscard]] std::string at(std::string_view path, Severity severity = Severity::kError) const {
    std::string found;
    for (const Problem& problem : problems_->list()) {
      if (problem.severity != severity || problem.path != path) continue;
      found += (found.empty() ? "" : " / ") + std::string(problem.message.view());
    }
    return found;
  }
  [[nodiscard]] std::string warning(std::string_view path) const {
    return at(path, Severity::kWarning);
  }
  [[nodiscard]] std::string listing() const {
    std::string all;
    for (const Problem& problem : problems_->list()) {
      char text[700];
      TextWriter out(text);
      write_problem(problem, out);
      all += std::string(out.view()) + "\n";
    }
    return all;
  }
  [[nodiscard]] std::string redacted() const {
    std::string text(256 * 1024, ' ');
    TextWriter out(text);
    json::Writer json(out);
    write_redacted(*config_, json);
    EXPECT_TRUE(json.complete());
    EXPECT_FALSE(out.overflowed());
    return std::string(out.view());
  }

  std::unique_ptr<json::Arena> arena_ = std::make_unique<json::Arena>();
  std::unique_ptr<Config> config_ = std::make_unique<Config>();
  std::unique_ptr<Problems> problems_ = std::make_unique<Problems>();
};

}  // namespace hookflash
