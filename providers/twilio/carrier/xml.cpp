#include "providers/twilio/carrier/xml.h"

#include <cstring>

#include "base/check.h"
#include "base/utf8.h"

namespace hookflash::twilio::carrier {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
         static_cast<uint8_t>(c) >= 0x80;
}

bool is_name_character(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

// XML 1.0 section 2.2, as far as single bytes tell; is_utf8() has refused surrogates.
bool is_legal(char c) { return static_cast<uint8_t>(c) >= 0x20 || is_space(c); }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

bool Xml::skip(std::string_view word) {
  if (!in_.substr(at_).starts_with(word)) return false;
  at_ += word.size();
  return true;
}

void Xml::skip_space() {
  while (!done() && is_space(peek())) ++at_;
}

Status Xml::put(char c) {
  if (used_ == memory_.size()) return Status::kTooLarge;
  memory_[used_++] = c;
  return Status::kOk;
}

Status Xml::put_code_point(uint32_t code) {
  const auto byte = [](uint32_t value) { return static_cast<char>(static_cast<uint8_t>(value)); };
  if (code < 0x80) return put(byte(code));
  if (code < 0x800) {
    TRY(put(byte(0xC0 | (code >> 6))));
  } else {
    if (code < 0x10000) {
      TRY(put(byte(0xE0 | (code >> 12))));
    } else {
      TRY(put(byte(0xF0 | (code >> 18))));
      TRY(put(byte(0x80 | ((code >> 12) & 0x3F))));
    }
    TRY(put(byte(0x80 | ((code >> 6) & 0x3F))));
  }
  return put(byte(0x80 | (code & 0x3F)));
}

Status Xml::skip_comment() {
  const size_t end = in_.find("--", at_);
  if (end == std::string_view::npos || in_.substr(end, 3) != "-->") return fail("bad comment");
  at_ = end + 3;
  return Status::kOk;
}

Status Xml::read_name(std::string_view& out) {
  const size_t begin = at_;
  if (done() || !is_name_start(peek())) return fail("a name is missing");
  while (!done() && is_name_character(peek())) ++at_;
  out = in_.substr(begin, at_ - begin);
  return Status::kOk;
}

// Behind "&".
Status Xml::read_reference() {
  const size_t end = in_.find(';', at_);
  if (end == std::string_view::npos || end == at_ || end - at_ > 10) return fail("a bare '&'");
  const std::string_view name = in_.substr(at_, end - at_);
  at_ = end + 1;
  if (name == "amp") return put('&');
  if (name == "lt") return put('<');
  if (name == "gt") return put('>');
  if (name == "quot") return put('"');
  if (name == "apos") return put('\'');
  if (name[0] != '#') return fail("an unknown entity");
  const bool hex = name.size() > 1 && name[1] == 'x';
  const std::string_view digits = name.substr(hex ? 2 : 1);
  if (digits.empty()) return fail("bad character reference");
  uint32_t code = 0;
  for (const char c : digits) {
    uint32_t digit = 16;
    if (c >= '0' && c <= '9') digit = static_cast<uint32_t>(c - '0');
    if (hex && c >= 'a' && c <= 'f') digit = static_cast<uint32_t>(c - 'a' + 10);
    if (hex && c >= 'A' && c <= 'F') digit = static_cast<uint32_t>(c - 'A' + 10);
    if (digit >= (hex ? 16U : 10U)) return fail("bad character reference");
    code = code * (hex ? 16U : 10U) + digit;
    if (code > 0x10FFFF) return fail("a character outside Unicode");
  }
  const bool control = code < 0x20 && code != 9 && code != 10 && code != 13;
  const bool unused = (code >= 0xD800 && code <= 0xDFFF) || code == 0xFFFE || code == 0xFFFF;
  if (control || unused) return fail("a character that XML forbids");
  return put_code_point(code);
}

Status Xml::read_quoted(std::string_view& out) {
  const char quote = peek();
  if (quote != '"' && quote != '\'') return fail("an attribute without quotes");
  ++at_;
  const size_t begin = used_;
  while (!done() && peek() != quote) {
    const char c = peek();
    ++at_;
    if (c == '<') return fail("'<' in an attribute");
    if (c == '&') {
      TRY(read_reference());
    } else {
      TRY(put(is_space(c) ? ' ' : c));
    }
  }
  if (done()) return fail("an attribute without end");
  ++at_;
  out = {memory_.data() + begin, used_ - begin};
  return Status::kOk;
}

Status Xml::read_attributes(Element& element) {
  element.first_attribute = static_cast<uint16_t>(attributes_.size());
  for (;;) {
    const size_t before = at_;
    skip_space();
    if (peek() == '>' || peek() == '/') return Status::kOk;
    if (at_ == before) return fail("no space before an attribute");
    Attribute attribute;
    TRY(read_name(attribute.name));
    skip_space();
    if (!skip("=")) return fail("an attribute without value");
    skip_space();
    TRY(read_quoted(attribute.value));
    if (has_attribute(element, attribute.name)) return fail("a repeated attribute");
    TRY(attributes_.push(attribute));
    ++element.attribute_count;
  }
}

// Behind "<" of a start tag.
Status Xml::open_element() {
  Element element;
  TRY(read_name(element.name));
  TRY(read_attributes(element));
  const auto index = static_cast<uint16_t>(elements_.size());
  element.parent = open_.empty() ? index : open_.back();
  element.depth = static_cast<uint16_t>(open_.size());
  TRY(elements_.push(element));
  if (skip("/>")) return Status::kOk;
  if (!skip(">")) return fail("a tag without end");
  return open_.push(index);
}

// Behind "</".
Status Xml::close_element() {
  std::string_view name;
  TRY(read_name(name));
  skip_space();
  if (!skip(">")) return fail("a tag without end");
  if (open_.empty() || elements_[open_.back()].name != name) return fail("a wrong end tag");
  Element& element = elements_[open_.back()];
  element.text = trimmed(element.text);
  open_.pop_back();
  return Status::kOk;
}

Status Xml::add_text(size_t begin) {
  const size_t size = used_ - begin;
  if (size == 0) return Status::kOk;
  Element& element = elements_[open_.back()];
  if (element.text.empty()) {
    element.text = {memory_.data() + begin, size};
    return Status::kOk;
  }
  // A child stands between: both parts move behind each other at the end.
  const size_t joined = element.text.size() + size;
  if (joined > memory_.size() - used_) return Status::kTooLarge;
  char* const target = memory_.data() + used_;
  std::memcpy(target, element.text.data(), element.text.size());
  std::memcpy(target + element.text.size(), memory_.data() + begin, size);
  element.text = {target, joined};
  used_ += joined;
  return Status::kOk;
}

Status Xml::read_text() {
  const size_t begin = used_;
  while (!done() && peek() != '<') {
    const char c = peek();
    if (in_.substr(at_, 3) == "]]>") return fail("']]>' in text");
    ++at_;
    if (c == '&') {
      TRY(read_reference());
    } else {
      TRY(put(c));
    }
  }
  return add_text(begin);
}

// Behind "<![CDATA[".
Status Xml::read_cdata() {
  const size_t end = in_.find("]]>", at_);
  if (end == std::string_view::npos) return fail("CDATA without end");
  const size_t begin = used_;
  while (at_ < end) TRY(put(in_[at_++]));
  at_ = end + 3;
  return add_text(begin);
}

Status Xml::parse(std::string_view text) {
  in_ = text;
  at_ = 0;
  used_ = 0;
  problem_ = "";
  elements_.clear();
  attributes_.clear();
  open_.clear();
  if (text.size() > kDocumentBytesMax) return Status::kTooLarge;
  if (!is_utf8(text)) return fail("not UTF-8");
  for (const char c : text) {
    if (!is_legal(c)) return fail("a control character");
  }
  // Names are views into the input, which need not outlive this call: keep a copy.
  std::memcpy(memory_.data(), text.data(), text.size());
  in_ = {memory_.data(), text.size()};
  used_ = text.size();
  if (skip("<?xml ")) {
    const size_t end = in_.find("?>", at_);
    if (end == std::string_view::npos) return fail("a declaration without end");
    at_ = end + 2;
  }
  while (!done()) {
    if (open_.empty()) {
      skip_space();
      if (done()) break;
      if (peek() != '<') return fail("text outside the root");
    }
    if (skip("<!--")) {
      TRY(skip_comment());
    } else if (skip("<![CDATA[")) {
      if (open_.empty()) return fail("text outside the root");
      TRY(read_cdata());
    } else if (skip("<!") || skip("<?")) {
      return fail("a document type or instruction");
    } else if (skip("</")) {
      TRY(close_element());
    } else if (skip("<")) {
      if (open_.empty() && !elements_.empty()) return fail("a second root");
      TRY(open_element());
    } else {
      TRY(read_text());
    }
  }
  if (!open_.empty()) return fail("an element without end");
  if (elements_.empty()) return fail("no element");
  return Status::kOk;
}

size_t Xml::next_child(size_t parent, size_t after) const {
  for (size_t i = after + 1; i < elements_.size(); ++i) {
    if (elements_[i].parent == parent) return i;
  }
  return elements_.size();
}

std::span<const Attribute> Xml::attributes(const Element& element) const {
  return attributes_.span().subspan(element.first_attribute, element.attribute_count);
}

std::string_view Xml::attribute(const Element& element, std::string_view name,
                                std::string_view fallback) const {
  for (const Attribute& attribute : attributes(element)) {
    if (attribute.name == name) return attribute.value;
  }
  return fallback;
}

bool Xml::has_attribute(const Element& element, std::string_view name) const {
  for (const Attribute& attribute : attributes(element)) {
    if (attribute.name == name) return true;
  }
  return false;
}

}  // namespace hookflash::twilio::carrier
