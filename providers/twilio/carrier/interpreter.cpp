// What the carrier does with an answer document (twilio.md 3).
#include "providers/twilio/carrier/carrier.h"

namespace hookflash::twilio::carrier {
namespace {

// Verbs for which an incoming call is answered when they come first. A Pause delays the answer, a
// Redirect only asks again, a Reject refuses.
bool answers(Verb verb) {
  return verb != Verb::kPause && verb != Verb::kRedirect && verb != Verb::kReject;
}

}  // namespace

void Carrier::take_document(Call& call, std::string_view text, TextWriter& line, Now now) {
  ++call.documents_total;
  call.doing = Call::Doing::kNothing;
  const int code = call.document.parse(text);
  if (code == 0) {
    line.put(" (");
    call.document.write_outline(line);
    line.put(')');
  }
  tell(call, StoryEvent::Kind::kRequest, line.view(), now);
  if (code != 0) {
    char memory[160];
    TextWriter problem(memory);
    call.document.write_problem(problem);
    fail(call, static_cast<uint32_t>(code), problem.view(), now);
    answer(call, now);
    end(call, CallState::kCompleted, "application error", now);
    return;
  }
  run_document(call, now);
}

// Runs verbs until one takes time.
void Carrier::run_document(Call& call, Now now) {
  while (is_live(call.state) && call.doing == Call::Doing::kNothing) {
    if (!call.document.at_verb()) {
      answer(call, now);
      end(call, CallState::kCompleted, "the document has no further verb", now);
      return;
    }
    if (begin_verb(call, now)) call.document.next();
  }
}

void Carrier::wait(Call& call, Call::Doing doing, Duration length, Now now) {
  if (length >= Duration::ms(200)) call.documents = 0;
  call.doing = doing;
  call.doing_until = now.mono + length;
}

void Carrier::speak(Call& call, size_t index, Now now) {
  const Element& element = call.document.xml().element(index);
  if (element.name == "Say") {
    ++call.says;
    outlet_.said(call.ref, element.text);
    char memory[96];
    TextWriter line(memory);
    line.put("says ").number(element.text.size()).put(" bytes");
    tell(call, StoryEvent::Kind::kVerb, line.view(), now);
  } else if (element.name == "Play") {
    const std::string_view digits = call.document.xml().attribute(element, "digits");
    if (!digits.empty()) static_cast<void>(call.digits_heard.append(digits));
    tell(call, StoryEvent::Kind::kVerb, digits.empty() ? "plays a recording" : "plays digits", now);
  }
}

// True when the verb is over at once.
bool Carrier::begin_verb(Call& call, Now now) {
  TwimlDocument& document = call.document;
  const Verb verb = document.verb();
  const bool unanswered = call.state == CallState::kRinging;
  if (unanswered && answers(verb)) answer(call, now);
  switch (verb) {
    case Verb::kSay:
    case Verb::kPlay:
    case Verb::kPause:
      speak(call, document.index(), now);
      wait(call, Call::Doing::kWaiting, document.length_of(document.index()), now);
      return false;
    case Verb::kGather: begin_gather(call, now); return false;
    case Verb::kConnect:
    case Verb::kStart: {
      const bool waits = verb == Verb::kConnect;
      if (!connect_stream(call, document.first_child(), waits, now)) return true;
      if (!waits) return true;
      call.doing = Call::Doing::kStreaming;
      return false;
    }
    case Verb::kStop: close_stream(call, now); return true;
    case Verb::kRedirect: {
      char memory[2 * kUrlBytesMax];
      TextWriter url(memory);
      resolve_url(call.document_url.empty() ? call.url : call.document_url, document.element().text,
                  url);
      request_document(call, url.overflowed() ? std::string_view() : url.view(),
                       document.attribute("method", "POST") == "GET", now);
      return false;
    }
    case Verb::kReject:
      if (!unanswered || !document.at_first_verb()) {
        fail(call, 12200, "Reject is only possible as first verb of an unanswered call", now);
        end(call, CallState::kCompleted, "application error", now);
        return false;
      }
      // Which status a reason other than busy gives is unconfirmed.
      if (document.attribute("reason") == "busy") {
        end(call, CallState::kBusy, "rejected as busy", now);
      } else {
        end(call, CallState::kNoAnswer, "rejected", now);
      }
      return false;
    case Verb::kHangup:
      end(call, CallState::kCompleted, "hung up by the document", now);
      return false;
    case Verb::kOther: break;
  }
  fail(call, 12200, "a verb that this carrier does not carry out", now);
  end(call, CallState::kCompleted, "application error", now);
  return false;
}

void Carrier::begin_gather(Call& call, Now now) {
  const TwimlDocument& document = call.document;
  Duration prompts;
  for (size_t i = document.first_child(); i < document.xml().size(); i = document.next_child(i)) {
    speak(call, i, now);
    const Duration length = document.length_of(i);
    prompts = length == Duration::max() ? Duration::seconds(3600) : prompts + length;
  }
  call.gathered.clear();
  wait(call, Call::Doing::kGathering, prompts + Duration::seconds(document.number("timeout", 5)),
       now);
}

// With input the action is requested; without, the document goes on.
void Carrier::end_gather(Call& call, bool got_words, Now now) {
  const TwimlDocument& document = call.document;
  call.doing = Call::Doing::kNothing;
  const bool anyway = document.attribute("actionOnEmptyResult") == "true";
  if (!got_words && call.gathered.empty() && !anyway) {
    call.document.next();
    run_document(call, now);
    return;
  }
  char memory[2 * kUrlBytesMax];
  TextWriter url(memory);
  resolve_url(call.document_url.empty() ? call.url : call.document_url,
              document.attribute("action"), url);
  call.request.digits = call.gathered;
  if (!got_words) call.request.words.clear();
  request_document(call, url.view(), document.attribute("method", "POST") == "GET", now);
}

void Carrier::waited(Call& call, Now now) {
  if (call.doing == Call::Doing::kGathering) {
    end_gather(call, false, now);
    return;
  }
  call.doing = Call::Doing::kNothing;
  call.document.next();
  run_document(call, now);
}

// New instructions replace what the call is doing.
void Carrier::interrupt(Call& call, Now now) {
  close_stream(call, now);
  if (call.request.stage == DocumentRequest::Stage::kInFlight) {
    outlet_.abandon({call.ref, call.request.number});
  }
  call.request.stage = DocumentRequest::Stage::kNone;
  call.doing = Call::Doing::kNothing;
  call.documents = 0;
}

}  // namespace hookflash::twilio::carrier
