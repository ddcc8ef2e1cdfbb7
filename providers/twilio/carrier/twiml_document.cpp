#include "providers/twilio/carrier/twiml_document.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace hookflash::twilio::carrier {
namespace {

// One line of the schema: what an element may be called, where, and with which attributes. Lists
// are words separated by a space; a parent of "Response" means a verb.
struct Rule {
  std::string_view element;
  std::string_view parents;
  std::string_view attributes;
};

constexpr std::array kRules = {
    Rule{"Say", "Response Gather", "voice language loop"},
    Rule{"Play", "Response Gather", "digits loop"},
    Rule{"Pause", "Response Gather", "length"},
    Rule{"Gather", "Response",
         "action method input timeout speechTimeout maxSpeechTime finishOnKey numDigits "
         "partialResultCallback partialResultCallbackMethod language hints profanityFilter "
         "speechModel enhanced bargeIn actionOnEmptyResult debug"},
    Rule{"Connect", "Response", "action method"},
    Rule{"Start", "Response", "action method"},
    Rule{"Stop", "Response", ""},
    Rule{"Stream", "Connect Start Stop",
         "url name track statusCallback statusCallbackMethod connectorName"},
    Rule{"Parameter", "Stream", "name value"},
    Rule{"Redirect", "Response", "method"},
    Rule{"Reject", "Response", "reason"},
    Rule{"Hangup", "Response", ""},
};

// Known to Twilio, not carried out here; taken whole.
constexpr std::string_view kOtherVerbs =
    "Dial Record Refer Enqueue Leave Queue Sms Pay Prompt Echo";
// SSML inside Say.
constexpr std::string_view kSpeechMarkup =
    "break emphasis lang p phoneme prosody s say-as sub w amazon:effect amazon:domain";

bool has_word(std::string_view list, std::string_view word) {
  if (word.empty()) return false;
  for (size_t at = list.find(word); at != std::string_view::npos; at = list.find(word, at + 1)) {
    const bool begins = at == 0 || list[at - 1] == ' ';
    const bool ends = at + word.size() == list.size() || list[at + word.size()] == ' ';
    if (begins && ends) return true;
  }
  return false;
}

const Rule* find_rule(std::string_view element) {
  for (const Rule& rule : kRules) {
    if (rule.element == element) return &rule;
  }
  return nullptr;
}

Duration time_of_digits(std::string_view digits) {
  Duration sum;
  for (const char c : digits) {
    sum += c == 'w' ? Duration::ms(500) : c == 'W' ? Duration::ms(1000) : Duration::ms(200);
  }
  return sum;
}

}  // namespace

int TwimlDocument::refuse(const char* problem, size_t element) {
  problem_ = problem;
  problem_element_ = element;
  verb_ = xml_.size();
  return 12200;
}

int TwimlDocument::parse(std::string_view text) {
  problem_ = "";
  problem_element_ = 0;
  verb_ = 0;
  if (xml_.parse(text) != Status::kOk) {
    problem_ = xml_.problem()[0] != '\0' ? xml_.problem() : "too large";
    clear();
    return 12100;
  }
  if (xml_.element(0).name != "Response") {
    refuse("the root is not Response", 0);
    return 12102;
  }
  if (!xml_.element(0).text.empty()) return refuse("text between verbs", 0);
  for (size_t i = 1; i < xml_.size(); ++i) {
    const Element& element = xml_.element(i);
    const std::string_view parent = xml_.element(element.parent).name;
    if (has_word(kSpeechMarkup, element.name) &&
        (parent == "Say" || has_word(kSpeechMarkup, parent))) {
      continue;
    }
    if (has_word(kOtherVerbs, element.name) || has_word(kOtherVerbs, parent)) continue;
    const Rule* rule = find_rule(element.name);
    if (rule == nullptr) return refuse("unknown element", i);
    if (!has_word(rule->parents, parent)) return refuse("wrong place for this element", i);
    for (const Attribute& attribute : xml_.attributes(element)) {
      if (!has_word(rule->attributes, attribute.name)) return refuse("unknown attribute", i);
    }
    if ((element.name == "Connect" || element.name == "Start") &&
        (xml_.next_child(i, i) == xml_.size() ||
         xml_.element(xml_.next_child(i, i)).name != "Stream")) {
      return refuse("no Stream inside", i);
    }
  }
  verb_ = xml_.next_child(0, 0);
  return 0;
}

void TwimlDocument::write_problem(TextWriter& out) const {
  out.put(problem_);
  if (problem_element_ < xml_.size() && problem_element_ > 0) {
    out.put(" (").put(xml_.element(problem_element_).name).put(')');
  }
}

Verb TwimlDocument::verb() const {
  const std::string_view name = element().name;
  if (name == "Say") return Verb::kSay;
  if (name == "Play") return Verb::kPlay;
  if (name == "Pause") return Verb::kPause;
  if (name == "Gather") return Verb::kGather;
  if (name == "Connect") return Verb::kConnect;
  if (name == "Start") return Verb::kStart;
  if (name == "Stop") return Verb::kStop;
  if (name == "Redirect") return Verb::kRedirect;
  if (name == "Reject") return Verb::kReject;
  if (name == "Hangup") return Verb::kHangup;
  return Verb::kOther;
}

int TwimlDocument::number(std::string_view name, int fallback) const {
  const std::string_view text = attribute(name);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= 0 ? value : fallback;
}

Duration TwimlDocument::length_of(size_t index) const {
  const Element& element = xml_.element(index);
  const auto read = [&](std::string_view name, int fallback) {
    const std::string_view text = xml_.attribute(element, name);
    int value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    return parsed.ec == std::errc() && value >= 0 ? value : fallback;
  };
  if (element.name == "Pause") return Duration::seconds(read("length", 1));
  const int loops = read("loop", 1);
  if (loops == 0) return Duration::max();
  if (element.name == "Say") {
    return Duration::ms(75) * static_cast<int64_t>(element.text.size()) * loops;
  }
  if (xml_.has_attribute(element, "digits")) {
    return time_of_digits(xml_.attribute(element, "digits")) * loops;
  }
  return Duration::seconds(1) * loops;
}

void TwimlDocument::write_outline(TextWriter& out) const {
  const size_t first = xml_.next_child(0, 0);
  if (first == xml_.size()) out.put("empty Response");
  for (size_t i = first; i < xml_.size(); i = xml_.next_child(0, i)) {
    if (i != first) out.put(", ");
    out.put(xml_.element(i).name);
    const size_t child = xml_.next_child(i, i);
    if (child < xml_.size() && xml_.element(child).name == "Stream") out.put("/Stream");
  }
}

}  // namespace hookflash::twilio::carrier
