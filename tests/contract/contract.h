// The ids of docs/spec/call-behaviour.md against the ids that tests name.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace hookflash::contract {

// Ids that the contract defines: "- **B-AUD-3** ..." at the start of a line.
std::set<std::string> defined_ids(std::string_view contract);

// Ids that more than one line defines.
std::vector<std::string> defined_twice(std::string_view contract);

// Every id that stands anywhere in the text.
std::set<std::string> named_ids(std::string_view text);

struct Later {
  std::map<std::string, std::string> reasons;  // By id.
  std::vector<std::string> mistakes;           // Lines that are not "ID reason", ids listed twice.
};

// Lines "ID reason"; empty lines and lines that begin with '#' are passed over.
Later read_later(std::string_view text);

// What is wrong, one sentence each; empty when all is well.
std::vector<std::string> unproven(const std::set<std::string>& defined,
                                  const std::set<std::string>& named, const Later& later);
std::vector<std::string> untrue_later(const std::set<std::string>& defined,
                                      const std::set<std::string>& named, const Later& later);
std::vector<std::string> unknown_ids(const std::set<std::string>& defined,
                                     const std::set<std::string>& named);

}  // namespace hookflash::contract
