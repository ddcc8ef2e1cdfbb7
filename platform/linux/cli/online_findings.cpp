#include "platform/linux/cli/online_findings.h"

#include "json/document.h"
#include "platform/linux/cli/box_access.h"
#include "platform/linux/cli/static_memory.h"

namespace hookflash::cli {
namespace {

constexpr size_t kShownMax = 300;

// A text of the carrier as it may be shown.
std::string shown(std::string_view text) {
  return plain(text.substr(0, kShownMax)) + (text.size() > kShownMax ? "..." : "");
}

std::string_view without_fragment(std::string_view url) { return url.substr(0, url.find('#')); }

class Report {
 public:
  Report(std::string_view line, std::string_view subject, std::vector<Finding>& out)
      : line_(line), subject_(subject), out_(out) {}
  void good(std::string text) const { add(Finding::Result::kGood, std::move(text)); }
  void warning(std::string text) const { add(Finding::Result::kWarning, std::move(text)); }
  void wrong(std::string text) const { add(Finding::Result::kWrong, std::move(text)); }

 private:
  void add(Finding::Result result, std::string text) const {
    out_.push_back({result, std::string(line_), std::string(subject_), std::move(text)});
  }
  std::string_view line_;
  std::string_view subject_;
  std::vector<Finding>& out_;
};

// The entry of exactly this number: the carrier's filter also finds numbers that contain it.
json::Value find_number(json::Value root, std::string_view number) {
  for (const json::Value entry : root.member("incoming_phone_numbers").values()) {
    if (entry.member("phone_number").text() == number) return entry;
  }
  return {};
}

void judge_webhook(json::Value entry, const std::string& number, std::string_view expected,
                   const Report& report) {
  const std::string_view app = entry.member("voice_application_sid").text();
  const std::string_view trunk = entry.member("trunk_sid").text();
  if (!app.empty() || !trunk.empty()) {
    report.wrong(number + " is answered by " +
                 (trunk.empty() ? "the TwiML App " + shown(app) : "the SIP trunk " + shown(trunk)) +
                 ", not by its own webhook; take that out of the number's settings");
    return;
  }
  const std::string_view set = entry.member("voice_url").text();
  const std::string_view method = entry.member("voice_method").text();
  if (set.empty()) {
    report.wrong(number + " has no webhook (\"A call comes in\"); it should be " +
                 std::string(expected));
    return;
  }
  if (without_fragment(set) != without_fragment(expected)) {
    report.wrong(number + " calls " + shown(set) + "; it should be " + std::string(expected));
    return;
  }
  if (!method.empty() && method != "POST") {
    report.wrong(number + " calls its webhook with HTTP " + shown(method) + "; it should be POST");
    return;
  }
  report.good("the webhook of " + number + " is this box's");
  if (set != expected) {
    report.warning("the webhook of " + number + " lacks " +
                   std::string(expected.substr(without_fragment(expected).size())) +
                   " at its end, so Twilio does not repeat a request that failed");
  }
  const std::string_view status = entry.member("status_callback").text();
  if (without_fragment(status) != without_fragment(expected)) {
    report.warning("the status callback of " + number +
                   " is not the webhook's URL, so the box hears of some ends late");
  }
}

}  // namespace

std::string_view word_of(Finding::Result result) {
  switch (result) {
    case Finding::Result::kGood: return "good";
    case Finding::Result::kWarning: return "warning";
    case Finding::Result::kWrong: return "wrong";
  }
  return "wrong";
}

void judge_numbers(const Reply& reply, std::string_view line, std::string_view number_text,
                   std::string_view expected, std::string_view host, std::vector<Finding>& out) {
  const Report credentials(line, "credentials", out);
  const Report webhook(line, "webhook", out);
  if (reply.status == 0) {
    credentials.wrong("could not be tried: " + std::string(host) + ": " +
                      std::string(reason_of(reply.failure)));
    return;
  }
  json::Document document(appliance_memory().scratch);
  const bool readable = ok(document.parse(reply.body));
  const std::string status = "HTTP " + std::to_string(reply.status);
  if (reply.status == 401) {
    credentials.wrong(
        "the carrier refuses them (" + status +
        "): accountSid with authToken, or apiKeySid with apiKeySecret, are not right (each region "
        "has its own)");
    return;
  }
  if (reply.status == 403 || reply.status == 404) {
    credentials.wrong("the carrier does not let them read the account's numbers (" + status +
                      "): a key without that right, a closed account, or another accountSid");
    return;
  }
  if (reply.status == 429) {
    credentials.warning("could not be tried: the carrier wants fewer requests (" + status + ")");
    return;
  }
  if (reply.status != 200 || !readable ||
      !document.root().member("incoming_phone_numbers").is_array()) {
    credentials.wrong("could not be tried: " + std::string(host) +
                      " gave no answer of a carrier (" + status + ")");
    return;
  }
  credentials.good("the carrier takes them");
  const std::string number(number_text);
  if (number.empty()) {
    webhook.warning("not looked at: the line has no fromNumber");
    return;
  }
  const json::Value entry = find_number(document.root(), number);
  if (!entry.is_set()) {
    webhook.wrong(number + " is no number of this account, so nobody can call it here");
    return;
  }
  judge_webhook(entry, number, expected, webhook);
}

std::string instance_of(const Reply& reply) {
  json::Document document(appliance_memory().scratch);
  if ((reply.status != 200 && reply.status != 503) || !ok(document.parse(reply.body))) return {};
  return std::string(document.root().member("instance").text());
}

void judge_public_url(const Reply& health, const Reply& webhook, std::string_view instance,
                      std::string_view line, std::string_view url_text, std::vector<Finding>& out) {
  const Report report(line, "publicUrl", out);
  const std::string url(url_text);
  if (health.status == 0 && webhook.status == 0) {
    report.wrong(url + " cannot be reached: " + std::string(reason_of(webhook.failure)));
    return;
  }
  const std::string there = instance_of(health);
  if (!instance.empty() && !there.empty() && there != instance) {
    report.wrong(url + " reaches another box than the one that runs here");
    return;
  }
  const std::string status = webhook.status == 0 ? std::string(reason_of(webhook.failure))
                                                 : "HTTP " + std::to_string(webhook.status);
  // A request with a good signature and no call in it is verified and then refused with 400.
  if (webhook.status == 401) {
    report.wrong(url + " is reached, but signatures are refused there (" + status +
                 "): another authToken, or a proxy that changes the path or query");
    return;
  }
  if (webhook.status != 400) {
    report.wrong(url + " answers, but not as a box does (" + status +
                 "): is the tunnel or proxy up, and does it pass this path on?");
    return;
  }
  if (instance.empty()) {
    report.warning(url +
                   (there.empty() ? " reaches something that refuses an empty request"
                                  : " reaches a running box") +
                   ", but the one of this configuration does not run here; start it and check "
                   "again");
  } else if (there.empty()) {
    report.warning(url +
                   " takes our signatures, but /health is not passed on there, so it may be "
                   "another box of the same account");
  } else {
    report.good(url + " reaches this box, and signatures are right");
  }
}

}  // namespace hookflash::cli
