#include "webhook/verification.h"

#include <algorithm>

namespace hookflash {

Key16 SignedText::request_key(Crypto& crypto, std::string_view scheme, std::string_view line,
                              std::string_view extra) {
  constexpr std::string_view kNul("\0", 1);
  const std::string_view front[kFront] = {scheme, kNul, line, kNul, extra, kNul};
  for (size_t i = 0; i < kFront; ++i) pieces_[i] = bytes_of(front[i]);
  const Sha256Digest digest = crypto.sha256(Crypto::Pieces(pieces_.data(), size_));
  Key16 key{};
  std::copy_n(digest.begin(), key.size(), key.begin());
  return key;
}

}  // namespace hookflash
