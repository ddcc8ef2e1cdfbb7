// The REST API of Twilio as far as an appliance uses it (twilio.md 1).
#include <charconv>

#include "base/base64.h"
#include "base/constant_time.h"
#include "providers/twilio/carrier/carrier.h"
#include "providers/twilio/carrier/stream_messages.h"

namespace hookflash::twilio::carrier {
namespace {

constexpr std::string_view kCreateParameters =
    " To From Url Method Twiml ApplicationSid FallbackUrl FallbackMethod StatusCallback "
    "StatusCallbackMethod StatusCallbackEvent SendDigits Timeout TimeLimit Record "
    "RecordingChannels "
    "RecordingTrack RecordingStatusCallback RecordingStatusCallbackMethod "
    "RecordingStatusCallbackEvent Trim MachineDetection MachineDetectionTimeout "
    "MachineDetectionSpeechThreshold MachineDetectionSpeechEndThreshold "
    "MachineDetectionSilenceTimeout AsyncAmd AsyncAmdStatusCallback AsyncAmdStatusCallbackMethod "
    "SipAuthUsername SipAuthPassword CallerId CallReason CallToken Byoc ClientNotificationUrl ";
constexpr std::string_view kUpdateParameters =
    " Status Url Method Twiml FallbackUrl FallbackMethod StatusCallback StatusCallbackMethod "
    "TimeLimit ";

bool is_e164(std::string_view text) {
  if (text.size() < 3 || text.size() > 16 || text[0] != '+' || text[1] < '1' || text[1] > '9') {
    return false;
  }
  return text.substr(1).find_first_not_of("0123456789") == std::string_view::npos;
}

bool read_seconds(std::string_view text, int most, Duration& out) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > most) {
    return false;
  }
  out = Duration::seconds(value);
  return true;
}

uint8_t event_bit(std::string_view word) {
  if (word == "initiated") return kOnInitiated;
  if (word == "ringing") return kOnRinging;
  if (word == "answered") return kOnAnswered;
  if (word == "completed") return kOnCompleted;
  return 0;
}

bool is_callback_url(std::string_view text) {
  const auto url = parse_url(text);
  return url.ok() && text.size() <= kUrlBytesMax && url->scheme.starts_with("http") &&
         url->host.find('_') == std::string_view::npos;
}

std::string_view field_or(const Form& form, std::string_view name, std::string_view fallback = {}) {
  const std::string_view* const value = find_field(form, name);
  return value != nullptr ? *value : fallback;
}

void write_member(std::string_view name, std::string_view value, TextWriter& out) {
  out.put('"').put(name).put("\":");
  write_json_text(value, out);
  out.put(',');
}

void write_time(std::string_view name, WallTime time, TextWriter& out) {
  out.put('"').put(name).put("\":");
  if (time.is_set()) {
    out.put('"');
    write_rfc2822(time, out);
    out.put("\",");
  } else {
    out.put("null,");
  }
}

}  // namespace

void Carrier::handle_rest(const RestRequest& request, Now now) {
  fault_ = nullptr;
  serve(request, now);
}

bool Carrier::signed_in(std::string_view authorization) const {
  if (!authorization.starts_with("Basic ")) return false;
  uint8_t memory[256];
  const auto size = base64_decode(authorization.substr(6), memory);
  if (!size.ok()) return false;
  const std::string_view pair = text_of(Bytes(memory, *size));
  const size_t colon = pair.find(':');
  if (colon == std::string_view::npos) return false;
  const auto matches = [&](std::string_view user, std::string_view password) {
    return !user.empty() && pair.substr(0, colon) == user &&
           equal_constant_time(bytes_of(pair.substr(colon + 1)), bytes_of(password));
  };
  return matches(settings_.account_sid, settings_.auth_token) ||
         matches(settings_.api_key_sid, settings_.api_key_secret);
}

// The fault that hits this request, if one does. kStatus, kLost and kSilent replace the answer.
const RestFault* Carrier::strike(Operation operation) {
  const RestFault& fault = operation == Operation::kCreate ? settings_.create
                           : operation == Operation::kRead ? settings_.read
                                                           : settings_.update;
  return strikes(fault.permille) ? &fault : nullptr;
}

