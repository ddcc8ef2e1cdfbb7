#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/linux/cli/client.h"

namespace hookflash::cli {

// One thing that `check --online` has found out, in words for people.
struct Finding {
  enum class Result : uint8_t { kGood, kWarning, kWrong };
  Result result = Result::kGood;
  std::string line;     // Its id.
  std::string subject;  // "credentials", "webhook" or "publicUrl".
  std::string text;
};

std::string_view word_of(Finding::Result result);

// What the carrier's list of numbers says: whether the credentials work, and whether `number`'s
// webhook is `expected` (with its fragment). Nothing of an answer is believed but the members
// looked for; texts of it are shown with control characters replaced.
void judge_numbers(const Reply& reply, std::string_view line, std::string_view number,
                   std::string_view expected, std::string_view host, std::vector<Finding>& out);

// What the public address's /health says; `instance` is the running box's own, empty when it does
// not run. `webhook` is the answer to a signed request without a call at the webhook itself.
void judge_public_url(const Reply& health, const Reply& webhook, std::string_view instance,
                      std::string_view line, std::string_view url, std::vector<Finding>& out);

// The member `instance` of an answer of /health; empty when it is none.
std::string instance_of(const Reply& reply);

}  // namespace hookflash::cli
