// Aim: documents are well-formed TwiML with the verbs in the order of B-TWI-2, and no text of a
// caller or user can break out of its place. Method: byte comparison of whole documents.
#include "providers/twilio/twiml.h"

#include <gtest/gtest.h>

#include <string>

namespace hookflash::twilio {
namespace {

std::string written(const Document& document) {
  std::string memory(8192, '\0');
  TextWriter out(memory.data(), memory.size());
  write_twiml(document, out);
  EXPECT_FALSE(out.overflowed());
  const std::string_view text = out.view();
  constexpr std::string_view kBegin = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>";
  constexpr std::string_view kEnd = "</Response>";
  EXPECT_TRUE(text.starts_with(kBegin)) << text;
  EXPECT_TRUE(text.ends_with(kEnd)) << text;
  return std::string(text.substr(kBegin.size(), text.size() - kBegin.size() - kEnd.size()));
}

// B-API-3, B-WEB-6: the declaration, and an empty Response when there is nothing to do.
TEST(Twiml, EmptyDocument) { EXPECT_EQ(written({}), ""); }

// The table of B-ADM: a refused call gets Reject as first verb, with the cause.
TEST(Twiml, RefusalsAndHangup) {
  EXPECT_EQ(written({.kind = Document::Kind::kRejectPolicy}), "<Reject reason=\"rejected\"/>");
  EXPECT_EQ(written({.kind = Document::Kind::kRejectBusy}), "<Reject reason=\"busy\"/>");
  EXPECT_EQ(written({.kind = Document::Kind::kHangup}), "<Hangup/>");
}

// B-TWI-2 and B-TWI-3: [digits] [say] Connect/Stream with the token, then only the Redirect.
TEST(Twiml, StreamDocument) {
  Document document{.kind = Document::Kind::kStream, .digits = "1w2W,#", .say = "Hello & <you>"};
  document.stream_url = "wss://box.example.com/voice/stream";
  document.token = "00ff";
  document.redirect_url = "https://box.example.com/voice/webhook?callId=x&doc=2#rc=2&rp=5xx,ct";
  EXPECT_EQ(written(document),
            "<Play digits=\"1w2www#\"/><Say>Hello &amp; &lt;you&gt;</Say>"
            "<Connect><Stream url=\"wss://box.example.com/voice/stream\">"
            "<Parameter name=\"token\" value=\"00ff\"/></Stream></Connect>"
            "<Redirect method=\"POST\">https://box.example.com/voice/webhook?callId=x&amp;doc=2"
            "#rc=2&amp;rp=5xx,ct</Redirect>");
}

// B-TWI-2: carrier speech and waiting both end with the Redirect, since a document that runs out
// ends the call. B-TURN-6: the silence time-out goes to the recogniser in whole seconds, rounded
// up.
TEST(Twiml, SpeechAndPause) {
  Document say{.kind = Document::Kind::kSpeech, .say = "Hi", .redirect_url = "https://b/x"};
  EXPECT_EQ(written(say), "<Say>Hi</Say><Redirect method=\"POST\">https://b/x</Redirect>");
  Document listen = say;
  listen.listen = true;
  listen.silence_timeout_ms = 1001;
  listen.turn_action_url = "https://b/t?a=1&b=2";
  EXPECT_EQ(
      written(listen),
      "<Gather input=\"speech\" action=\"https://b/t?a=1&amp;b=2\" method=\"POST\" timeout=\"5\""
      " speechTimeout=\"2\"><Say>Hi</Say></Gather>"
      "<Redirect method=\"POST\">https://b/x</Redirect>");
  EXPECT_EQ(
      written({.kind = Document::Kind::kPause, .pause_seconds = 30, .redirect_url = "https://b"}),
      "<Pause length=\"30\"/><Redirect method=\"POST\">https://b</Redirect>");
}

// Section 12: the notify document is Say, Pause, Hangup.
TEST(Twiml, NotifyDocument) {
  EXPECT_EQ(written({.kind = Document::Kind::kNotify, .say = "Fire", .pause_seconds = 3}),
            "<Say>Fire</Say><Pause length=\"3\"/><Hangup/>");
  EXPECT_EQ(written({.kind = Document::Kind::kNotify, .say = "Fire"}), "<Say>Fire</Say><Hangup/>");
}

// B-PRV-7: everything is escaped; characters illegal in XML 1.0 are removed.
TEST(Twiml, EscapesEveryText) {
  const std::string text =
      std::string("a\x01\x08\x0B\x0C\x0E\x1F", 7) + std::string(1, '\0') +
      "\t\n\r<>&\"'\xC3\xA9\xF0\x9F\x98\x80\xEF\xBF\xBE\xEF\xBF\xBF\xED\xA0\x80\xC3";
  EXPECT_EQ(written({.kind = Document::Kind::kNotify, .say = text}),
            "<Say>a&#9;&#10;&#13;&lt;&gt;&amp;&quot;&apos;\xC3\xA9\xF0\x9F\x98\x80</Say><Hangup/>");
}

// A document that does not fit says so instead of being cut.
TEST(Twiml, OverflowIsTold) {
  char memory[80];
  TextWriter out(memory, sizeof memory);
  write_twiml({.kind = Document::Kind::kNotify, .say = "0123456789012345678901234567890123456789"},
              out);
  EXPECT_TRUE(out.overflowed());
}

}  // namespace
}  // namespace hookflash::twilio
