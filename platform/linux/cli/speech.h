#pragma once

#include <string>

namespace hookflash::cli {

// A few spoken sentences as mu-law at 8 kHz, made by espeak-ng. Empty when it is not installed.
std::string spoken_sample();

}  // namespace hookflash::cli
