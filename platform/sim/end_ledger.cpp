#include "platform/sim/end_ledger.h"

#include "call/entry_items.h"
#include "store/entry.h"

namespace hookflash::sim {
namespace {

std::string name_of(const CallId& call) { return "call " + std::string(call.text().view()); }

}  // namespace

void EndLedger::read(Bytes bytes) {
  if (!ok(EntryReader::check(bytes))) return fail_("an entry that nobody can read is durable");
  EntryReader entry(bytes);
  Item item;
  while (entry.next(item)) {
    if (item.type == ItemType::kCore) {
      CallCore core;
      if (!ok(read_core(item.payload, core))) return fail_("a call that cannot be read is durable");
      const auto [call, is_new] = ended_.try_emplace(name_of(core.call_id), false);
      if (call->second) fail_(call->first + " is journaled after its end");
    } else if (item.type == ItemType::kFinished) {
      FinishedItem finished;
      if (!ok(read_finished(item.payload, finished))) {
        return fail_("an end that cannot be read is durable");
      }
      ++ends_;
      bool& ended = ended_[name_of(finished.summary.call_id)];
      if (ended) fail_(name_of(finished.summary.call_id) + " has two ends in the journal");
      ended = true;
    }
  }
}

void EndLedger::close() {
  for (const auto& [call, ended] : ended_) {
    if (!ended) fail_(call + " has no end in the journal");
  }
}

}  // namespace hookflash::sim
