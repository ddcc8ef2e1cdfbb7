#pragma once

#include "base/text_writer.h"
#include "providers/provider.h"

namespace hookflash::twilio {

// Writes `document` as TwiML: XML declaration, well-formed, every text escaped, characters that XML
// 1.0 does not allow left out (B-API-3, B-PRV-7). out.overflowed() tells when it did not fit.
void write_twiml(const Document& document, TextWriter& out);

// Appends `text` escaped for XML text and for attribute values in double quotes.
void write_xml_text(std::string_view text, TextWriter& out);

// The digits in Twilio's spelling: pauses of half a second as `w`, of one second as `ww`
// (B-DTMF-1). Expects a validated sequence.
void write_digits(std::string_view digits, TextWriter& out);

}  // namespace hookflash::twilio
