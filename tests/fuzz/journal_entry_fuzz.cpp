// Entries of unknown origin through framing, items and replay: nothing may stop the program, and
// whatever is accepted must be found again by its names.
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/check.h"
#include "call/replay.h"

namespace hookflash {
namespace {

struct World final : ReplayContext {
  void remember_request(const Key&, WallTime) override { ++requests; }
  void remember_device_key(const DeviceKey&) override {}
  void remember_keep_transcripts(bool) override {}
  void remember_configuration(const ConfigurationPiece& piece, WallTime at) override {
    (void)configuration.add(piece, at);
  }
  uint8_t line_index(std::string_view line_id) override {
    return line_id.empty() ? kNoLine : static_cast<uint8_t>(line_id.size());
  }

  CallTable calls;
  EventKeys keys;
  FinishedIndex finished;
  CallHistory history;
  size_t requests = 0;
  KeptConfiguration configuration;
};

}  // namespace
}  // namespace hookflash

// The first two bytes of each piece are its length, so that one input is a whole journal.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hookflash;
  static const std::unique_ptr<World> world = std::make_unique<World>();
  world->finished.clear();
  world->history.clear();
  world->keys.clear();
  Replay replay(world->calls, world->keys, world->finished, world->history, *world);
  ByteReader in(Bytes(data, size));
  while (!in.at_end()) {
    const size_t length = in.u16();
    const Bytes entry = in.bytes(length < in.left() ? length : in.left());
    (void)replay.apply(entry);
  }
  for (size_t place = 0; place < limits::kCallSlots; ++place) {
    const CallHandle call = world->calls.at(place);
    if (!call.is_set()) continue;
    CallCore core = world->calls.get(call)->core;
    CHECK(world->calls.find(core.call_id) == call);
    finish(core, EndReason::kError, {}, WallTime(), true);
    world->calls.apply(call, core);
    world->calls.release(call);
  }
  CHECK(world->calls.slots() == 0 && world->calls.in_use() == 0);
  return 0;
}
