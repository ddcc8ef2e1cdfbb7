#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.h"
#include "base/time.h"
#include "providers/provider.h"
#include "webhook/form.h"

namespace hookflash::twilio {

// What Twilio says in a request (twilio.md 2.2 to 2.4).
// Reads the parameters of a request (the form of a POST, the query of a GET) and the query of its
// URL. Unknown parameters mean nothing here (B-WEB-7). kInvalid: no CallSid, or an identifier over
// its limit (B-GEN-4), or a parameter that is not well formed.
Status read_webhook(const FormView& parameters, const FormView& query, Webhook& out);

// "Tue, 31 Aug 2010 20:36:28 +0000" (RFC 2822 section 3.3); not set for anything else.
WallTime read_date(std::string_view text);

}  // namespace hookflash::twilio
