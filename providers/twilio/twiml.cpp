#include "providers/twilio/twiml.h"

#include "base/utf8.h"

namespace hookflash::twilio {
namespace {

class Element {
 public:
  Element(TextWriter& out, std::string_view name) : out_(out), name_(name) {
    out_.put('<').put(name);
  }
  Element& attribute(std::string_view name, std::string_view value) {
    out_.put(' ').put(name).put("=\"");
    write_xml_text(value, out_);
    out_.put('"');
    return *this;
  }
  Element& attribute(std::string_view name, int64_t value) {
    out_.put(' ').put(name).put("=\"").number(value).put('"');
    return *this;
  }
  void empty() { out_.put("/>"); }
  void text(std::string_view text) {
    out_.put('>');
    write_xml_text(text, out_);
    close();
  }
  void open() { out_.put('>'); }
  void close() { out_.put("</").put(name_).put('>'); }

 private:
  TextWriter& out_;
  std::string_view name_;
};

void write_say(std::string_view text, TextWriter& out) {
  if (!text.empty()) Element(out, "Say").text(text);
}

void write_play_digits(std::string_view digits, TextWriter& out) {
  if (digits.empty()) return;
  out.put("<Play digits=\"");
  write_digits(digits, out);
  out.put("\"/>");
}

void write_redirect(std::string_view url, TextWriter& out) {
  if (!url.empty()) Element(out, "Redirect").attribute("method", "POST").text(url);
}

void write_stream(const Document& document, TextWriter& out) {
  Element connect(out, "Connect");
  connect.open();
  Element stream(out, "Stream");
  stream.attribute("url", document.stream_url).open();
  if (!document.token.empty()) {
    Element(out, "Parameter").attribute("name", "token").attribute("value", document.token).empty();
  }
  stream.close();
  connect.close();
}

void write_gather(const Document& document, TextWriter& out) {
  // Seconds, rounded up: Twilio takes only whole ones (B-TURN-6).
  const int64_t silence = (document.silence_timeout_ms + 999) / 1000;
  Element gather(out, "Gather");
  gather.attribute("input", "speech").attribute("action", document.turn_action_url);
  gather.attribute("method", "POST").attribute("timeout", document.listen_timeout_seconds);
  gather.attribute("speechTimeout", silence < 1 ? 1 : silence).open();
  write_say(document.say, out);
  gather.close();
}

}  // namespace

void write_xml_text(std::string_view text, TextWriter& out) {
  size_t i = 0;
  while (i < text.size()) {
    const auto c = static_cast<uint8_t>(text[i]);
    if (c >= 0x80) {
      // U+FFFE and U+FFFF are the only multi-byte code points below the surrogates' end that
      // XML 1.0 leaves out; their UTF-8 is EF BF BE and EF BF BF. Broken UTF-8 is dropped byte by
      // byte.
      size_t length = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
      if (i + length > text.size() || !is_utf8(text.substr(i, length))) {
        ++i;
        continue;
      }
      const std::string_view character = text.substr(i, length);
      if (character != "\xEF\xBF\xBE" && character != "\xEF\xBF\xBF") out.put(character);
      i += length;
      continue;
    }
    ++i;
    switch (c) {
      case '&': out.put("&amp;"); break;
      case '<': out.put("&lt;"); break;
      case '>': out.put("&gt;"); break;
      case '"': out.put("&quot;"); break;
      case '\'': out.put("&apos;"); break;
      case '\t': out.put("&#9;"); break;
      case '\n': out.put("&#10;"); break;
      case '\r': out.put("&#13;"); break;
      default:
        if (c >= 0x20) out.put(static_cast<char>(c));
        break;
    }
  }
}

void write_digits(std::string_view digits, TextWriter& out) {
  for (const char c : digits) {
    switch (c) {
      case 'w':
      case 'p':
      case ',': out.put('w'); break;
      case 'W':
      case 'P': out.put("ww"); break;
      default: out.put(c); break;
    }
  }
}

void write_twiml(const Document& document, TextWriter& out) {
  out.put("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>");
  switch (document.kind) {
    case Document::Kind::kEmpty: break;
    case Document::Kind::kRejectPolicy:
      Element(out, "Reject").attribute("reason", "rejected").empty();
      break;
    case Document::Kind::kRejectBusy:
      Element(out, "Reject").attribute("reason", "busy").empty();
      break;
    case Document::Kind::kHangup: Element(out, "Hangup").empty(); break;
    case Document::Kind::kStream:
      write_play_digits(document.digits, out);
      write_say(document.say, out);
      write_stream(document, out);
      write_redirect(document.redirect_url, out);
      break;
    case Document::Kind::kSpeech:
      write_play_digits(document.digits, out);
      if (document.listen) {
        write_gather(document, out);
      } else {
        write_say(document.say, out);
      }
      write_redirect(document.redirect_url, out);
      break;
    case Document::Kind::kPause:
    case Document::Kind::kResumeBy:
      write_play_digits(document.digits, out);
      Element(out, "Pause").attribute("length", document.pause_seconds).empty();
      write_redirect(document.redirect_url, out);
      break;
    case Document::Kind::kRedirect: write_redirect(document.redirect_url, out); break;
    case Document::Kind::kNotify:
      write_say(document.say, out);
      if (document.pause_seconds > 0) {
        Element(out, "Pause").attribute("length", document.pause_seconds).empty();
      }
      Element(out, "Hangup").empty();
      break;
  }
  out.put("</Response>");
}

}  // namespace hookflash::twilio
