#pragma once

#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/fixed_vector.h"
#include "base/text_writer.h"
#include "hal/crypto.h"
#include "providers/twilio/carrier/url.h"

namespace hookflash::twilio::carrier {

struct Field {
  std::string_view name;
  std::string_view value;
};

// The fields of one form, in the order in which they are sent. 96 is about three times what the
// longest documented request has.
using Form = FixedVector<Field, 96>;

// application/x-www-form-urlencoded; space becomes "+".
void write_form(const Form& form, TextWriter& out);
void write_form_text(std::string_view text, TextWriter& out);

// Reads a form. Names and values are decoded into `memory` and point there. kInvalid for a bad
// escape or text that is not UTF-8, kFull for too many fields, kTooLarge when the memory is too
// short.
Status read_form(std::string_view body, std::span<char> memory, Form& out);

// The first value of a name; nullptr when there is none.
const std::string_view* find_field(const Form& form, std::string_view name);

// X-Twilio-Signature (twilio.md 4.1): base64 of HMAC-SHA1 over the URL to sign and, for a POST, the
// fields sorted by name; a name that occurs several times gives its distinct values sorted.
inline constexpr size_t kSignatureBytes = 28;
void write_signature(Crypto& crypto, std::string_view auth_token, std::string_view signed_url,
                     const Form& form, TextWriter& out);

}  // namespace hookflash::twilio::carrier
