#include "platform/linux/cli/check_online.h"

#include "appliance/settings.h"
#include "base/base64.h"
#include "config/readiness.h"
#include "http/url.h"
#include "platform/crypto/mbed_crypto.h"
#include "platform/linux/cli/box_access.h"
#include "platform/linux/cli/commands.h"
#include "platform/linux/cli/start_report.h"
#include "providers/twilio/rest.h"

namespace hookflash::cli {
namespace {

constexpr Duration kPatience = Duration::seconds(15);

struct Target {
  Server server;
  std::string path;
  std::string url;  // Whole, without a fragment.
};

Target target_of(std::string_view text) {
  Target target;
  text = text.substr(0, text.find('#'));
  const Result<Url> url = split_url(text);
  if (!url.ok()) return target;
  target.server = {
      .tls = url->is_secure(), .host = std::string(url->host), .port = url->effective_port()};
  target.path = url->path.empty() ? "/" : std::string(url->path);
  target.url = text;
  return target;
}

// One line after the other: the carrier, the public /health, the public webhook.
class OnlineCheck final : public Client {
 public:
  OnlineCheck(const Config& config, const Server* box, std::vector<Finding>& findings)
      : config_(config), box_(box), findings_(findings) {
    settings_.use(config);
  }

 private:
  enum class Step : uint8_t { kBox, kCarrier, kHealth, kWebhook };

  void begin() override {
    if (box_ == nullptr) return next_line();
    asked_ = ask(*box_, "GET", "/health", {}, {}, Duration::seconds(5));
  }

  void replied(RestId id, const Reply& reply) override {
    if (id != asked_) return;
    switch (step_) {
      case Step::kBox: instance_ = instance_of(reply); return next_line();
      case Step::kCarrier: return carrier_replied(reply);
      case Step::kHealth:
        health_body_ = reply.body;
        health_ = reply;
        health_.body = health_body_;
        return ask_webhook();
      case Step::kWebhook:
        judge_public_url(health_, reply, instance_, line().id, public_.url, findings_);
        ++index_;
        return next_line();
    }
  }

  [[nodiscard]] const LineConfig& line() const { return config_.lines[index_]; }

  void next_line() {
    while (index_ < config_.lines.size() &&
           (line().provider != ProviderKind::kTwilio || !readiness_of(line()).ready())) {
      if (line().enabled) {
        findings_.push_back({Finding::Result::kWarning, std::string(line().id.view()), "line",
                             "cannot start, so nothing was tried"});
      }
      ++index_;
    }
    if (index_ == config_.lines.size()) return finish(kSuccess);
    ask_carrier();
  }

  void ask_carrier() {
    step_ = Step::kCarrier;
    const RestAccess access = settings_.rest(static_cast<uint8_t>(index_));
    char memory[2048];
    TextWriter headers(memory, sizeof memory);
    twilio::write_headers(access.account.user, access.account.password, headers);
    char target_memory[512];
    TextWriter target(target_memory, sizeof target_memory);
    twilio::write_numbers_target(access.account.id, line().from_number, target);
    // B-PRV-3: credentials go to the carrier's hosts, or to this machine on the bench.
    if (line().api_base_url.empty() && !twilio::is_allowed_host(access.host)) {
      return carrier_replied({.failure = in::RestFailure::kRefusedHost});
    }
    const Server server{.tls = access.tls,
                        .host = std::string(access.host),
                        .port = access.port,
                        .headers = std::string(headers.view())};
    asked_ = ask(server, "GET", target.view(), {}, {}, kPatience);
    explicit_bzero(memory, sizeof memory);
  }

  void carrier_replied(const Reply& reply) {
    char memory[1024];
    TextWriter webhook(memory, sizeof memory);
    write_webhook_url(config_, line(), static_cast<uint16_t>(config_.serve_port), webhook);
    const RestAccess access = settings_.rest(static_cast<uint8_t>(index_));
    judge_numbers(reply, line().id, line().from_number, webhook.view(), access.host, findings_);
    public_ = target_of(webhook.view());
    if (line().values.public_url.empty() || public_.url.empty()) {
      findings_.push_back({Finding::Result::kWarning, std::string(line().id.view()), "publicUrl",
                           "is unset, so nothing was tried"});
      ++index_;
      return next_line();
    }
    step_ = Step::kHealth;
    asked_ = ask(public_.server, "GET", "/health", {}, {}, kPatience);
  }

  // A form without a call, signed as the carrier signs (B-SIG-2).
  void ask_webhook() {
    step_ = Step::kWebhook;
    constexpr std::string_view kName = "HookflashCheck";
    constexpr std::string_view kValue = "online";
    const std::string_view key = settings_.signing_key(static_cast<uint8_t>(index_));
    const Sha1Digest digest = crypto_.hmac_sha1(
        bytes_of(key), {bytes_of(public_.url), bytes_of(kName), bytes_of(kValue)});
    char signature[base64_encoded_size(sizeof(Sha1Digest))];
    const std::string headers =
        "X-Twilio-Signature: " + std::string(signature, base64_encode(digest, signature)) +
        "\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    asked_ = ask(public_.server, "POST", public_.path, headers,
                 std::string(kName) + "=" + std::string(kValue), kPatience);
  }

  const Config& config_;
  const Server* const box_;
  std::vector<Finding>& findings_;
  MbedCrypto crypto_;
  Settings settings_;
  Step step_ = Step::kBox;
  RestId asked_ = 0;
  size_t index_ = 0;
  std::string instance_;
  Target public_;
  Reply health_;
  std::string health_body_;
};

}  // namespace

bool check_online(const Config& config, std::string_view ca_file, std::vector<Finding>& findings) {
  Server box;
  const bool known = address_of(config, box);
  OnlineCheck check(config, known ? &box : nullptr, findings);
  return check.run_to_end(ca_file, Reach::kCarriers) == kSuccess;
}

}  // namespace hookflash::cli
