// Setting calls up and ending them, as Twilio does.
#include <cstdio>

#include "load.h"
#include "providers/twilio/carrier/stream_messages.h"

namespace hookflash::bench {
namespace {

using twilio::carrier::Field;
using twilio::carrier::Form;

// Those of the configuration that script/bench writes.
constexpr std::string_view kAccount = "AC00000000000000000000000000000001";
constexpr std::string_view kToken = "12345678901234567890123456789012";

std::string between(std::string_view text, std::string_view before, std::string_view after) {
  const size_t begin = text.find(before);
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin + before.size());
  return std::string(text.substr(0, text.find(after)));
}

std::string hex_id(std::string_view prefix, const std::string& run, size_t index) {
  char text[64];
  snprintf(text, sizeof text, "%016llx%016zx", std::stoull(run), index);
  return std::string(prefix) + text;
}

}  // namespace

std::string Load::post(const Caller& caller, std::string_view status) {
  const std::string url = options_.public_url + "/voice/webhook";
  const Field fields[] = {{"AccountSid", kAccount},     {"ApiVersion", "2010-04-01"},
                          {"CallSid", caller.call_sid}, {"CallStatus", status},
                          {"Direction", "inbound"},     {"From", "+15005550100"},
                          {"To", options_.number}};
  Form form;
  for (const Field& field : fields) (void)form.push(field);
  char body[1024];
  char signature[64];
  TextWriter body_text(body);
  TextWriter signature_text(signature);
  twilio::carrier::write_form(form, body_text);
  twilio::carrier::write_signature(crypto_, kToken, url, form, signature_text);
  Link link;
  const int64_t begin = now_us();
  if (!link.connect(options_.port, options_.tls)) return {};
  std::string request = "POST /voice/webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n";
  request += "Content-Type: application/x-www-form-urlencoded\r\nX-Twilio-Signature: ";
  request += signature_text.view();
  request += "\r\nContent-Length: " + std::to_string(body_text.size()) + "\r\n\r\n";
  request += body_text.view();
  if (!link.send(request)) return {};
  std::string answer = link.receive_all();
  webhook_.add(now_us() - begin);
  return answer;
}

std::string Load::place(Caller& caller, size_t index) {
  caller.call_sid = hex_id("CA", run_name_, index);
  caller.stream_sid = hex_id("MZ", run_name_, index);
  std::string token;
  if (!options_.bare) {
    const std::string answer = post(caller, "ringing");
    token = between(answer, "name=\"token\" value=\"", "\"");
    if (token.empty()) return "the webhook was answered " + answer.substr(0, answer.find('\r'));
  }
  const std::string_view target = options_.bare ? "/" : "/voice/stream";
  const std::string problem = caller.talker.open(options_.port, options_.tls, target, {});
  if (!problem.empty()) return problem;
  char text[1024];
  TextWriter connected(text);
  twilio::carrier::write_connected(connected);
  caller.talker.send(connected.view());
  const Field parameters[] = {{"token", token}};
  TextWriter start(text);
  twilio::carrier::write_start({.account_sid = kAccount,
                                .stream_sid = caller.stream_sid,
                                .call_sid = caller.call_sid,
                                .parameters = parameters},
                               1, start);
  caller.talker.send(start.view());
  return {};
}

void Load::hang_up(Caller& caller) {
  if (options_.bare || !caller.talker.link.open()) return;
  char text[512];
  TextWriter stop(text);
  twilio::carrier::write_stop(kAccount, caller.call_sid, caller.stream_sid, ++caller.sequence,
                              stop);
  caller.talker.send(stop.view());
  if (post(caller, "completed").empty()) failed_ = true;
}

}  // namespace hookflash::bench
