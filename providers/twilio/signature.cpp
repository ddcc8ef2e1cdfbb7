#include "providers/twilio/signature.h"

#include "base/ascii.h"
#include "base/fixed_vector.h"
#include "base/hex.h"
#include "base/text_writer.h"
#include "http/percent.h"
#include "http/url.h"

namespace hookflash::twilio {
namespace {

using UrlText = FixedText<kPublicUrlBytesMax + 8>;  // With a port and a slash added.

// The URLs of B-SIG-3, each distinct one once, in its order.
class UrlVariants {
 public:
  explicit UrlVariants(const PublicUrl& url) {
    const std::string_view text = url.text.view().substr(0, url.text.view().find('#'));
    const Result<Url> split = split_url(text);
    if (!split.ok()) {
      add(text, "");
      return;
    }
    // Around the port; user and password are never signed.
    UrlText head;
    head.set(text.substr(0, split->scheme.size() + 3));
    if (head.append(split->host) != Status::kOk) return;
    const size_t authority_end = static_cast<size_t>(split->host.data() - text.data()) +
                                 split->host.size() +
                                 (split->port != 0 ? split->port_text.size() + 1 : 0);
    const std::string_view tail = text.substr(authority_end);

    add_port(head, split->port_text, tail);
    add_port(head, "", tail);
    const auto numbered = [&](uint16_t port) {
      char digits[8];
      TextWriter out(digits, sizeof digits);
      if (port != 0) add_port(head, out.number(port).view(), tail);
    };
    if (split->port == 0) numbered(split->standard_port());
    numbered(url.public_port);
    numbered(url.host_port);
    if (!url.stream) return;
    const size_t plain = urls_.size();
    for (size_t i = 0; i < plain; ++i) add(urls_[i], "/");
  }

  [[nodiscard]] std::span<const UrlText> all() const { return urls_.span(); }

 private:
  void add_port(const UrlText& head, std::string_view port, std::string_view tail) {
    UrlText url = head;
    if (!port.empty() && (url.append(":") != Status::kOk || url.append(port) != Status::kOk))
      return;
    add(url, tail);
  }
  void add(std::string_view front, std::string_view back) {
    UrlText url;
    if (url.assign(front) != Status::kOk || url.append(back) != Status::kOk) return;
    for (const UrlText& known : urls_) {
      if (known == url) return;
    }
    CHECK(urls_.push(url) == Status::kOk);
  }

  FixedVector<UrlText, 10> urls_;  // Five by port, each with a slash.
};

// The hash a JSON request names in its query: the first bodySHA256, decoded once.
bool body_hash_matches(Crypto& crypto, std::string_view url, Bytes body) {
  url = url.substr(0, url.find('#'));
  const size_t mark = url.find('?');
  if (mark == std::string_view::npos) return false;
  std::string_view rest = url.substr(mark + 1);
  while (!rest.empty()) {
    std::string_view value = next_piece(rest, '&');
    const std::string_view name = next_piece(value, '=');
    char decoded[3 * 64];
    if (name.size() > sizeof decoded || value.size() > sizeof decoded) continue;
    const size_t name_size = percent_decode(name, Plus::kIsSpace, decoded).size;
    if (std::string_view(decoded, name_size) != "bodySHA256") continue;
    const size_t size = percent_decode(value, Plus::kIsSpace, decoded).size;
    Sha256Digest named{};
    return read_hex({decoded, size}, named) && equal_constant_time(named, crypto.sha256({body}));
  }
  return false;
}

// Everything behind the URL. Of a repeated name each distinct value counts once; sorted, equal ones
// are neighbours.
bool add_parameters(SignedText& text, const FormView& form) {
  const FormEntry* previous = nullptr;
  for (const FormEntry& entry : form.sorted) {
    const bool again =
        previous != nullptr && previous->name == entry.name && previous->value == entry.value;
    previous = &entry;
    if (again) continue;
    if (text.room() < 2) return false;
    text.add(entry.name);
    text.add(entry.value);
  }
  return true;
}

}  // namespace

SignedBody signed_body(const RequestHead& head) {
  if (head.method() != "POST") return SignedBody::kNone;
  return is_form_content_type(head.header("content-type")) ? SignedBody::kForm : SignedBody::kOther;
}

Verification verify(Crypto& crypto, const SignedRequest& request, const WebhookKeys& tokens,
                    Check check) {
  Verification result;
  if (check == Check::kVerify) {
    if (request.signature.empty()) return result;
    result.fault = SignatureFault::kNoKey;
    if (tokens[0].empty() && tokens[1].empty()) return result;
    result.fault = SignatureFault::kMalformed;
    if (request.signature.size() != base64_encoded_size(Sha1Digest().size())) return result;
    result.fault = SignatureFault::kMismatch;
    const bool unhashed = request.body_kind == SignedBody::kOther &&
                          !body_hash_matches(crypto, request.url->text, request.body);
    if (unhashed) return result;
  }
  const UrlVariants variants(*request.url);
  for (const UrlText& url : variants.all()) {
    SignedText text;
    text.add(url);
    if (request.body_kind == SignedBody::kForm && !add_parameters(text, *request.form)) break;
    bool matches = check == Check::kSkip;
    for (const std::string_view token : tokens) {
      if (matches || token.empty()) continue;
      matches =
          mac_equals_base64(crypto.hmac_sha1(bytes_of(token), text.pieces()), request.signature);
    }
    if (!matches) continue;
    result.fault = SignatureFault::kNone;
    result.has_key = true;
    result.key = text.request_key(crypto, "twilio", request.line, request.signature);
    if (result.url.assign(url) != Status::kOk) result.url.clear();
    return result;
  }
  return result;
}

}  // namespace hookflash::twilio
