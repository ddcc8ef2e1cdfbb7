#include "call/transitions.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <vector>

#include "tests/generated_document.h"

namespace hookflash {
namespace {

constexpr CallState kStates[] = {CallState::kInitiated, CallState::kRinging,
                                 CallState::kAnswered,  CallState::kActive,
                                 CallState::kSpeaking,  CallState::kListening};

std::vector<EventType> carrier_events() {
  std::vector<EventType> events;
  for (size_t i = 1; i < kEventTypes; ++i) {
    if (is_carrier_event(static_cast<EventType>(i))) events.push_back(static_cast<EventType>(i));
  }
  return events;
}

// Aim: the checks that guard the table at compile time find each kind of mistake. Method: spoil a
// copy of the rows in one way at a time; a canary for the static_asserts.
TEST(Transitions, ChecksNoticeSpoiledTables) {
  const std::vector<table::Row> good(std::begin(table::kRows), std::end(table::kRows));
  ASSERT_TRUE(table::expand(good).exact);

  for (size_t i = 0; i < good.size(); ++i) {
    std::vector<table::Row> missing = good;
    missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_FALSE(table::expand(missing).exact) << "without row " << i;
    std::vector<table::Row> twice = good;
    twice.push_back(good[i]);
    EXPECT_FALSE(table::expand(twice).exact) << "row " << i << " twice";
  }
  table::Cells cells = table::kExpanded.cells;
  cells[static_cast<size_t>(EventType::kAnswered)][static_cast<size_t>(CallState::kEnded)].next =
      CallState::kAnswered;
  EXPECT_FALSE(table::end_is_final(cells));

  cells = table::kExpanded.cells;
  for (auto& event : cells) {
    event[static_cast<size_t>(CallState::kActive)].next = CallState::kActive;
  }
  EXPECT_FALSE(table::end_is_reachable(cells));

  cells = table::kExpanded.cells;
  cells[static_cast<size_t>(EventType::kRinging)][static_cast<size_t>(CallState::kActive)].next =
      CallState::kRinging;
  EXPECT_FALSE(table::ranks_hold(cells));

  cells = table::kExpanded.cells;
  cells[static_cast<size_t>(EventType::kPlaced)][static_cast<size_t>(CallState::kNone)].next =
      CallState::kActive;
  EXPECT_FALSE(table::ranks_hold(cells));

  cells = table::kExpanded.cells;
  cells[static_cast<size_t>(EventType::kDtmf)][static_cast<size_t>(CallState::kActive)].step =
      Step::kIllegal;
  EXPECT_FALSE(table::carriers_do_nothing_illegal(cells));
}

// Aim: B-STATE-1: each event that names a state moves a call of lower rank there, skipping is
// allowed, and for a higher one changes nothing and counts as late. Method: every pair of such
// event and state.
TEST(Transitions, RankDecides) {
  const std::pair<EventType, CallState> naming[] = {
      {EventType::kInitiated, CallState::kInitiated},
      {EventType::kRinging, CallState::kRinging},
      {EventType::kAnswered, CallState::kAnswered},
      {EventType::kActive, CallState::kActive},
      {EventType::kSpeaking, CallState::kSpeaking},
      {EventType::kListening, CallState::kListening},
  };
  for (const auto& [event, named] : naming) {
    for (const CallState state : kStates) {
      const Transition transition = transition_of(state, event);
      const bool alternation = state == CallState::kListening && named == CallState::kSpeaking;
      if (rank_of(named) > rank_of(state) || alternation) {
        EXPECT_EQ(transition.next, named) << name_of(event) << " in " << name_of(state);
        EXPECT_EQ(verdict_of(transition.step), EventVerdict::kApplied);
      } else {
        EXPECT_EQ(transition.next, state) << name_of(event) << " in " << name_of(state);
        if (named != state) {
          EXPECT_EQ(transition.step, Step::kLate);
        }
      }
    }
  }
  // Without limit: there and back again.
  CallState state = CallState::kSpeaking;
  for (int i = 0; i < 1000; ++i) {
    state = transition_of(state, EventType::kSpeech).next;
    ASSERT_EQ(state, CallState::kListening);
    state = transition_of(state, EventType::kSpeaking).next;
    ASSERT_EQ(state, CallState::kSpeaking);
  }
}

// Aim: B-STATE-1: any live state may go to the end. Method: an ended event in each.
TEST(Transitions, EveryLiveStateCanEnd) {
  for (const CallState state : kStates) {
    for (const EventType event : {EventType::kEnded, EventType::kError, EventType::kHangupDone,
                                  EventType::kStatusTerminal, EventType::kHangupGaveUp}) {
      EXPECT_EQ(transition_of(state, event).next, CallState::kEnded) << name_of(event);
    }
  }
}

// Aim: B-STATE-2: nothing resurrects a finished call; what a carrier still says about it is late,
// and a live word about an unconfirmed end leads to a hang-up. Method: every event in the end
// state.
TEST(Transitions, EndIsNeverLeft) {
  for (size_t i = 1; i < kEventTypes; ++i) {
    const auto event = static_cast<EventType>(i);
    EXPECT_EQ(transition_of(CallState::kEnded, event).next, CallState::kEnded) << name_of(event);
  }
  for (const EventType live : {EventType::kRinging, EventType::kAnswered, EventType::kActive,
                               EventType::kSpeech, EventType::kDtmf}) {
    EXPECT_EQ(transition_of(CallState::kEnded, live).step, Step::kLateLive);
    EXPECT_EQ(verdict_of(Step::kLateLive), EventVerdict::kLate);
  }
  EXPECT_EQ(transition_of(CallState::kEnded, EventType::kFetched).step, Step::kHangupDocument);
  EXPECT_EQ(transition_of(CallState::kEnded, EventType::kHangupRequested).step,
            Step::kAlreadyEnded);
}

// Aim: B-STATE-3: an event that names the present state changes no state and is no late one: its
// key is consumed. Method: the four states a carrier can name twice.
TEST(Transitions, NamingThePresentStateIsNoNews) {
  const std::pair<EventType, CallState> same[] = {{EventType::kInitiated, CallState::kInitiated},
                                                  {EventType::kRinging, CallState::kRinging},
                                                  {EventType::kAnswered, CallState::kAnswered},
                                                  {EventType::kActive, CallState::kActive},
                                                  {EventType::kSpeaking, CallState::kSpeaking}};
  for (const auto& [event, state] : same) {
    EXPECT_EQ(transition_of(state, event).next, state);
    EXPECT_EQ(transition_of(state, event).step, Step::kSame);
  }
}

// Aim: B-STATE-4: our own calls begin in initiated, calls from a webhook in ringing; nothing else
// begins one, a terminal event least of all. Method: every event on an absent call.
TEST(Transitions, CallsBeginInTwoWays) {
  EXPECT_EQ(transition_of(CallState::kNone, EventType::kPlaced).next, CallState::kInitiated);
  std::set<EventType> creating;
  for (size_t i = 1; i < kEventTypes; ++i) {
    const auto event = static_cast<EventType>(i);
    const Transition transition = transition_of(CallState::kNone, event);
    if (transition.next == CallState::kRinging) {
      creating.insert(event);
    } else if (event != EventType::kPlaced) {
      EXPECT_EQ(transition.next, CallState::kNone) << name_of(event);
    }
  }
  EXPECT_EQ(creating,
            (std::set<EventType>{EventType::kInitiated, EventType::kRinging, EventType::kAnswered,
                                 EventType::kActive, EventType::kFetched}));
  for (const EventType event : carrier_events()) {
    if (creating.count(event) == 1) continue;
    EXPECT_EQ(transition_of(CallState::kNone, event).step, Step::kUnknownCall) << name_of(event);
  }
}

// Aim: B-STATE-7: a failed playback leads to listening from every live state. Method: all of them.
TEST(Transitions, FailedPlaybackLeadsToListening) {
  for (const CallState state : kStates) {
    const Transition transition = transition_of(state, EventType::kSpeakFailed);
    EXPECT_EQ(transition.next, CallState::kListening);
    EXPECT_EQ(transition.step, Step::kSpeakFailed);
  }
}

// Aim: B-TMR-4: a timer's action on a finished call does nothing. Method: every timer event on one;
// the retry of a refusal or of an unconfirmed end, and the hold of its slot, are the finished
// call's own.
TEST(Transitions, TimersDoNothingAfterTheEnd) {
  for (const EventType event :
       {EventType::kRingTimeout, EventType::kExpiring, EventType::kMaxDuration, EventType::kReaped,
        EventType::kGraceOver, EventType::kHangupGaveUp, EventType::kTurnTimeout,
        EventType::kNotifyOver, EventType::kNotifyOverdue, EventType::kReattachTimeout,
        EventType::kStatusRetry, EventType::kMediaSilent}) {
    EXPECT_EQ(transition_of(CallState::kEnded, event).step, Step::kIgnore) << name_of(event);
  }
}

// Aim: partial speech and silence never change a state, because they are not journaled,
// and neither does a retryable error. Method: every live state.
TEST(Transitions, UnjournaledEventsChangeNoState) {
  for (const CallState state : kStates) {
    for (const EventType event :
         {EventType::kPartialSpeech, EventType::kSilence, EventType::kRetryableError}) {
      EXPECT_EQ(transition_of(state, event).next, state);
    }
  }
}

// Aim: names of events and steps are there and differ, so that logs and metrics can be read.
// Method: all.
TEST(Transitions, NamesDiffer) {
  std::set<std::string_view> names;
  for (size_t i = 0; i < kEventTypes; ++i) {
    EXPECT_TRUE(names.insert(name_of(static_cast<EventType>(i))).second) << i;
  }
  std::set<std::string_view> steps;
  for (size_t i = 0; i < kSteps; ++i) {
    EXPECT_TRUE(steps.insert(name_of(static_cast<Step>(i))).second) << i;
    EXPECT_FALSE(meaning_of(static_cast<Step>(i)).empty());
  }
}

// Aim: every step of the machine is used by some row; a dead one would only mislead. Method:
// collect.
TEST(Transitions, EveryStepIsUsed) {
  std::set<Step> used;
  for (const table::Row& row : table::kRows) used.insert(row.step);
  EXPECT_EQ(used.size(), kSteps - 1);  // All but kNone.
}

// Aim: docs/call-states.md says what the table says. Method: generate and compare; with
// HOOKFLASH_WRITE_DOCS set it is written instead.
TEST(Transitions, DocumentIsFresh) {
  expect_fresh_document("call-states.md", "call_test", write_call_states);
}

}  // namespace
}  // namespace hookflash
