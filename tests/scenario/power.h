#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "box.h"
#include "call/archive.h"
#include "signed_webhook.h"

namespace hookflash::sim {

// A world that outlives its boxes.
class Power final : public CoreProbe {
 public:
  explicit Power(const std::string& config = api_config(), WorldOptions options = {})
      : world(options, crypto), config_(config) {
    start();
  }

  // What the loader, the journal and `hookflash run` do.
  void start() {
    begin();
    take_up();
    world.attach(*appliance_, this);
  }
  // What the next box is configured with.
  void use(const std::string& config) { config_ = config; }
  // The journal cannot be opened; and then it can.
  void start_without_journal() {
    begin();
    appliance_->journal_absent("cannot open the journal", world.now());
    world.attach(*appliance_, this);
  }
  void journal_opens() {
    appliance_->journal_absent({}, world.now());
    take_up();
  }
  void begin() {
    memory_ = std::make_unique<ApplianceMemory>();
    appliance_ = std::make_unique<Appliance>(
        *memory_,
        ApplianceLinks{.crypto = crypto, .entropy = world.core_entropy(), .version = "test"},
        DeviceKey{1, 2, ++starts_});  // As random as in production: the journal has the first.
    ASSERT_EQ(appliance_->configure(config_, world.now()), Status::kOk);
  }
  void take_up() {
    auto archive_memory = std::make_unique<CallArchiveMemory>();
    CallArchive archive(*archive_memory);
    for (const std::string& entry : world.storage().entries()) archive.apply(bytes_of(entry), 1);
    for (const std::string& entry : more_entries) archive.apply(bytes_of(entry), 1);
    EXPECT_EQ(archive.refused(), 0U);
    archive.begin_snapshot();
    for (Bytes piece = archive.next_piece(); !piece.empty(); piece = archive.next_piece()) {
      appliance_->replay(piece, world.now());
    }
    if (appliance_->calls().journal_time().is_set()) newest = appliance_->calls().journal_time();
    appliance_->restart();
  }
  void cut(Duration away) {
    world.power_cut();
    world.run(away);
  }
  void restart(Duration away) {
    cut(away);
    start();
  }
  // Somebody calls and talks for a while.
  CallRef talk(Duration time = Duration::seconds(5)) {
    const CallRef call = world.inbound_call("+15551234567");
    world.run(time);
    return call;
  }
  [[nodiscard]] std::string sid_of(CallRef call) const {
    return std::string(world.call(call).sid.view());
  }
  // What the carrier sends about a call; `query` with its question mark.
  HttpRequest webhook(const std::string& sid, const std::string& status,
                      const std::string& query = "", const FormFields& more = {}) {
    return about(
        {{"Direction", "inbound"}, {"From", "+15551234567"}, {"To", std::string(kOurNumber)}}, sid,
        status, query, more);
  }
  HttpRequest outbound_webhook(const std::string& sid, const std::string& status,
                               const std::string& query, const FormFields& more = {}) {
    return about(
        {{"Direction", "outbound-api"}, {"From", std::string(kOurNumber)}, {"To", "+15557654321"}},
        sid, status, query, more);
  }

  [[nodiscard]] CoreCounts counts() const override {
    CoreCounts counts;
    const Calls& calls = appliance_->calls();
    counts.call_slots = calls.table().slots();
    counts.call_slots_max = limits::kCallSlots;
    for (size_t i = 0; i < limits::kCallSlots; ++i) {
      const CallRecord* record = calls.table().get(calls.table().at(i));
      if (record != nullptr && is_live(record->core.state)) ++counts.live_calls;
    }
    counts.streams = calls.stream_count();
    counts.deadlines = calls.deadlines_armed();
    counts.persists = calls.persists_pending();
    return counts;
  }
  [[nodiscard]] bool knows_live(std::string_view provider_call_id) const override {
    const CallCore* const core = core_of(provider_call_id);
    return core != nullptr && is_live(core->state);
  }
  [[nodiscard]] const Calls& calls() const { return appliance_->calls(); }
  Appliance& appliance() { return *appliance_; }
  [[nodiscard]] const CallRecord* record_of(std::string_view sid) const {
    return calls().table().get(calls().table().find(0, sid));
  }
  // Whether the core has logged a line with this in it.
  [[nodiscard]] bool logged(std::string_view text) const {
    for (const std::string& line : world.core_lines()) {
      if (line.find(text) != std::string::npos) return true;
    }
    return false;
  }
  [[nodiscard]] const CallSummary& last() const {
    return calls().history()[calls().history().size() - 1];
  }
  // The call in the first slot.
  [[nodiscard]] const CallRecord* only() const {
    return calls().table().get(calls().table().at(0));
  }
  [[nodiscard]] const CallCore* core_of(std::string_view sid) const {
    const CallRecord* record = calls().table().get(calls().table().find(0, sid));
    return record == nullptr ? nullptr : &record->core;
  }
  HttpAnswer get(std::string target) {
    return world.request(
        {.target = std::move(target), .headers = {std::string("Authorization: Bearer ") + kToken}});
  }
  HttpAnswer post(std::string target, std::string body) {
    return world.post_json(std::move(target), std::move(body),
                           {std::string("Authorization: Bearer ") + kToken});
  }

  // The same without waiting for the answer.
  std::shared_ptr<HttpAnswer> post_later(std::string target, std::string body) {
    auto answer = std::make_shared<HttpAnswer>();
    HttpRequest request;
    request.method = "POST";
    request.target = std::move(target);
    request.body = std::move(body);
    request.headers = {std::string("Authorization: Bearer ") + kToken,
                       "Content-Type: application/json"};
    world.request_later(request, [answer](const HttpAnswer& given) { *answer = given; });
    return answer;
  }

  MbedCrypto crypto;
  World world;
  std::vector<std::string> more_entries;  // Behind what the storage has.
  WallTime newest;                        // Of the journal at the last start.

 private:
  HttpRequest about(FormFields fields, const std::string& sid, const std::string& status,
                    const std::string& query, const FormFields& more) {
    fields.insert(
        fields.end(),
        {{"AccountSid", std::string(kAccountSid)}, {"CallSid", sid}, {"CallStatus", status}});
    fields.insert(fields.end(), more.begin(), more.end());
    return signed_webhook(crypto, fields, query);
  }

  std::string config_;
  uint8_t starts_ = 0;
  std::unique_ptr<ApplianceMemory> memory_;
  std::unique_ptr<Appliance> appliance_;
};

}  // namespace hookflash::sim
