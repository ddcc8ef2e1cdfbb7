#include "appliance/webhooks.h"

#include "appliance/provider_set.h"
#include "base/check.h"
#include "http/url.h"
#include "webhook/diagnostics.h"
#include "webhook/host.h"

namespace hookflash {
namespace {

constexpr std::string_view kRetryAfter = "Retry-After: 1\r\n";

}  // namespace

std::string_view name_of(WebhookRejection rejection) {
  switch (rejection) {
    case WebhookRejection::kPath: return "path";
    case WebhookRejection::kMethod: return "method";
    case WebhookRejection::kHeaders: return "headers";
    case WebhookRejection::kSourceLimit: return "source_limit";
    case WebhookRejection::kTotalLimit: return "total_limit";
    case WebhookRejection::kSize: return "size";
    case WebhookRejection::kSlow: return "slow";
    case WebhookRejection::kSignature: return "signature";
    case WebhookRejection::kTimestamp: return "timestamp";
    case WebhookRejection::kClock: return "clock";
    case WebhookRejection::kHost: return "host";
    case WebhookRejection::kKey: return "key";
    case WebhookRejection::kParse: return "parse";
    case WebhookRejection::kInbox: return "inbox";
  }
  return "path";
}

void Webhooks::use(const Settings& settings) {
  settings_ = &settings;
  const Config& config = settings.config();
  for (size_t i = 0; i < config.lines.size(); ++i) {
    const LineValues& values = config.lines[i].values;
    OriginRules& rules = memory_.origins[i];
    rules.public_url.set(values.public_url);
    rules.line_path.set(values.path);
    rules.allowed_hosts.clear();
    for (const auto& host : values.allowed_hosts)
      CHECK(rules.allowed_hosts.push(host) == Status::kOk);
    rules.trusted_proxies.clear();
    for (const IpAddress& proxy : values.trusted_proxies) {
      CHECK(rules.trusted_proxies.push(proxy) == Status::kOk);
    }
    rules.trust_forwarding_headers = values.trust_forwarding_headers;
  }
}

// A line of a carrier that this build does not have serves nothing, one that was disabled or
// removed only its calls (B-CFG-3).
uint8_t Webhooks::line_of_path(std::string_view path) const {
  const Config& config = settings_->config();
  uint8_t left = limits::kLinesMax;
  for (size_t i = 0; i < config.lines.size(); ++i) {
    const LineConfig& line = config.lines[i];
    if (line.values.path != path || provider_of(line.provider) == nullptr) continue;
    const auto number = static_cast<uint8_t>(i);
    if (line.enabled) return number;
    if (calls_.uses(number)) left = number;
  }
  return left;
}

bool Webhooks::is_signed(uint8_t line, const RequestHead& head) const {
  const Provider* const provider = settings_->provider(line);
  CHECK(provider != nullptr);  // line_of_path() has found it.
  for (const std::string_view name : provider->signature_headers()) {
    if (head.header(name).empty()) return false;
  }
  return true;
}

Verdict Webhooks::judge(uint8_t line, const Peer& peer, const RequestHead& head, Now now) {
  Verdict verdict;
  verdict.tag = static_cast<uint8_t>(line + 1);
  verdict.group = RequestGroup::kWebhook;
  if (!settings_->config().lines[line].values.skip_signature_verification &&
      !is_signed(line, head)) {
    observer_.webhook_rejected(line, WebhookRejection::kHeaders, "signature header missing", {},
                               now);
    observer_.webhook_answered(line, 401, Duration());
    verdict.status = 401;
    verdict.close = true;  // The body is not read.
    return verdict;
  }
  verdict.kind = Verdict::Kind::kProceed;
  verdict.source = client_source(memory_.origins[line], head, peer.address);
  verdict.body_max = limits::kBodyBytesMax;
  return verdict;
}

void Webhooks::reject(RequestRef request, uint8_t line, WebhookRejection why,
                      std::string_view detail, std::string_view url, uint16_t status, Now now) {
  observer_.webhook_rejected(line, why, detail, url, now);
  answer_text(request, line, status, {}, now);
}

void Webhooks::answer_text(RequestRef request, uint8_t line, uint16_t status, std::string_view text,
                           Now now) {
  observer_.webhook_answered(line, status, server_.waited(request, now));
  const std::string_view body = text.empty() ? reason_of(status) : text;
  (void)server_.respond(request,
                        {.status = status,
                         .content_type = "text/plain; charset=utf-8",
                         .headers = status == 503 ? kRetryAfter : std::string_view(),
                         .body = body},
                        now);
}

bool Webhooks::answer(RequestRef request, uint8_t line, const Document& document, Now now) {
  const Provider* const provider = settings_->provider(line);
  CHECK(provider != nullptr);  // A line keeps its carrier while somebody waits for its answer.
  observer_.webhook_answered(line, 200, server_.waited(request, now));
  const std::span<char> memory = outbox_.reserve(limits::kWebhookAnswerBytesMax);
  TextWriter text(memory);
  provider->write_document(document, text);
  CHECK(!text.overflowed());
  outbox_.shrink(memory, text.size());
  return server_.respond(
      request, {.status = 200, .content_type = provider->document_type(), .body = text.view()},
      now);
}

void Webhooks::on_request(uint8_t line, UrlKind kind, RequestRef request, const Peer& peer,
                          const RequestHead& head, Bytes body, Now now) {
  const LineConfig& config = settings_->config().lines[line];
  // Step 11.
  PublicUrl url;
  if (build_public_url(memory_.origins[line], head, peer.address, kind, url) != Status::kOk) {
    reject(request, line, WebhookRejection::kHost, "no allowed host", {}, 401, now);
    return;
  }
  const Provider& provider = *settings_->provider(line);  // Its path was found with it.
  const Status query_status = memory_.query.parse(head.query());
  Status form_status = Status::kOk;
  if (provider.is_form(head)) {
    form_status = memory_.form.parse(text_of(body));
  } else {
    form_status = memory_.form.parse({});
  }
  if (form_status != Status::kOk || query_status != Status::kOk) {
    // More parameters than there is memory for: they cannot be verified, so nothing of them counts.
    reject(request, line, WebhookRejection::kSize, "too many parameters", {}, 401, now);
    return;
  }
  WebhookKeys keys{};
  for (size_t i = 0; i < config.auth_tokens.size(); ++i) keys[i] = config.auth_tokens[i].reveal();
  const WebhookRequest received{.url = &url,
                                .head = &head,
                                .body = body,
                                .form = &memory_.form.view(),
                                .query = &memory_.query.view(),
                                .line = config.id};
  const Verification verified =
      provider.verify(crypto_, received, keys,
                      config.values.skip_signature_verification ? Check::kSkip : Check::kVerify);
  if (!verified.ok()) {
    const bool no_key = verified.fault == SignatureFault::kNoKey;
    reject(request, line, no_key ? WebhookRejection::kKey : WebhookRejection::kSignature,
           name_of(verified.fault), url.text, 401, now);
    return;
  }
  if (!verified.has_key) {  // Step 12.
    reject(request, line, WebhookRejection::kKey, "no request key", {}, 401, now);
    return;
  }
  // Step 13.
  Webhook webhook;
  const Status parsed = provider.read_webhook(received, webhook);
  switch (memory_.replays.claim(verified.key, request, now)) {
    case ReplayWindow::Claim::kOwner: break;
    case ReplayWindow::Claim::kWait: {
      Waiting waiting{.request = request,
                      .line = line,
                      .document_number = webhook.event.document_number,
                      .retries = webhook.retries,
                      .instruction_fetch = webhook.event.instruction_fetch};
      (void)waiting.provider_call_id.assign(webhook.event.text(EventText::kProviderCallId));
      CHECK(waiting_.push(waiting) == Status::kOk);
      return;
    }
    case ReplayWindow::Claim::kReplay:
      observer_.webhook_replayed(line, now);
      if (parsed == Status::kOk && webhook.event.instruction_fetch) {
        (void)answer(request, line,
                     calls_.replay_document(line, webhook.event.text(EventText::kProviderCallId),
                                            webhook.event.document_number, webhook.retries),
                     now);
      } else {
        (void)answer(request, line, {}, now);
      }
      return;
  }
  if (parsed != Status::kOk) {  // Step 14.
    settle(verified.key, request, false, line, now);
    reject(request, line, WebhookRejection::kParse, "not a call's parameters", {}, 400, now);
    return;
  }
  webhook.event.line = line;
  webhook.event.request = verified.key;
  webhook.event.key = make_event_key(crypto_, config.id, verified.key, 0);
  webhook.event.ticket = tickets_.open({.kind = Ticket::Kind::kWebhook,
                                        .request = request,
                                        .line = line,
                                        .key = verified.key,
                                        .instruction_fetch = webhook.event.instruction_fetch});
  if (webhook.event.ticket == 0) {
    settle(verified.key, request, false, line, now);
    reject(request, line, WebhookRejection::kInbox, "too many wait", {}, 503, now);
    return;
  }
  if (webhook.event.type == EventType::kNone) {
    // Nothing for the call machine (B-WEB-6, B-EVT-6); a replay of it is one all the same.
    event_done(webhook.event.ticket, {.outcome = Outcome::kApplied}, now);
    return;
  }
  calls_.submit(webhook.event, webhook.speech, now);
}

void Webhooks::event_done(uint32_t number, const EventResult& result, Now now) {
  const Ticket* found = tickets_.find(number);
  if (found == nullptr) return;
  const Ticket ticket = *found;
  tickets_.close(number);
  switch (result.outcome) {
    case Outcome::kApplied:
    case Outcome::kDuplicate:
    case Outcome::kLate:
    case Outcome::kMismatch:
      // Before the answer: when it is written at once, written() finds its entry.
      settle(ticket.key, ticket.request, true, ticket.line, now);
      if (written_.full()) written_.erase(0);
      CHECK(written_.push({.request = ticket.request, .key = ticket.key}) == Status::kOk);
      if (!answer(ticket.request, ticket.line, result.document, now)) {
        // Its connection has gone: the answer was not written, so the key is free again (B-DED-6).
        (void)on_answer_sent(ticket.request, false, now);
      }
      return;
    case Outcome::kUnknownCall:
    case Outcome::kRetryable:
      settle(ticket.key, ticket.request, false, ticket.line, now);
      (void)answer(ticket.request, ticket.line, {}, now);
      return;
    case Outcome::kFailed:
      settle(ticket.key, ticket.request, false, ticket.line, now);
      answer_text(ticket.request, ticket.line, 500, {}, now);
      return;
    case Outcome::kBusy:
      settle(ticket.key, ticket.request, false, ticket.line, now);
      reject(ticket.request, ticket.line, WebhookRejection::kInbox, "the call's inbox is full", {},
             503, now);
      return;
  }
}

// Ends the ownership of a key and answers those who waited for it (B-DED-5).
void Webhooks::settle(const Key& key, RequestRef owner, bool processed, uint8_t line, Now now) {
  ReplayWindow::Waiters waiters;
  const bool owned = processed ? memory_.replays.answer(key, owner, waiters)
                               : memory_.replays.fail(key, owner, waiters);
  if (!owned) return;
  for (const RequestRef request : waiters) {
    for (size_t i = 0; i < waiting_.size(); ++i) {
      if (waiting_[i].request != request) continue;
      const Waiting waiting = waiting_[i];
      waiting_.erase(i);
      if (!processed) {
        answer_text(request, line, 500, {}, now);
      } else {
        observer_.webhook_replayed(line, now);
        (void)answer(request, line,
                     waiting.instruction_fetch
                         ? calls_.replay_document(line, waiting.provider_call_id,
                                                  waiting.document_number, waiting.retries)
                         : Document{},
                     now);
      }
      break;
    }
  }
}

bool Webhooks::on_answer_sent(RequestRef request, bool complete, Now now) {
  (void)now;
  for (size_t i = 0; i < written_.size(); ++i) {
    if (written_[i].request != request) continue;
    (void)memory_.replays.written(written_[i].key, request, complete);
    written_.erase(i);
    return true;
  }
  return false;
}

void Webhooks::on_gone(RequestRef request, Now now) {
  memory_.replays.forget_waiter(request);
  for (size_t i = 0; i < waiting_.size(); ++i) {
    if (waiting_[i].request != request) continue;
    waiting_.erase(i);
    return;
  }
  // An owner that has gone: the event goes on; its answer finds nobody, which frees the key
  // (B-DED-6).
  (void)now;
}

}  // namespace hookflash
