#include "providers/twilio/carrier/form.h"

#include <algorithm>
#include <array>

#include "base/base64.h"
#include "base/utf8.h"

namespace hookflash::twilio::carrier {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Status decode(std::string_view text, TextWriter& memory, std::string_view& out) {
  const size_t begin = memory.size();
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      memory.put(' ');
    } else if (text[i] == '%') {
      if (i + 2 >= text.size()) return Status::kInvalid;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return Status::kInvalid;
      memory.put(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      memory.put(text[i]);
    }
  }
  if (memory.overflowed()) return Status::kTooLarge;
  out = memory.view().substr(begin);
  return is_utf8(out) ? Status::kOk : Status::kInvalid;
}

}  // namespace

void write_form_text(std::string_view text, TextWriter& out) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '*';
    if (plain) {
      out.put(c);
    } else if (c == ' ') {
      out.put('+');
    } else {
      const auto byte = static_cast<uint8_t>(c);
      out.put('%').put(kHex[byte >> 4]).put(kHex[byte & 15]);
    }
  }
}

void write_form(const Form& form, TextWriter& out) {
  bool first = true;
  for (const Field& field : form) {
    if (!first) out.put('&');
    first = false;
    write_form_text(field.name, out);
    out.put('=');
    write_form_text(field.value, out);
  }
}

Status read_form(std::string_view body, std::span<char> memory, Form& out) {
  TextWriter writer(memory);
  while (!body.empty()) {
    const std::string_view pair = body.substr(0, body.find('&'));
    body.remove_prefix(pair.size() == body.size() ? pair.size() : pair.size() + 1);
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    Field field;
    TRY(decode(pair.substr(0, equals), writer, field.name));
    if (equals != std::string_view::npos) TRY(decode(pair.substr(equals + 1), writer, field.value));
    TRY(out.push(field));
  }
  return Status::kOk;
}

const std::string_view* find_field(const Form& form, std::string_view name) {
  for (const Field& field : form) {
    if (field.name == name) return &field.value;
  }
  return nullptr;
}

void write_signature(Crypto& crypto, std::string_view auth_token, std::string_view signed_url,
                     const Form& form, TextWriter& out) {
  Form sorted = form;
  std::sort(sorted.begin(), sorted.end(), [](const Field& a, const Field& b) {
    return a.name != b.name ? a.name < b.name : a.value < b.value;
  });
  std::array<Bytes, 1 + 2 * Form::capacity()> pieces{};
  size_t count = 0;
  pieces[count++] = bytes_of(signed_url);
  for (size_t i = 0; i < sorted.size(); ++i) {
    const Field& field = sorted[i];
    if (i > 0 && sorted[i - 1].name == field.name && sorted[i - 1].value == field.value) continue;
    pieces[count++] = bytes_of(field.name);
    pieces[count++] = bytes_of(field.value);
  }
  const Sha1Digest digest =
      crypto.hmac_sha1(bytes_of(auth_token), Crypto::Pieces(pieces.data(), count));
  char text[kSignatureBytes];
  out.put(std::string_view(text, base64_encode(digest, text)));
}

}  // namespace hookflash::twilio::carrier
