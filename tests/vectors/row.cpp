#include "vectors/row.h"

#include <map>
#include <memory>
#include <optional>

#include "base/ascii.h"
#include "providers/plivo/signature.h"
#include "providers/telnyx/signature.h"
#include "providers/twilio/signature.h"
#include "webhook/form.h"

namespace hookflash::vectors {
namespace {

constexpr std::string_view kLine = "vector";

class Row {
 public:
  Row(const JsonValue& json, Crypto& crypto) : json_(json), crypto_(crypto) {}

  RowResult run() {
    result_.provider = json_.text_of("provider");
    result_.name = json_.text_of("name");
    result_.note = json_.text_of("note");
    result_.core = json_.text_of("tier", "core") == "core";
    const JsonValue* expected = json_.find("expected");
    if (expected == nullptr || expected->kind != JsonValue::Kind::kBool) {
      unusable("'expected' is missing");
      return result_;
    }
    result_.expected = expected->truth;
    scheme_ = json_.text_of("scheme");
    method_ = json_.text_of("method");
    body_ = json_.text_of("rawBody");
    url_ = json_.text_of("verify_url", json_.text_of("url"));
    if (const JsonValue* key = json_.find("key")) {
      auth_token_ = key->text_of("auth_token");
      public_key_ = key->text_of("public_key_base64");
    }
    if (result_.provider == "twilio") {
      run_twilio();
    } else if (result_.provider == "plivo") {
      run_plivo();
    } else if (result_.provider == "telnyx") {
      run_telnyx();
    } else {
      unusable("unknown provider");
    }
    if (!result_.core) decide();
    return result_;
  }

 private:
  void unusable(std::string why) {
    result_.usable = false;
    result_.why = std::move(why);
  }

  // The value of a header; nothing when it is missing. A header that stands there twice never gets
  // as far as a verifier (contract section 18 step 3), so it counts as missing.
  std::string header(std::string_view name) const {
    const JsonValue* headers = json_.find("headers");
    std::vector<std::string> found;
    if (headers == nullptr) return "";
    for (const auto& [key, value] : headers->members) {
      if (!equals_ignore_case(key, name)) continue;
      if (value.kind == JsonValue::Kind::kText) found.push_back(value.text);
      for (const JsonValue& item : value.items) found.push_back(item.text);
    }
    return found.size() == 1 ? found[0] : "";
  }

  bool has_form() const {
    if (method_ != "POST" || scheme_ == "twilio-json-body") return false;
    const std::string type = header("content-type");
    return type.empty() || is_form_content_type(type);
  }

  // Decodes the body and compares it with `params`: each name with its values in order of arrival.
  const FormView* read_form() {
    if (form_->parse(body_) != Status::kOk) {
      result_.form_agrees = false;
      result_.why = "the body is too large a form";
      return &form_->view();
    }
    const JsonValue* params = json_.find("params");
    if (params == nullptr || params->kind != JsonValue::Kind::kObject) return &form_->view();
    std::map<std::string, std::vector<std::string>> wanted;
    for (const auto& [name, value] : params->members) {
      if (value.kind == JsonValue::Kind::kArray) {
        for (const JsonValue& item : value.items) wanted[name].push_back(item.text);
      } else {
        wanted[name].push_back(value.text);
      }
    }
    std::map<std::string, std::vector<std::string>> read;
    for (const FormEntry& entry : form_->view().arrived) {
      read[std::string(entry.name)].emplace_back(entry.value);
    }
    if (read != wanted) {
      result_.form_agrees = false;
      result_.why = "rawBody does not decode to params";
    }
    return &form_->view();
  }

  void take(const Verification& verification) {
    result_.accepted = verification.ok();
    if (!verification.ok() && result_.why.empty()) result_.why = name_of(verification.fault);
  }

