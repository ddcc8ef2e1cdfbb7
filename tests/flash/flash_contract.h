// The obligations of hal/flash.h, held against any back end.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "hal/flash.h"

namespace hookflash {

// Opens and reopens one device, fresh for each test.
class FlashBench {
 public:
  virtual ~FlashBench() = default;
  virtual Flash& flash() = 0;
  // The device loses power without a word and comes back.
  virtual void reopen() = 0;
};

struct FlashBackEnd {
  std::string name;
  std::function<std::unique_ptr<FlashBench>()> make;
};

}  // namespace hookflash
