#pragma once

#include <string_view>

#include "base/text_writer.h"
#include "base/time.h"
#include "providers/twilio/carrier/xml.h"

namespace hookflash::twilio::carrier {

// The verbs and nouns of twilio.md 3.2 that this carrier carries out. The others that Twilio knows
// (Dial, Record, Refer, ...) are kOther: reaching one ends the call with an error, because a call
// must not silently go on as if it had been done.
enum class Verb : uint8_t {
  kSay,
  kPlay,
  kPause,
  kGather,
  kConnect,
  kStart,
  kStop,
  kRedirect,
  kReject,
  kHangup,
  kOther,
};

// An answer document that Twilio would accept, ready to be run from its first verb. It must stay
// where it is after parse().
class TwimlDocument {
 public:
  // Twilio's error code: 12100 not well-formed, 12102 no Response, 12200 against the schema (an
  // unknown verb, noun or attribute, or a wrong child). 0 when the document is good; problem() says
  // what is wrong otherwise.
  int parse(std::string_view text);
  void clear() { verb_ = xml_.size(); }
  void write_problem(TextWriter& out) const;

  // The verb whose turn it is; false at the end of the document.
  [[nodiscard]] bool at_verb() const { return verb_ < xml_.size(); }
  [[nodiscard]] bool at_first_verb() const { return verb_ == xml_.next_child(0, 0); }
  [[nodiscard]] Verb verb() const;
  [[nodiscard]] size_t index() const { return verb_; }
  [[nodiscard]] const Element& element() const { return xml_.element(verb_); }
  [[nodiscard]] std::string_view attribute(std::string_view name,
                                           std::string_view fallback = {}) const {
    return xml_.attribute(element(), name, fallback);
  }
  [[nodiscard]] bool has_attribute(std::string_view name) const {
    return xml_.has_attribute(element(), name);
  }
  // A whole number of the attribute; `fallback` when it is absent or not a number.
  [[nodiscard]] int number(std::string_view name, int fallback) const;
  void next() { verb_ = xml_.next_child(0, verb_); }

  // The children of the present verb, for Gather, Connect and Start.
  [[nodiscard]] const Xml& xml() const { return xml_; }
  [[nodiscard]] size_t first_child() const { return xml_.next_child(verb_, verb_); }
  [[nodiscard]] size_t next_child(size_t child) const { return xml_.next_child(verb_, child); }

  // How long the verb (or prompt) at `index` keeps the call: speech at the usual 75 ms a byte,
  // digits at 200 ms each, "w" 500 ms, a recording 1 s. Duration::max() for one that repeats for
  // ever.
  [[nodiscard]] Duration length_of(size_t index) const;

  // The verbs in one line, for the story: "Say, Connect/Stream, Redirect".
  void write_outline(TextWriter& out) const;

 private:
  int refuse(const char* problem, size_t element);

  Xml xml_;
  size_t verb_ = 0;
  const char* problem_ = "";
  size_t problem_element_ = 0;
};

}  // namespace hookflash::twilio::carrier
