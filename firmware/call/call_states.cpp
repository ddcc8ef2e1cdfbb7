#include "call/transitions.h"

namespace hookflash {
namespace {

void write_states(TextWriter& out) {
  out.put(
      "## States\n\n"
      "| State | Rank | Entered when |\n| --- | --- | --- |\n"
      "| absent | | no such call, or its place is only reserved |\n"
      "| initiated | 0 | an outbound call passed admission and is journaled |\n"
      "| ringing | 1 | the far end rings, or the call was created from a webhook |\n"
      "| answered | 2 | first proof that the far end is connected |\n"
      "| active | 3 | the carrier says bridged, or the media stream is up |\n"
      "| speaking | 4 | our side plays speech |\n"
      "| listening | 5 | we wait for the caller |\n"
      "| ended | | the end reason is the state's name: ");
  for (size_t i = 1; i < kEndReasons; ++i) {
    out.put(i == 1 ? "" : ", ").put(name_of(static_cast<EndReason>(i)));
  }
  out.put(" |\n\n");
}

void write_table(TextWriter& out) {
  out.put(
      "## Transitions\n\nA cell is the step, and in bold the new state where it changes.\n\n| "
      "Event |");
  for (size_t state = 0; state < kCallStates; ++state) {
    const auto value = static_cast<CallState>(state);
    out.put(' ').put(value == CallState::kNone ? "absent" : name_of(value)).put(" |");
  }
  out.put("\n| --- |");
  for (size_t state = 0; state < kCallStates; ++state) out.put(" --- |");
  out.put('\n');
  for (size_t event = 1; event < kEventTypes; ++event) {
    const auto type = static_cast<EventType>(event);
    out.put("| ").put(name_of(type)).put(" |");
    for (size_t state = 0; state < kCallStates; ++state) {
      const auto from = static_cast<CallState>(state);
      const Transition cell = transition_of(from, type);
      out.put(' ').put(name_of(cell.step));
      if (cell.next != from) out.put(" → **").put(name_of(cell.next)).put("**");
      out.put(" |");
    }
    out.put('\n');
  }
  out.put('\n');
}

void write_steps(TextWriter& out) {
  out.put("## Steps\n\n| Step | Meaning |\n| --- | --- |\n");
  for (size_t step = 1; step < kSteps; ++step) {
    const auto value = static_cast<Step>(step);
    out.put("| ").put(name_of(value)).put(" | ").put(meaning_of(value)).put(" |\n");
  }
}

}  // namespace

void write_call_states(TextWriter& out) {
  out.put(
      "# Call states\n\n"
      "Generated from firmware/call/transitions.h; do not edit. To write it anew run the tests of "
      "the room\n"
      "with `HOOKFLASH_WRITE_DOCS=1` in the environment, for example\n"
      "`HOOKFLASH_WRITE_DOCS=1 ctest -R call_test`.\n\n");
  write_states(out);
  write_table(out);
  write_steps(out);
}

}  // namespace hookflash
