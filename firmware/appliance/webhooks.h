#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "appliance/calls.h"
#include "appliance/settings.h"
#include "appliance/tickets.h"
#include "hal/crypto.h"
#include "http/request_handler.h"
#include "http/server.h"
#include "webhook/form.h"
#include "webhook/origin.h"
#include "webhook/replay_window.h"
#include "webhook/verification.h"

namespace hookflash {

// Why a webhook was rejected: labels of hookflash_webhook_rejected_total.
enum class WebhookRejection : uint8_t {
  kPath,
  kMethod,
  kHeaders,
  kSourceLimit,
  kTotalLimit,
  kSize,
  kSlow,
  kSignature,
  kTimestamp,
  kClock,
  kHost,
  kKey,
  kParse,
  kInbox,
};
std::string_view name_of(WebhookRejection rejection);

class WebhookObserver {
 public:
  // `took`: from the head's last byte.
  virtual void webhook_answered(uint8_t line, uint16_t status, Duration took) = 0;
  virtual void webhook_rejected(uint8_t line, WebhookRejection rejection, std::string_view detail,
                                std::string_view url, Now now) = 0;
  virtual void webhook_replayed(uint8_t line, Now now) = 0;

 protected:
  ~WebhookObserver() = default;
};

// Memory of the webhook pipeline; all bytes zero at start.
struct WebhookMemory {
  ReplayWindow replays;
  Form form;  // Of the request being verified: one at a time.
  Query query;
  std::array<OriginRules, limits::kLinesMax> origins{};
};

// The carrier's requests, steps 5 to 17 of contract section 18 as far as they are not the HTTP
// server's.
class Webhooks {
 public:
  Webhooks(WebhookMemory& memory, Tickets& tickets, HttpServer& server, Calls& calls,
           Crypto& crypto, Outbox& outbox, WebhookObserver& observer)
      : memory_(memory),
        tickets_(tickets),
        server_(server),
        calls_(calls),
        crypto_(crypto),
        outbox_(outbox),
        observer_(observer) {}

  // After each (re)configuration.
  void use(const Settings& settings);
  // A verified request from before a restart.
  void restore(const Key& key, Duration age, Now now) { memory_.replays.restore(key, age, now); }

  // The line of a Verdict::tag of ours; limits::kLinesMax for any other.
  [[nodiscard]] static uint8_t line_of_tag(uint8_t tag) {
    return tag == 0 ? static_cast<uint8_t>(limits::kLinesMax) : static_cast<uint8_t>(tag - 1);
  }
  // The line whose webhook path this is; limits::kLinesMax when it is none's (step 5).
  [[nodiscard]] uint8_t line_of_path(std::string_view path) const;
  // Steps 6 to 8 for a webhook of this line.
  // All headers are there that a signature of this line's carrier needs.
  [[nodiscard]] bool is_signed(uint8_t line, const RequestHead& head) const;
  Verdict judge(uint8_t line, const Peer& peer, const RequestHead& head, Now now);
  // Steps 11 to 17. `kind` is kOwnPath for GET /twiml.
  void on_request(uint8_t line, UrlKind kind, RequestRef request, const Peer& peer,
                  const RequestHead& head, Bytes body, Now now);

  // The outcome of the event of a kWebhook ticket.
  void event_done(uint32_t number, const EventResult& result, Now now);
  // True when the request was a webhook's.
  bool on_answer_sent(RequestRef request, bool complete, Now now);
  void on_gone(RequestRef request, Now now);

  // A carrier's handshake signature MAY be checked too (B-STR-4); the origin rules tell its source.
  [[nodiscard]] const OriginRules& origin(uint8_t line) const { return memory_.origins[line]; }
  [[nodiscard]] const ReplayWindow& replays() const { return memory_.replays; }
  [[nodiscard]] ReplayWindow& replays() { return memory_.replays; }

 private:
  // False: the request has gone.
  bool answer(RequestRef request, uint8_t line, const Document& document, Now now);
  void answer_text(RequestRef request, uint8_t line, uint16_t status, std::string_view text,
                   Now now);
  void reject(RequestRef request, uint8_t line, WebhookRejection why, std::string_view detail,
              std::string_view url, uint16_t status, Now now);
  void settle(const Key& key, RequestRef owner, bool processed, uint8_t line, Now now);

  // Requests that have been answered, until their last byte has left (B-DED-6).
  struct Written {
    RequestRef request;
    Key key{};
  };

  WebhookMemory& memory_;
  Tickets& tickets_;
  HttpServer& server_;
  Calls& calls_;
  Crypto& crypto_;
  Outbox& outbox_;
  WebhookObserver& observer_;
  const Settings* settings_ = nullptr;
  FixedVector<Written, limits::kHttpConnectionsMax> written_;
  struct Waiting {
    RequestRef request;
    uint8_t line = 0;
    uint32_t document_number = 0;
    uint8_t retries = 0;
    bool instruction_fetch = false;
    ProviderCallId provider_call_id;
  };
  FixedVector<Waiting, ReplayWindow::kWaitersMax> waiting_;
};

}  // namespace hookflash
