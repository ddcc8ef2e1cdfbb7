#include "config/readiness.h"

#include "base/check.h"
#include "config/formats.h"

namespace hookflash {
namespace {

void need(Readiness& readiness, bool there, std::string_view key) {
  if (!there) CHECK(readiness.missing.push(key) == Status::kOk);
}

// Carriers reach nothing but https on the public internet.
bool is_public_url(const LineConfig& line) {
  const std::string_view url = line.values.public_url;
  return url.size() > 8 && (url[4] == 's' || url[4] == 'S') && reach_of_url(url) == Reach::kPublic;
}

}  // namespace

Readiness readiness_of(const LineConfig& line) {
  Readiness readiness;
  readiness.enabled = line.enabled;
  readiness.built_in = is_provider_built_in(line.provider);
  const bool real = line.provider != ProviderKind::kMock && line.provider != ProviderKind::kNone;
  if (real && !is_bench_line(line)) need(readiness, is_public_url(line), "publicUrl");
  switch (line.provider) {
    case ProviderKind::kTwilio:
      need(readiness, line.account_sid.is_set(), "accountSid");
      need(readiness, !line.auth_tokens.empty(), "authToken");
      break;
    case ProviderKind::kPlivo:
      need(readiness, line.auth_id.is_set(), "authId");
      need(readiness, !line.auth_tokens.empty(), "authToken");
      break;
    case ProviderKind::kTelnyx:
      need(readiness, line.api_key.is_set(), "apiKey");
      need(readiness, line.connection_id.is_set(), "connectionId");
      need(readiness, line.public_key.is_set() || line.values.skip_signature_verification,
           "publicKey");
      break;
    case ProviderKind::kMock:
    case ProviderKind::kNone: break;
  }
  return readiness;
}

void write_readiness(const LineConfig& line, const Readiness& readiness, TextWriter& out) {
  if (!readiness.built_in) {
    out.put(name_of(line.provider)).put(" is not available in this build yet");
    if (!readiness.missing.empty()) out.put("; ");
  }
  for (size_t i = 0; i < readiness.missing.size(); ++i) {
    const std::string_view key = readiness.missing[i];
    out.put(i == 0 ? "missing: " : ", ").put(key);
    if (key != "publicUrl") continue;
    out.put(line.values.public_url.empty()
                ? " (https, reachable from the internet)"
                : " (the one given is not https or not reachable from the internet)");
  }
}

}  // namespace hookflash