void Carrier::serve(const RestRequest& request, Now now) {
  if (!signed_in(request.authorization)) {
    reply_error(request, 401, 20003, "Authenticate", now);
    return;
  }
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  const std::string_view query =
      path.size() < request.target.size() ? request.target.substr(path.size() + 1) : "";
  constexpr std::string_view kRoot = "/2010-04-01/Accounts/";
  const bool known = path.starts_with(kRoot) &&
                     path.substr(kRoot.size()).starts_with(settings_.account_sid.view());
  if (!known) {
    reply_error(request, 404, 20404, "The requested resource was not found", now);
    return;
  }
  std::string_view rest = path.substr(kRoot.size() + settings_.account_sid.size());
  const bool get = request.method == "GET";
  const bool post = request.method == "POST";
  if (!get && !post) {
    reply_error(request, 405, 20004, "Method not allowed", now);
    return;
  }
  if (rest == ".json" && get) {
    fault_ = strike(Operation::kRead);
    char memory[512];
    TextWriter out(memory);
    out.put('{');
    write_member("sid", settings_.account_sid, out);
    write_member("friendly_name", "Simulated account", out);
    out.put(R"("status":"active","type":"Full"})");
    reply(request, 200, out.view(), now);
    return;
  }
  if (rest == "/IncomingPhoneNumbers.json" && get) {
    list_numbers(request, query, now);
    return;
  }
  Form form;
  if (post) {
    const std::string_view type = request.content_type.substr(0, request.content_type.find(';'));
    if (type != "application/x-www-form-urlencoded" ||
        read_form(request.body, decoded_, form) != Status::kOk) {
      reply_error(request, 400, 20001, "The body is not a form", now);
      return;
    }
  }
  if (rest == "/Calls.json" && post) {
    create_call(request, form, now);
    return;
  }
  constexpr std::string_view kCalls = "/Calls/";
  constexpr std::string_view kJson = ".json";
  if (rest.starts_with(kCalls) && rest.ends_with(kJson) &&
      rest.size() == kCalls.size() + kSidBytes + kJson.size()) {
    const Call* const found = find_sid(rest.substr(kCalls.size(), kSidBytes));
    fault_ = strike(get ? Operation::kRead : Operation::kUpdate);
    const bool stopped = fault_ != nullptr && fault_->what != RestFault::What::kNone;
    if (stopped && !fault_->executed) {
      reply(request, 200, "", now);  // Replaced by the fault.
    } else if (found == nullptr) {
      reply_error(request, 404, 20404, "The requested resource was not found", now);
    } else if (get) {
      reply_call(request, 200, *found, now);
    } else {
      update_call(request, calls_[found->ref.index], form, now);
    }
    return;
  }
  reply_error(request, 404, 20404, "The requested resource was not found", now);
}

bool Carrier::check_names(const Form& form, std::string_view known) {
  bool good = true;
  for (const Field& field : form) {
    char memory[128];
    TextWriter word(memory);
    word.put(' ').put(field.name).put(' ');
    if (!word.overflowed() && known.find(word.view()) != std::string_view::npos) continue;
    ++undocumented_;
    good = false;
  }
  return good;
}

