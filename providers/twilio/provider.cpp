#include "providers/twilio/provider.h"

#include "providers/twilio/rest.h"
#include "providers/twilio/signature.h"
#include "providers/twilio/twiml.h"
#include "providers/twilio/webhook.h"
#include "providers/twilio/wire.h"

namespace hookflash::twilio {
namespace {

constexpr std::array<std::string_view, 1> kSignatureHeaders = {kSignatureHeader};

}  // namespace

const MediaDialect& TwilioProvider::media() const { return kMediaDialect; }

std::span<const std::string_view> TwilioProvider::signature_headers() const {
  return kSignatureHeaders;
}

bool TwilioProvider::is_form(const RequestHead& head) const {
  return signed_body(head) == SignedBody::kForm;
}

Verification TwilioProvider::verify(Crypto& crypto, const WebhookRequest& request,
                                    const WebhookKeys& keys, Check check) const {
  return twilio::verify(crypto,
                        {.url = request.url,
                         .body_kind = signed_body(*request.head),
                         .form = request.form,
                         .body = request.body,
                         .signature = request.head->header(kSignatureHeader),
                         .line = request.line},
                        keys, check);
}

Status TwilioProvider::read_webhook(const WebhookRequest& request, Webhook& out) const {
  const FormView& parameters = request.head->method() == "POST" ? *request.form : *request.query;
  return twilio::read_webhook(parameters, *request.query, out);
}

// twilio.md 2.1.
std::string_view TwilioProvider::document_type() const { return "text/xml; charset=utf-8"; }

void TwilioProvider::write_document(const Document& document, TextWriter& out) const {
  write_twiml(document, out);
}

size_t TwilioProvider::inline_document_max() const { return kInlineTwimlMax; }

void TwilioProvider::write_host(std::string_view region, std::string_view edge,
                                TextWriter& out) const {
  twilio::write_host(region, edge, out);
}

void TwilioProvider::write_headers(const RestAccount& account, TextWriter& out) const {
  twilio::write_headers(account.user, account.password, out);
}

void TwilioProvider::write_dial(const RestAccount& account, const DialRequest& dial,
                                RestRequest& out) const {
  out.method = "POST";
  write_calls_target(account.id, out.target);
  write_initiate_body(dial, out.body);
}

void TwilioProvider::write_status_query(const RestAccount& account,
                                        std::string_view provider_call_id, RestRequest& out) const {
  out.method = "GET";
  write_call_target(account.id, provider_call_id, out.target);
}

void TwilioProvider::write_hangup(const RestAccount& account, std::string_view provider_call_id,
                                  RestRequest& out) const {
  out.method = "POST";
  write_call_target(account.id, provider_call_id, out.target);
  write_hangup_body(out.body);
}

void TwilioProvider::write_update(const RestAccount& account, std::string_view provider_call_id,
                                  std::string_view document, RestRequest& out) const {
  out.method = "POST";
  write_call_target(account.id, provider_call_id, out.target);
  write_update_body(document, out.body);
}

RestOutcome TwilioProvider::read_answer(Operation operation, uint16_t status,
                                        std::string_view body) const {
  return twilio::read_answer(operation, status, body);
}

}  // namespace hookflash::twilio
