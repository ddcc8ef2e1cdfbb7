// Rules about names, sizes and leftovers in our own files.
#pragma once

#include <filesystem>
#include <vector>

#include "source_tree.h"

namespace hookflash::house {

// Files, types and functions named after nothing: util, helper, common, misc, manager.
std::vector<Finding> empty_names(const std::vector<SourceFile>& files);

// Files of more than 600 lines.
std::vector<Finding> long_files(const std::vector<SourceFile>& files);

// Headers without #pragma once (or, for one that stands in gcc's way, a guard macro).
std::vector<Finding> unguarded_headers(const std::vector<SourceFile>& files);

// Variables of static or thread storage that can change, in pure rooms.
std::vector<Finding> hidden_state(const std::vector<SourceFile>& files);

// Words of one carrier's protocols in the rooms above the providers: in literals anywhere there,
// and as a provider's include outside the files that hand requests to providers. Apps of protocol
// `twilio` are spoken to in that carrier's words, so firmware/target may use them.
std::vector<Finding> carrier_words(const std::vector<SourceFile>& files);

// Notes to self, addresses of package registries, and paths of one person's machine.
std::vector<Finding> leftovers(const std::vector<SourceFile>& files,
                               const std::vector<std::string>& places);
// Paths that mean something on this machine only: homes, the checkout and what stands beside it.
std::vector<std::string> places_of_this_machine(const std::filesystem::path& checkout);

// Rooms (folders with hookflash_room) whose README.md lacks one of the five headings.
std::vector<Finding> unexplained_rooms(const std::vector<SourceFile>& cmake_files,
                                       const std::vector<SourceFile>& readmes);

}  // namespace hookflash::house
