#pragma once

#include "providers/provider.h"

namespace hookflash::twilio {

// Twilio's dialect as the engine sees it: webhook.h, signature.h, twiml.h, rest.h and wire.h behind
// the border.
class TwilioProvider final : public Provider {
 public:
  [[nodiscard]] std::string_view name() const override { return "twilio"; }
  [[nodiscard]] const MediaDialect& media() const override;

  [[nodiscard]] std::span<const std::string_view> signature_headers() const override;
  [[nodiscard]] bool is_form(const RequestHead& head) const override;
  [[nodiscard]] Verification verify(Crypto& crypto, const WebhookRequest& request,
                                    const WebhookKeys& keys, Check check) const override;
  [[nodiscard]] Status read_webhook(const WebhookRequest& request, Webhook& out) const override;

  [[nodiscard]] std::string_view document_type() const override;
  void write_document(const Document& document, TextWriter& out) const override;
  [[nodiscard]] size_t inline_document_max() const override;

  void write_host(std::string_view region, std::string_view edge, TextWriter& out) const override;
  void write_headers(const RestAccount& account, TextWriter& out) const override;
  void write_dial(const RestAccount& account, const DialRequest& dial,
                  RestRequest& out) const override;
  void write_status_query(const RestAccount& account, std::string_view provider_call_id,
                          RestRequest& out) const override;
  void write_hangup(const RestAccount& account, std::string_view provider_call_id,
                    RestRequest& out) const override;
  void write_update(const RestAccount& account, std::string_view provider_call_id,
                    std::string_view document, RestRequest& out) const override;
  [[nodiscard]] RestOutcome read_answer(Operation operation, uint16_t status,
                                        std::string_view body) const override;
};

inline constexpr TwilioProvider kProvider;

}  // namespace hookflash::twilio
