#include "call/plan.h"

#include "base/check.h"

namespace hookflash {

void apply_plan(CallTable& table, CallHandle call, const CallPlan& plan) {
  CallRecord* const record = table.get(call);
  CHECK(record != nullptr);
  if (record->reserved) {
    table.commit(call, plan.core);
  } else {
    table.apply(call, plan.core);
  }
  for (const TranscriptLine& line : plan.lines) record->transcript.add(line);
  for (const Key& key : plan.keys) record->keys.add(key);
}

}  // namespace hookflash
