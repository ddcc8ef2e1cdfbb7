#include "providers/plivo/signature.h"

#include "base/ascii.h"
#include "http/url.h"

namespace hookflash::plivo {
namespace {

// The URL's parts that signatures look at.
struct BaseUrl {
  std::string_view prefix;  // "https://", in front of user information.
  std::string_view rest;    // Host, port and path as configured.
  std::string_view query;
};

BaseUrl split_base(std::string_view text) {
  BaseUrl base;
  text = text.substr(0, text.find('#'));
  if (const size_t mark = text.find('?'); mark != std::string_view::npos) {
    base.query = text.substr(mark + 1);
    text = text.substr(0, mark);
  }
  const Result<Url> url = split_url(text);
  if (!url.ok()) {
    base.rest = text;
    return base;
  }
  base.prefix = text.substr(0, url->scheme.size() + 3);
  base.rest = text.substr(base.prefix.size());
  if (url->has_user_info) base.rest.remove_prefix(url->user_info.size() + 1);
  return base;
}

// Names and values by name, then value, duplicates kept.
bool add_v3_text(SignedText& text, const BaseUrl& base, const SignedRequest& request,
                 Query& query) {
  if (query.parse(base.query) != Status::kOk) return false;
  const std::span<const FormEntry> pairs = query.view().sorted;
  const bool has_body = request.method == "POST" && request.form != nullptr;
  const std::span<const FormEntry> body =
      has_body ? request.form->sorted : std::span<const FormEntry>();
  text.add(base.prefix);
  text.add(base.rest);
  if (!pairs.empty() || !body.empty()) text.add("?");
  bool first = true;
  for (const FormEntry& pair : pairs) {
    if (!first) text.add("&");
    first = false;
    text.add(pair.name);
    text.add("=");
    text.add(pair.value);
  }
  if (!pairs.empty() && !body.empty()) text.add(".");
  if (text.room() < 2 * body.size() + 2) return false;
  for (const FormEntry& parameter : body) {
    text.add(parameter.name);
    text.add(parameter.value);
  }
  text.add(".");
  text.add(request.nonce_v3);
  return true;
}

// While tokens rotate a V3 header holds several signatures; spaces around the commas mean nothing.
bool any_matches(const Sha256Digest& mac, std::string_view list) {
  bool found = false;
  while (!list.empty()) {
    if (mac_equals_base64(mac, trim(next_piece(list, ',')))) found = true;
  }
  return found;
}

}  // namespace

PlivoVerification verify(Crypto& crypto, const SignedRequest& request, std::string_view auth_token,
                         bool require_v3, Check check, Query& query) {
  PlivoVerification result;
  Verification& verification = result.verification;
  const bool skip = check == Check::kSkip;
  if (request.method != "GET" && request.method != "POST") {
    verification.fault = SignatureFault::kMalformed;
    return result;
  }
  const bool has_v3 = !request.signature_v3.empty() || !request.main_signature_v3.empty();
  const bool any_v3 = has_v3 || !request.nonce_v3.empty();
  const bool has_v2 = !request.signature_v2.empty() || !request.main_signature_v2.empty();
  // A V3 header that is wrong or alone never makes V2 acceptable.
  result.scheme = any_v3 || require_v3 || request.nonce_v2.empty() ? Scheme::kV3 : Scheme::kV2;
  const bool v3 = result.scheme == Scheme::kV3;
  const std::string_view nonce = v3 ? request.nonce_v3 : request.nonce_v2;
  if (!skip && (nonce.empty() || !(v3 ? has_v3 : has_v2))) return result;
  if (!skip && auth_token.empty()) {
    verification.fault = SignatureFault::kNoKey;
    return result;
  }

  const BaseUrl base = split_base(request.url);
  SignedText text;
  if (v3) {
    if (!add_v3_text(text, base, request, query)) {
      verification.fault = SignatureFault::kMalformed;
      return result;
    }
  } else {
    text.add(base.prefix);
    text.add(base.rest);
    text.add(nonce);
  }
  if (!skip) {
    const Sha256Digest mac = crypto.hmac_sha256(bytes_of(auth_token), text.pieces());
    const bool matches =
        v3 ? any_matches(mac, request.signature_v3) || any_matches(mac, request.main_signature_v3)
           : mac_equals_base64(mac, request.signature_v2) ||
                 mac_equals_base64(mac, request.main_signature_v2);
    if (!matches) {
      verification.fault = SignatureFault::kMismatch;
      return result;
    }
  }
  verification.fault = SignatureFault::kNone;
  verification.has_key = !nonce.empty();
  if (verification.has_key) {
    if (v3) {
      verification.key = text.request_key(crypto, "plivo-v3", request.line);
    } else {
      // V2 does not cover the body, so the nonce alone names the request (B-DED-2).
      SignedText alone;
      alone.add(nonce);
      verification.key = alone.request_key(crypto, "plivo-v2", request.line);
    }
  }
  if (verification.url.assign(request.url) != Status::kOk) verification.url.clear();
  return result;
}

}  // namespace hookflash::plivo
