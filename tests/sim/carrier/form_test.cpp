#include "providers/twilio/carrier/form.h"

#include <gtest/gtest.h>

#include <string>

#include "platform/crypto/mbed_crypto.h"

namespace hookflash::twilio::carrier {
namespace {

// Aim: what is written is read back. Method: fields with every awkward kind of character.
TEST(Form, GoesThereAndBack) {
  Form form;
  ASSERT_EQ(form.push({"To", "+15551234567"}), Status::kOk);
  ASSERT_EQ(form.push({"Odd name", "a&b=c%+ \xC3\xA4"}), Status::kOk);
  ASSERT_EQ(form.push({"Empty", ""}), Status::kOk);
  char memory[256];
  TextWriter out(memory);
  write_form(form, out);
  EXPECT_EQ(out.view(), "To=%2B15551234567&Odd+name=a%26b%3Dc%25%2B+%C3%A4&Empty=");
  char decoded[256];
  Form back;
  ASSERT_EQ(read_form(out.view(), decoded, back), Status::kOk);
  ASSERT_EQ(back.size(), 3U);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(back[i].name, form[i].name);
    EXPECT_EQ(back[i].value, form[i].value);
  }
  EXPECT_EQ(*find_field(back, "To"), "+15551234567");
  EXPECT_EQ(find_field(back, "to"), nullptr);
}

// Aim: a body that is no form is refused. Method: bad escapes, bad UTF-8, no room, too many fields.
TEST(Form, RefusesWhatIsNone) {
  char memory[64];
  for (const char* body : {"a=%", "a=%4", "a=%4g", "%zz=1", "a=%FF", "a=%C3"}) {
    Form form;
    EXPECT_EQ(read_form(body, memory, form), Status::kInvalid) << body;
  }
  Form form;
  EXPECT_EQ(read_form("a=" + std::string(100, 'x'), memory, form), Status::kTooLarge);
  std::string many;
  for (int i = 0; i < 200; ++i) many += "&";
  EXPECT_EQ(read_form(many, memory, form), Status::kOk);
  many.clear();
  for (int i = 0; i < 97; ++i) many += "a&";
  char wide[256];
  EXPECT_EQ(read_form(many, wide, form), Status::kFull);
}

// Aim: signatures are Twilio's. Method: the documented vector, in two orders of the fields, and the
// rule for repeated names.
TEST(Form, SignsAsTwilioDoes) {
  MbedCrypto crypto;
  const auto sign = [&](std::string_view url, const Form& form) {
    char memory[kSignatureBytes];
    TextWriter out(memory);
    write_signature(crypto, "12345", url, form, out);
    return std::string(out.view());
  };
  const char* url = "https://mycompany.com/myapp.php?foo=1&bar=2";
  Form form;
  ASSERT_EQ(form.push({"To", "+18005551212"}), Status::kOk);
  ASSERT_EQ(form.push({"Digits", "1234"}), Status::kOk);
  ASSERT_EQ(form.push({"CallSid", "CA1234567890ABCDE"}), Status::kOk);
  ASSERT_EQ(form.push({"From", "+14158675309"}), Status::kOk);
  ASSERT_EQ(form.push({"Caller", "+14158675309"}), Status::kOk);
  EXPECT_EQ(sign(url, form), "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
  Form twice = form;
  ASSERT_EQ(twice.push({"Digits", "1234"}), Status::kOk);
  EXPECT_EQ(sign(url, twice), sign(url, form)) << "equal values of one name count once";
  ASSERT_EQ(twice.push({"Digits", "5"}), Status::kOk);
  EXPECT_NE(sign(url, twice), sign(url, form));
}

}  // namespace
}  // namespace hookflash::twilio::carrier
