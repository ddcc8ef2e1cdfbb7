#pragma once

#include <span>
#include <string_view>

#include "base/status.h"
#include "base/text_writer.h"

namespace hookflash {

// Reads a whole file, adds a NUL, and says how much was read (without the NUL). kNotFound, kDenied,
// kTooLarge when it does not fit, kUnavailable for any other failure.
Status read_file(std::string_view path, std::span<char> memory, size_t& size);

// A certificate chain and its private key, as PEM texts that end in NUL.
struct TlsIdentity {
  std::span<const char> chain;
  std::span<const char> key;
};

// Reads both files into the memory given and checks that they are what they should be and belong
// together. On failure one sentence for people goes to `problem`. The key is wiped by the caller.
Status read_identity(std::string_view chain_path, std::string_view key_path, std::span<char> memory,
                     TlsIdentity& identity, TextWriter& problem);

// The certificates of a PEM bundle that mbedTLS can use: one that it cannot read (an unknown curve,
// say) is left out instead of spoiling the rest. `bundle` ends in NUL; the result lies in the same
// memory, ends in NUL, and is empty when there is none.
std::span<char> usable_certificates(std::span<char> bundle);

// Where common distributions keep the trusted certificates; the first that exists. Empty when none
// does.
std::string_view system_ca_file();

}  // namespace hookflash