  void run_twilio() {
    PublicUrl url;
    if (url.text.assign(url_) != Status::kOk) return unusable("the URL is too long");
    url.stream = scheme_ == "twilio-websocket";
    twilio::SignedRequest request;
    request.url = &url;
    request.line = kLine;
    const std::string signature = header(twilio::kSignatureHeader);
    request.signature = signature;
    if (method_ == "POST") {
      request.body_kind = has_form() ? twilio::SignedBody::kForm : twilio::SignedBody::kOther;
      request.body = bytes_of(body_);
      if (has_form()) request.form = read_form();
    }
    take(twilio::verify(crypto_, request, {auth_token_, ""}, Check::kVerify));
  }

  void run_plivo() {
    const std::string checked = json_.text_of("signature_header");
    const std::string signature = header(checked);
    const std::string nonce_v3 = header(plivo::kNonceV3Header);
    const std::string nonce_v2 = header(plivo::kNonceV2Header);
    plivo::SignedRequest request;
    request.method = method_;
    request.url = url_;
    request.line = kLine;
    if (has_form()) request.form = read_form();
    // The row names the one header that is checked with its token.
    if (equals_ignore_case(checked, plivo::kSignatureV3Header)) {
      request.signature_v3 = signature;
    } else if (equals_ignore_case(checked, plivo::kMainSignatureV3Header)) {
      request.main_signature_v3 = signature;
    } else if (equals_ignore_case(checked, plivo::kSignatureV2Header)) {
      request.signature_v2 = signature;
    } else if (equals_ignore_case(checked, plivo::kMainSignatureV2Header)) {
      request.main_signature_v2 = signature;
    } else {
      return unusable("unknown signature_header");
    }
    const bool v2 = scheme_ == "plivo-v2";
    (v2 ? request.nonce_v2 : request.nonce_v3) = v2 ? nonce_v2 : nonce_v3;
    const auto query = std::make_unique<Query>();
    take(plivo::verify(crypto_, request, auth_token_, false, Check::kVerify, *query).verification);
  }

  void run_telnyx() {
    const JsonValue* now = json_.find("now");
    if (now == nullptr || now->kind != JsonValue::Kind::kNumber)
      return unusable("'now' is missing");
    const Result<telnyx::PublicKey> key = telnyx::read_public_key(public_key_);
    if (!key.ok()) {
      result_.why = "not a public key";
      return;
    }
    const std::string signature = header(telnyx::kSignatureHeader);
    const std::string timestamp = header(telnyx::kTimestampHeader);
    telnyx::SignedRequest request;
    request.signature = signature;
    request.timestamp = timestamp;
    request.body = bytes_of(body_);
    request.line = kLine;
    const WallTime wall = WallTime::from_ms(static_cast<int64_t>(now->number * 1000));
    take(telnyx::verify(crypto_, request, *key, wall, Check::kVerify));
  }

  // Quirk rows rest on oddities of a library. We follow the contract and say how that differs.
  void decide() {
    std::string& decision = result_.decision;
    if (result_.accepted == result_.expected) {
      decision = "as the library does";
    } else if (result_.provider == "twilio") {
      decision = result_.accepted
                     ? "a stream handshake is also tried with a slash appended (B-SIG-3)"
                     : "only the URLs of B-SIG-3 are tried: none is normalised or encoded anew";
    } else if (result_.provider == "plivo") {
      decision =
          result_.accepted
              ? "spaces around the commas of a signature list mean nothing (B-SIG-5)"
              : "only what the request carries is signed: query and body as received (B-SIG-5)";
    } else {
      decision = result_.accepted ? "any number of digits is a timestamp (B-SIG-4)"
                                  : "one spelling per signature and timestamp (B-SIG-4)";
    }
  }

  const JsonValue& json_;
  Crypto& crypto_;
  RowResult result_;
  std::string scheme_, method_, body_, url_, auth_token_, public_key_;
  std::unique_ptr<Form> form_ = std::make_unique<Form>();
};

}  // namespace

RowResult run_row(const JsonValue& row, Crypto& crypto) { return Row(row, crypto).run(); }

}  // namespace hookflash::vectors
