#pragma once

#include <cstddef>
#include <string_view>

#include "base/status.h"
#include "base/text_writer.h"
#include "base/time.h"

namespace hookflash {

// A sequence to send (B-DTMF-1): 0-9 * # and pauses (w, p and comma 0.5 s, W and P 1 s), 1 to 32
// characters. kInvalid otherwise.
Status check_dtmf(std::string_view sequence);

// A digit that a caller can send: 0-9 * #, and A to D.
bool is_dtmf_digit(char c);

// The sequence in a carrier's spelling of the two pauses, for example "w" and "ww" (Twilio). The
// sequence has passed check_dtmf().
void write_dtmf(TextWriter& out, std::string_view sequence, std::string_view half_second,
                std::string_view second);

// About how long sending takes: 0.5 s a digit, which no carrier exceeds, and the pauses. For the
// grace while our own live update replaces the stream (B-DISC-2).
Duration dtmf_playing_time(std::string_view sequence);

}  // namespace hookflash
