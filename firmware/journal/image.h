#pragma once

#include <cstdint>

#include "base/status.h"
#include "hal/flash.h"
#include "journal/format.h"

namespace hookflash {

// The least that a segment can have, whatever the medium: a header and two records.
inline constexpr uint32_t kSegmentBytesMin = kSegmentHeaderBytes + 2 * kRecordBytesMax;

// How a journal is cut whose medium is not at hand: a copy in a file, made from whatever part. The
// segment size is what a header says that stands where it says segments begin. kNotFound: no
// readable header. kUnsupported: headers of another version only. kUnavailable: the device is gone.
Status find_segment_bytes(Flash& medium, uint32_t& bytes);

}  // namespace hookflash