void Carrier::create_call(const RestRequest& request, const Form& form, Now now) {
  fault_ = strike(Operation::kCreate);
  if (fault_ != nullptr && fault_->what != RestFault::What::kNone && !fault_->executed) {
    reply(request, 201, "", now);  // Replaced by the fault.
    return;
  }
  check_names(form, kCreateParameters);
  const auto refuse = [&](uint32_t code, std::string_view message) {
    reply_error(request, 400, code, message, now);
  };
  const std::string_view to = field_or(form, "To");
  const std::string_view from = field_or(form, "From");
  const std::string_view url = field_or(form, "Url");
  const std::string_view twiml = field_or(form, "Twiml");
  const std::string_view status_callback = field_or(form, "StatusCallback");
  const std::string_view fallback = field_or(form, "FallbackUrl");
  const std::string_view digits = field_or(form, "SendDigits");
  const std::string_view* const timeout = find_field(form, "Timeout");
  const std::string_view* const time_limit = find_field(form, "TimeLimit");
  Duration ring_limit = Duration::seconds(60);
  Duration limit;
  if (to.empty()) return refuse(21201, "No 'To' number is specified");
  if (from.empty()) return refuse(21213, "'From' phone number is required");
  if (!is_e164(to) && !to.starts_with("sip:") && !to.starts_with("client:")) {
    return refuse(21211, "The 'To' number is not a valid phone number");
  }
  bool ours = false;
  for (const Number& number : settings_.numbers) ours = ours || number.phone == from;
  if (!ours) return refuse(21210, "The source phone number is not verified for this account");
  if (url.empty() && twiml.empty()) return refuse(21205, "Url or Twiml is required");
  if (!url.empty() && !is_callback_url(url)) return refuse(21205, "Url is not a valid URL");
  if (twiml.size() > 4000) return refuse(21627, "Twiml is over 4000 characters");
  if (!fallback.empty() && !is_callback_url(fallback)) return refuse(21624, "Invalid FallbackUrl");
  if (!status_callback.empty() && !is_callback_url(status_callback)) {
    return refuse(21609, "Invalid StatusCallback");
  }
  if (digits.size() > 32 ||
      digits.find_first_not_of("0123456789ABCD#*wW") != std::string_view::npos) {
    return refuse(21221, "Invalid SendDigits");
  }
  if (timeout != nullptr && !read_seconds(*timeout, 600, ring_limit)) {
    return refuse(21217, "Invalid Timeout");
  }
  if (time_limit != nullptr && !read_seconds(*time_limit, 86'400, limit)) {
    return refuse(21217, "Invalid TimeLimit");
  }
  if (to.size() > kNumberBytesMax) return refuse(21211, "The 'To' number is not valid");
  uint8_t events = 0;
  for (const Field& field : form) {
    if (field.name == "StatusCallbackEvent") events |= event_bit(field.value);
  }

  Call* const call = acquire(now);
  if (call == nullptr) {
    reply_error(request, 429, 20429, "Too many calls", now);
    return;
  }
  ++created_;
  call->direction = CallDirection::kOutboundApi;
  call->state = CallState::kQueued;
  call->to.set(to);
  call->from.set(from);
  call->url.set(url);
  if (url.empty()) call->inline_twiml.set(twiml);
  call->fallback_url.set(fallback);
  call->status_callback.set(status_callback);
  call->get = field_or(form, "Method", "POST") == "GET";
  call->fallback_get = field_or(form, "FallbackMethod", "POST") == "GET";
  call->status_get = field_or(form, "StatusCallbackMethod", "POST") == "GET";
  if (!status_callback.empty()) call->status_events = events != 0 ? events : kOnCompleted;
  call->send_digits.set(digits);
  call->ring_limit = ring_limit;
  if (limit > Duration()) call->time_limit = limit;
  call->person = outlet_.callee(to);
  call->speech_at = call->person.speech_offset;
  call->progress_at = now.mono + settings_.queue_time;
  char memory[192];
  TextWriter line(memory);
  line.put("call from ").put(from).put(" to ").put(to).put(" created over REST");
  tell(*call, StoryEvent::Kind::kPlaced, line.view(), now);
  reply_call(request, 201, *call, now);
  arm(*call);
}

void Carrier::update_call(const RestRequest& request, Call& call, const Form& form, Now now) {
  check_names(form, kUpdateParameters);
  const std::string_view status = field_or(form, "Status");
  const std::string_view url = field_or(form, "Url");
  const std::string_view twiml = field_or(form, "Twiml");
  if (!status.empty() && status != "completed" && status != "canceled") {
    reply_error(request, 400, 21218, "Invalid Status", now);
    return;
  }
  const bool live_call = is_live(call.state);
  if (!live_call && settings_.ended_call_is_gone && !status.empty()) {
    reply_error(request, 404, 20404, "The requested resource was not found", now);
    return;
  }
  const bool cancel = status == "canceled";
  const bool in_progress = call.state == CallState::kInProgress;
  if (!live_call || (cancel && in_progress) || (status.empty() && !in_progress)) {
    reply_error(request, 400, 21220, "Call is not in-progress. Cannot redirect.", now);
    return;
  }
  if (!status.empty()) {
    tell(call, StoryEvent::Kind::kRest, "hang-up over REST", now);
    end(call, in_progress ? CallState::kCompleted : CallState::kCanceled, "ended over REST", now);
  } else if (!url.empty() || !twiml.empty()) {
    if (!url.empty() ? !is_callback_url(url) : twiml.size() > 4000) {
      reply_error(request, 400, 21205, "Invalid Url or Twiml", now);
      return;
    }
    tell(call, StoryEvent::Kind::kRest, "new instructions over REST", now);
    interrupt(call, now);
    if (!url.empty()) {
      request_document(call, url, field_or(form, "Method", "POST") == "GET", now);
    } else {
      char memory[256];
      TextWriter line(memory);
      line.put("inline document");
      take_document(call, twiml, line, now);
    }
  }
  reply_call(request, 200, call, now);
  arm(call);
}

void Carrier::list_numbers(const RestRequest& request, std::string_view query, Now now) {
  fault_ = strike(Operation::kRead);
  Form form;
  if (read_form(query, decoded_, form) != Status::kOk) {
    reply_error(request, 400, 20001, "Invalid query", now);
    return;
  }
  const std::string_view wanted = field_or(form, "PhoneNumber");
  TextWriter out(body_);
  out.put(R"({"incoming_phone_numbers":[)");
  size_t count = 0;
  for (size_t i = 0; i < settings_.numbers.size() && count < 8; ++i) {
    const Number& number = settings_.numbers[i];
    if (!wanted.empty() && number.phone.view() != wanted) continue;
    if (count++ > 0) out.put(',');
    out.put(R"({"sid":"PN000000000000000000000000000000)");
    out.put(static_cast<char>('0' + i / 10)).put(static_cast<char>('0' + i % 10)).put("\",");
    write_member("account_sid", settings_.account_sid, out);
    write_member("phone_number", number.phone, out);
    write_member("friendly_name", number.phone, out);
    write_member("voice_url", number.voice_url, out);
    write_member("voice_method", number.voice_method.empty() ? "POST" : number.voice_method.view(),
                 out);
    write_member("voice_fallback_url", number.fallback_url, out);
    write_member("status_callback", number.status_callback, out);
    out.put(R"("capabilities":{"voice":true,"SMS":false,"MMS":false}})");
  }
  out.put(R"(],"page":0,"page_size":50,"next_page_uri":null})");
  reply(request, 200, out.view(), now);
}

void Carrier::reply_call(const RestRequest& request, uint16_t status, const Call& call, Now now) {
  char memory[3072];
  TextWriter out(memory);
  out.put('{');
  write_member("sid", call.sid, out);
  write_member("account_sid", settings_.account_sid, out);
  write_member("api_version", "2010-04-01", out);
  write_member("to", call.to, out);
  write_member("to_formatted", call.to, out);
  write_member("from", call.from, out);
  write_member("from_formatted", call.from, out);
  write_member("status", word_of(call.state), out);
  write_member("direction", call.direction == CallDirection::kInbound ? "inbound" : "outbound-api",
               out);
  write_time("date_created", call.began_wall, out);
  write_time("date_updated", now.wall, out);
  write_time("start_time", call.answered_wall, out);
  write_time("end_time", call.ended_wall, out);
  out.put(R"("duration":)");
  if (is_live(call.state)) {
    out.put("null,");
  } else {
    const bool connected = call.answered.is_set();
    out.put('"').number(connected ? (call.ended - call.answered).seconds() : 0).put("\",");
  }
  out.put(R"("parent_call_sid":null,"phone_number_sid":null,"price":null,"price_unit":"USD",)");
  out.put(R"("answered_by":null,"forwarded_from":null,"group_sid":null,"caller_name":null,)");
  out.put(R"("queue_time":"0","trunk_sid":null,"uri":"/2010-04-01/Accounts/)");
  out.put(settings_.account_sid)
      .put("/Calls/")
      .put(call.sid)
      .put(R"(.json","subresource_uris":{}})");
  CHECK(!out.overflowed());
  reply(request, status, out.view(), now);
}

