#include "providers/twilio/carrier/xml.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "providers/twilio/carrier/twiml_document.h"

namespace hookflash::twilio::carrier {
namespace {

// Aim: elements, attributes and texts arrive decoded and in order. Method: one document with
// everything.
TEST(Xml, ReadsADocument) {
  auto xml = std::make_unique<Xml>();
  ASSERT_EQ(xml->parse("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- hello -->\n<Response>\n"
                       "<Say voice='a&quot;b' loop=\"2\">  1 &lt; 2 &amp; <break/> <![CDATA[<x>]]>"
                       "&#65;&#x42;&#228; </Say><Hangup/>\n</Response>\n"),
            Status::kOk)
      << xml->problem();
  ASSERT_EQ(xml->size(), 4U);
  EXPECT_EQ(xml->element(0).name, "Response");
  EXPECT_EQ(xml->element(0).text, "");
  const Element& say = xml->element(1);
  EXPECT_EQ(say.name, "Say");
  EXPECT_EQ(say.text, "1 < 2 &  <x>AB\xC3\xA4");
  EXPECT_EQ(xml->attribute(say, "voice"), "a\"b");
  EXPECT_EQ(xml->attribute(say, "loop"), "2");
  EXPECT_EQ(xml->attribute(say, "none", "fallback"), "fallback");
  EXPECT_EQ(xml->element(2).name, "break");
  EXPECT_EQ(xml->element(2).depth, 2);
  EXPECT_EQ(xml->next_child(0, 0), 1U);
  EXPECT_EQ(xml->next_child(0, 1), 3U);
  EXPECT_EQ(xml->next_child(0, 3), xml->size());
}

// Aim: whatever is not well-formed is refused and never read past its end. Method: a list, and
// every prefix of a good document.
TEST(Xml, RefusesWhatIsNotWellFormed) {
  auto xml = std::make_unique<Xml>();
  for (const char* text : {"",
                           "  ",
                           "x",
                           "<a>",
                           "</a>",
                           "<a></b>",
                           "<a/><b/>",
                           "<a/>x",
                           "<a b/>",
                           "<a b=c/>",
                           "<a b='1' b='2'/>",
                           "<a b='<'/>",
                           "<a b='1'c='2'/>",
                           "<a>&</a>",
                           "<a>&x;</a>",
                           "<a>&#0;</a>",
                           "<a>&#xD800;</a>",
                           "<a>&#1114112;</a>",
                           "<a>&#;</a>",
                           "<a>]]></a>",
                           "<!DOCTYPE a><a/>",
                           "<a><?php ?></a>",
                           "<a><!-- -- --></a>",
                           "<a>\x01</a>",
                           "<a>\xFF</a>",
                           "<a",
                           "<a b",
                           "<a b=",
                           "<a b='",
                           "< a/>",
                           "<1/>",
                           "<a></a",
                           "<![CDATA[x]]>"}) {
    EXPECT_NE(xml->parse(text), Status::kOk) << text;
  }
  const std::string good =
      "<?xml version=\"1.0\"?><R a='b'><S>t&amp;<![CDATA[c]]></S><!-- x --></R>";
  ASSERT_EQ(xml->parse(good), Status::kOk);
  for (size_t n = 0; n < good.size(); ++n) {
    EXPECT_NE(xml->parse(std::string_view(good).substr(0, n)), Status::kOk) << n;
  }
}

// Aim: every limit refuses instead of overflowing. Method: one more than each.
TEST(Xml, KeepsItsLimits) {
  auto xml = std::make_unique<Xml>();
  std::string deep;
  for (size_t i = 0; i <= kNestingMax; ++i) deep += "<a>";
  EXPECT_EQ(xml->parse(deep), Status::kFull);
  std::string wide = "<r>";
  for (size_t i = 0; i < kElementsMax; ++i) wide += "<a/>";
  EXPECT_EQ(xml->parse(wide + "</r>"), Status::kFull);
  std::string attributes = "<r";
  for (size_t i = 0; i <= kAttributesMax; ++i) attributes += " a" + std::to_string(i) + "=''";
  EXPECT_EQ(xml->parse(attributes + "/>"), Status::kFull);
  EXPECT_EQ(xml->parse("<r>" + std::string(kDocumentBytesMax, ' ') + "</r>"), Status::kTooLarge);
  // Text that children interrupt again and again is copied each time.
  std::string mixed = "<r>" + std::string(8000, 'x');
  for (int i = 0; i < 60; ++i) mixed += "<a/>y";
  EXPECT_EQ(xml->parse(mixed + "</r>"), Status::kTooLarge);
}

// Aim: documents that Twilio accepts are accepted, others get its code. Method: a table.
TEST(TwimlDocument, KnowsTheSchema) {
  auto document = std::make_unique<TwimlDocument>();
  struct Case {
    const char* text;
    int code;
  };
  for (const Case& c : {
           Case{"<Response/>", 0},
           Case{"<Response><Reject reason='busy'/></Response>", 0},
           Case{"<Response><Say>Hi <break time='1s'/></Say><Pause length='2'/></Response>", 0},
           Case{
               "<Response><Connect><Stream url='wss://h/s'><Parameter name='a' value='b'/></Stream>"
               "</Connect><Redirect>/x</Redirect></Response>",
               0},
           Case{"<Response><Gather input='speech' action='/x'><Say>?</Say></Gather></Response>", 0},
           Case{"<Response><Dial><Number>+1555</Number></Dial></Response>", 0},
           Case{"<Response>", 12100},
           Case{"<response/>", 12102},
           Case{"<Response>text</Response>", 12200},
           Case{"<Response><say>x</say></Response>", 12200},
           Case{"<Response><Say mood='good'>x</Say></Response>", 12200},
           Case{"<Response><Stream url='wss://h/s'/></Response>", 12200},
           Case{"<Response><Connect/></Response>", 12200},
           Case{"<Response><Connect><Say>x</Say></Connect></Response>", 12200},
           Case{"<Response><Say><Say>x</Say></Say></Response>", 12200},
       }) {
    EXPECT_EQ(document->parse(c.text), c.code) << c.text;
    EXPECT_EQ(document->at_verb(), c.code == 0 && std::string(c.text) != "<Response/>") << c.text;
  }
}

// Aim: lengths and the outline are right. Method: one of each.
TEST(TwimlDocument, KnowsHowLongVerbsTake) {
  auto document = std::make_unique<TwimlDocument>();
  ASSERT_EQ(document->parse("<Response><Say loop='2'>1234567890</Say><Play digits='1w2W'/>"
                            "<Pause length='7'/><Pause/><Say loop='0'>x</Say><Connect>"
                            "<Stream url='wss://h/s'/></Connect></Response>"),
            0);
  char memory[128];
  TextWriter out(memory);
  document->write_outline(out);
  EXPECT_EQ(out.view(), "Say, Play, Pause, Pause, Say, Connect/Stream");
  const Duration expected[] = {Duration::ms(1500), Duration::ms(1900), Duration::seconds(7),
                               Duration::seconds(1), Duration::max()};
  for (const Duration length : expected) {
    EXPECT_EQ(document->length_of(document->index()), length) << document->element().name;
    document->next();
  }
  EXPECT_EQ(document->verb(), Verb::kConnect);
  document->next();
  EXPECT_FALSE(document->at_verb());
}

}  // namespace
}  // namespace hookflash::twilio::carrier
