#pragma once

#include <cstddef>
#include <string_view>

#include "base/fixed_text.h"

namespace hookflash {

// A credential. It has no conversion to text, no comparison and no printer: the only way to read it
// is reveal(), so that a search for that word finds every place where a secret can leak.
template <size_t N>
class Secret {
 public:
  [[nodiscard]] bool is_set() const { return !text_.empty(); }
  [[nodiscard]] size_t size() const { return text_.size(); }
  Status assign(std::string_view text) { return text_.assign(text); }
  [[nodiscard]] std::string_view reveal() const { return text_.view(); }

 private:
  FixedText<N> text_;
};

}  // namespace hookflash
