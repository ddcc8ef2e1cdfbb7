#include "call/steps.h"

namespace hookflash {

std::string_view name_of(Step step) {
  switch (step) {
    case Step::kNone: return "none";
    case Step::kIllegal: return "illegal";
    case Step::kIgnore: return "ignore";
    case Step::kSame: return "same";
    case Step::kLate: return "late";
    case Step::kLateLive: return "late-live";
    case Step::kUnknownCall: return "unknown-call";
    case Step::kRefuseEnded: return "refuse-ended";
    case Step::kKeepNothing: return "keep-nothing";
    case Step::kPlace: return "place";
    case Step::kCreate: return "create";
    case Step::kAdopt: return "adopt";
    case Step::kBindDial: return "bind-dial";
    case Step::kRing: return "ring";
    case Step::kAnswer: return "answer";
    case Step::kActivate: return "activate";
    case Step::kStreamUp: return "stream-up";
    case Step::kStillLive: return "still-live";
    case Step::kStatusUnknown: return "status-unknown";
    case Step::kSpeakStarted: return "speak-started";
    case Step::kBotLine: return "bot-line";
    case Step::kSpeakEnded: return "speak-ended";
    case Step::kSpeakFailed: return "speak-failed";
    case Step::kHear: return "hear";
    case Step::kListen: return "listen";
    case Step::kDigits: return "digits";
    case Step::kTellApp: return "tell-app";
    case Step::kDocument: return "document";
    case Step::kHangupDocument: return "hangup-document";
    case Step::kSpeak: return "speak";
    case Step::kPlay: return "play";
    case Step::kTurn: return "turn";
    case Step::kSendDigits: return "send-digits";
    case Step::kPark: return "park";
    case Step::kStreamDown: return "stream-down";
    case Step::kAppReady: return "app-ready";
    case Step::kFallback: return "fallback";
    case Step::kIntentDone: return "intent-done";
    case Step::kUpdateDone: return "update-done";
    case Step::kUpdateFailed: return "update-failed";
    case Step::kHangUp: return "hang-up";
    case Step::kAlreadyEnded: return "already-ended";
    case Step::kAskCarrier: return "ask-carrier";
    case Step::kRetryHangup: return "retry-hangup";
    case Step::kHangupFailed: return "hangup-failed";
    case Step::kRefusalFailed: return "refusal-failed";
    case Step::kTurnTimeout: return "turn-timeout";
    case Step::kTellExpiring: return "tell-expiring";
    case Step::kFinish: return "finish";
    case Step::kFinishUnconfirmed: return "finish-unconfirmed";
    case Step::kConfirmEnd: return "confirm-end";
    case Step::kHangUpLeftover: return "hang-up-leftover";
    case Step::kFreeSlot: return "free-slot";
  }
  return "none";
}

std::string_view meaning_of(Step step) {
  switch (step) {
    case Step::kNone: return "Nothing.";
    case Step::kIllegal: return "Only a mistake of ours brings this event here; the program stops.";
    case Step::kIgnore: return "Nothing to do and nothing to count.";
    case Step::kSame: return "Names the present state: the event's key is consumed, nothing else.";
    case Step::kLate: return "Comes too late: the key is consumed and the event counts as late.";
    case Step::kLateLive:
      return "As late; when the end is unconfirmed the carrier's call is hung up (B-OUT-8).";
    case Step::kUnknownCall:
      return "No such call and none may be made: neutral answer, the key stays free (B-PROC-6).";
    case Step::kRefuseEnded: return "The request is refused: the call has ended (B-TURN-1).";
    case Step::kKeepNothing: return "A retryable error: nothing is kept and the key stays free.";
    case Step::kPlace: return "Admission, journal, then the dial (B-OUT-3).";
    case Step::kCreate:
      return "Admission and policy, journal, then the answer or the refusal (B-INB, B-ADM-4).";
    case Step::kAdopt:
      return "Adopts an external outbound call where the event may create one, then takes the "
             "event anew; otherwise the call is unknown (B-EXT-1).";
    case Step::kBindDial:
      return "Fills the provider id where it is still empty and arms the ring timer (B-OUT-5).";
    case Step::kRing: return "Stamps ringingAt and arms the ring timer.";
    case Step::kAnswer:
      return "Stamps answeredAt, arms max duration, stops the ring timer, opens the app leg, "
             "triggers the initial message.";
    case Step::kActivate:
      return "The carrier says bridged; what answering does is done where it is missing.";
    case Step::kStreamUp:
      return "Counts the stream's generation, cancels the grace, answers where missing, opens the "
             "app leg, ready (B-STR-7).";
    case Step::kStillLive:
      return "The carrier says live; the timer or procedure that asked decides.";
    case Step::kStatusUnknown: return "The carrier's word is not definite; whoever asked decides.";
    case Step::kSpeakStarted: return "A playback has begun.";
    case Step::kBotLine: return "Adds the bot's line unless it is blank.";
    case Step::kSpeakEnded:
      return "Closes the playback: message and notify state, bot line, next playback, listening "
             "where B-TURN-7 says so.";
    case Step::kSpeakFailed:
      return "Message back to pending, turn ended, no line (B-STATE-7, B-MSG-3).";
    case Step::kHear:
      return "Answers where missing; adds the caller's line and resolves the turn unless the text "
             "is blank (B-EVT-4).";
    case Step::kListen: return "Arms the turn's time-out (B-TURN-5).";
    case Step::kDigits: return "Hands the digits to the app, each once (B-DTMF-2).";
    case Step::kTellApp: return "To the app only, without a journal entry (B-PROC-9).";
    case Step::kDocument:
      return "Raises the document number and answers with the document of the present state "
             "(B-TWI-1, B-TWI-2).";
    case Step::kHangupDocument:
      return "Answers with a hang-up document; when the end is unconfirmed the call is also hung "
             "up (B-OUT-8).";
    case Step::kSpeak: return "Lets the carrier speak a text.";
    case Step::kPlay: return "Plays audio on the stream.";
    case Step::kTurn: return "Begins a turn: speak, listen, return the caller's words (B-TURN-2).";
    case Step::kSendDigits: return "Sends digits to the far end (B-DTMF-4).";
    case Step::kPark: return "Lets the carrier keep the call while we are away (B-LIFE-5).";
    case Step::kStreamDown: return "Arms the disconnect grace (B-DISC-1).";
    case Step::kAppReady: return "Triggers the initial message (B-MSG-3).";
    case Step::kFallback: return "The app's fallback (B-APP-5).";
    case Step::kIntentDone: return "Clears the intent that was owed (B-JRN-6).";
    case Step::kUpdateDone: return "The carrier took the live update.";
    case Step::kUpdateFailed:
      return "The carrier did not take the live update; whoever asked decides.";
    case Step::kHangUp: return "Begins the hang-up or joins the one that runs (B-HUP-1).";
    case Step::kAlreadyEnded: return "Success, without a request to the carrier (B-HUP-1).";
    case Step::kAskCarrier:
      return "Asks the carrier for the call's state; the answer comes as a status event.";
    case Step::kRetryHangup: return "Sends the next attempt (B-HUP-3).";
    case Step::kHangupFailed: return "Back-off, or the error to whoever asked (B-HUP-2, B-HUP-3).";
    case Step::kRefusalFailed: return "Back-off, for 60 s in all (B-INB-3).";
    case Step::kTurnTimeout: return "Ends the turn with its time-out (B-TURN-5).";
    case Step::kTellExpiring: return "Tells the app that the call expires in 30 s (B-DUR-2).";
    case Step::kFinish:
      return "Finishes the call (B-STATE-5); the carrier's word confirms the end.";
    case Step::kFinishUnconfirmed:
      return "Finishes the call (B-STATE-5) without the carrier's word: its later events are hung "
             "up on (B-OUT-8).";
    case Step::kConfirmEnd: return "Confirms an end that was unconfirmed; otherwise nothing.";
    case Step::kHangUpLeftover:
      return "A dial was accepted for a call that is over: its carrier call is hung up (B-HUP-3).";
    case Step::kFreeSlot:
      return "The end could not be journaled in 60 s: alarm and free slot (B-PROC-8).";
  }
  return {};
}

}  // namespace hookflash
