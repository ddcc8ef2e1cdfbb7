#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "appliance/appliance.h"
#include "platform/sim/core_probe.h"
#include "platform/sim/world.h"

namespace hookflash::sim {

// What a box in the simulated world is configured with, in pieces that tests change one by one.
struct BoxOptions {
  // Members of the configuration object, without braces; "lines", "api" and "publicUrl" are there
  // already.
  std::string config = R"("inboundPolicy":"open","app":"echo")";
  // Replaces everything when not empty.
  std::string whole_config;
};

inline constexpr std::string_view kApiToken = "0123456789abcdef0123456789abcdef";

// The real appliance in a simulated world: made, configured for the example account and attached.
// Its memory is fresh zero bytes, as in production.
class ApplianceBox final : public CoreProbe, public PowerSwitch {
 public:
  // CHECKs that the configuration is good.
  ApplianceBox(World& world, Crypto& crypto, const BoxOptions& options);

  // Not while the power is off.
  Appliance& appliance() { return *appliance_; }
  [[nodiscard]] const Appliance& appliance() const { return *appliance_; }

  [[nodiscard]] CoreCounts counts() const override;
  [[nodiscard]] bool knows_live(std::string_view provider_call_id) const override;
  [[nodiscard]] Fate fate_of(std::string_view provider_call_id) const override;
  [[nodiscard]] std::vector<std::string> live_names() const override;
  [[nodiscard]] std::vector<FinishedRow> finished() const override;
  [[nodiscard]] std::string broken_invariant() const override;

  // In worlds with a journal.
  void power_off() override;
  void power_on() override;

  static std::string config_text(const BoxOptions& options);

 private:
  struct Free {
    void operator()(ApplianceMemory* memory) const;
  };
  void begin();
  void take_up();

  World& world_;
  Crypto& crypto_;
  std::string config_;
  uint64_t life_ = 0;  // Counts power cuts.
  std::unique_ptr<ApplianceMemory, Free> memory_;
  std::unique_ptr<Appliance> appliance_;
};

// A world with a box in it: what most scenarios begin with.
struct BoxWorld {
  explicit BoxWorld(Crypto& crypto, const BoxOptions& box_options = BoxOptions(),
                    const WorldOptions& world_options = WorldOptions())
      : world(world_options, crypto), box(world, crypto, box_options) {}

  // A POST of JSON with the API token.
  HttpAnswer api_post(std::string target, std::string body);
  HttpAnswer api_get(std::string target);

  World world;
  ApplianceBox box;
};

}  // namespace hookflash::sim
