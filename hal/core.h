#pragma once

#include "base/time.h"
#include "hal/in.h"
#include "hal/out.h"

namespace hookflash {

// The pure core as a world sees it. Obligations on the implementer:
// - handle() takes one value and never waits. It is not entered again while it runs.
// - next() hands out, in order, what the last handle() asked of the world; false when all is taken.
//   Spans in an Out live until the next handle().
// - deadline() is the next instant at which a Tick is wanted, Instant::max() when none is. An
// instant
//   that has passed means that work was left over.
// Obligations on the world: next() is drained after each handle(); a Tick comes at deadline() or up
// to 0.5 ms later (plus the machine's own lateness), never because of rounding before it.
class Core {
 public:
  virtual void handle(const In& in, Now now) = 0;
  virtual bool next(Out& out) = 0;
  [[nodiscard]] virtual Instant deadline() const = 0;

 protected:
  ~Core() = default;
};

}  // namespace hookflash