void Carrier::reply_error(const RestRequest& request, uint16_t status, uint32_t code,
                          std::string_view message, Now now) {
  char memory[512];
  TextWriter out(memory);
  out.put(R"({"code":)").number(code).put(R"(,"message":)");
  write_json_text(message, out);
  out.put(R"(,"more_info":"https://www.twilio.com/docs/errors/)").number(code);
  out.put(R"(","status":)").number(status).put('}');
  CHECK(!out.overflowed());
  reply(request, status, out.view(), now);
}

void Carrier::reply(const RestRequest& request, uint16_t status, std::string_view body, Now now) {
  char memory[256];
  Duration delay;
  if (fault_ != nullptr) {
    delay = fault_->delay;
    switch (fault_->what) {
      case RestFault::What::kNone: break;
      case RestFault::What::kSilent: return;
      case RestFault::What::kLost:
        status = 0;
        body = {};
        break;
      case RestFault::What::kStatus: {
        status = fault_->status;
        TextWriter out(memory);
        out.put(R"({"code":)").number(fault_->code).put(R"(,"message":"A fault on request",)");
        out.put(R"("more_info":"","status":)").number(status).put('}');
        body = out.view();
        break;
      }
    }
  }
  PendingReply pending;
  if (delay > Duration() && pending.body.assign(body) == Status::kOk) {
    pending.id = request.id;
    pending.status = status;
    pending.due = now.mono + delay;
    if (replies_.push(pending) == Status::kOk) return;
  }
  outlet_.reply({request.id, status, body});
}

}  // namespace hookflash::twilio::carrier
