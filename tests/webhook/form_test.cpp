#include "webhook/form.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace hookflash {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

class FormTest : public ::testing::Test {
 protected:
  Pairs parsed(std::string_view text) {
    EXPECT_EQ(form->parse(text), Status::kOk);
    Pairs pairs;
    for (const FormEntry& entry : form->view().arrived) {
      pairs.emplace_back(entry.name, entry.value);
    }
    return pairs;
  }
  bool well_formed(std::string_view text) {
    EXPECT_EQ(form->parse(text), Status::kOk);
    return form->view().well_formed;
  }

  std::unique_ptr<Form> form = std::make_unique<Form>();
};

// Aim: a form is decoded as browsers and the carriers' libraries decode it. Method: every rule
// once.
TEST_F(FormTest, DecodesItsEntries) {
  EXPECT_EQ(parsed(""), Pairs{});
  EXPECT_EQ(parsed("a=1&b=2"), (Pairs{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(parsed("&&a=1&&"), (Pairs{{"a", "1"}}));
  EXPECT_EQ(parsed("a&b="), (Pairs{{"a", ""}, {"b", ""}}));
  EXPECT_EQ(parsed("=x&="), (Pairs{{"", "x"}, {"", ""}}));
  EXPECT_EQ(parsed("a=b=c"), (Pairs{{"a", "b=c"}}));
  EXPECT_EQ(parsed("To=%2B1&S=+a+b%20%2b%26%3D"), (Pairs{{"To", "+1"}, {"S", " a b +&="}}));
  EXPECT_EQ(parsed("%41%3d=1;b=2"), (Pairs{{"A=", "1;b=2"}}));
  EXPECT_EQ(parsed("a=1&a=1&a=0"), (Pairs{{"a", "1"}, {"a", "1"}, {"a", "0"}}));
}

// Aim: values are never trimmed: spaces are signed. Method: blanks of all kinds at both ends.
TEST_F(FormTest, KeepsBlanks) {
  EXPECT_EQ(parsed("a=++x+&b=%0D%0A%09y%20"), (Pairs{{"a", "  x "}, {"b", "\r\n\ty "}}));
}

// Aim: broken escapes stay as they stand, so that a signature can be checked, and make the form one
// that cannot be parsed; likewise zero bytes and invalid UTF-8. Method: each of them, and good
// neighbours.
TEST_F(FormTest, TellsWhatIsNotWellFormed) {
  EXPECT_EQ(parsed("a=%zz%4&b%=%"), (Pairs{{"a", "%zz%4"}, {"b%", "%"}}));
  for (const char* bad : {"a=%zz", "a=%4", "a=%", "%=1", "a=%00", "%00=1", "a=%FF", "a=%C3",
                          "a=\xC3(", "a=%ED%A0%80", "%80=1"}) {
    EXPECT_FALSE(well_formed(bad)) << bad;
  }
  EXPECT_FALSE(well_formed(std::string_view("a=\0b", 4)));
  EXPECT_TRUE(well_formed("a=%C3%A9%F0%9F%98%80&b=\xC3\xA9"));
  EXPECT_TRUE(well_formed("")) << "the fault of the form before is forgotten";
}

// Aim: B-WEB-7: a form holds at least 256 entries; more than fit is refused, not cut. Method: at
// the limit and one more; a body at its limit and one byte more.
TEST_F(FormTest, HasLimits) {
  static_assert(limits::kFormEntriesMax >= 256);
  std::string text;
  for (size_t i = 0; i < limits::kFormEntriesMax; ++i) text += "&n" + std::to_string(i) + "=v";
  EXPECT_EQ(parsed(text).size(), limits::kFormEntriesMax);
  EXPECT_EQ(form->parse(text + "&x=1"), Status::kFull);
  EXPECT_TRUE(form->view().arrived.empty());
  EXPECT_EQ(form->parse(std::string(limits::kBodyBytesMax, 'a')), Status::kOk);
  EXPECT_EQ(form->parse(std::string(limits::kBodyBytesMax + 1, 'a')), Status::kTooLarge);
}

// Aim: the sorted view is by name, then value, in byte order. Method: digits, both cases,
// underscore, prefixes, bytes above 127.
TEST_F(FormTest, SortsByBytes) {
  parsed("b=1&a=2&B=1&_=1&0=1&ab=1&a=1&%C3%A9=1&a=");
  Pairs sorted;
  for (const FormEntry& entry : form->view().sorted) sorted.emplace_back(entry.name, entry.value);
  EXPECT_EQ(sorted, (Pairs{{"0", "1"},
                           {"B", "1"},
                           {"_", "1"},
                           {"a", ""},
                           {"a", "1"},
                           {"a", "2"},
                           {"ab", "1"},
                           {"b", "1"},
                           {"\xC3\xA9", "1"}}));
}

// Aim: values are found by exact name, the first of several. Method: look them up.
TEST_F(FormTest, FindsValues) {
  parsed("CallSid=CA1&Digits=&CallSid=CA2");
  EXPECT_EQ(form->view().value_of("CallSid"), "CA1");
  EXPECT_EQ(form->view().value_of("callsid"), "");
  EXPECT_TRUE(form->view().has("Digits"));
  EXPECT_FALSE(form->view().has("From"));
}

// Aim: forms are told by their media type, whatever its case and parameters. Method: good and bad.
TEST(FormContentType, IsReadWithoutParameters) {
  EXPECT_TRUE(is_form_content_type("application/x-www-form-urlencoded"));
  EXPECT_TRUE(is_form_content_type("Application/X-WWW-Form-Urlencoded ; charset=UTF-8"));
  EXPECT_FALSE(is_form_content_type("application/json"));
  EXPECT_FALSE(is_form_content_type("application/x-www-form-urlencoded2"));
  EXPECT_FALSE(is_form_content_type(""));
}

}  // namespace
}  // namespace hookflash
