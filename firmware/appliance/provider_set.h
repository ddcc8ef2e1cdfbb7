#pragma once

#include <array>

#include "config/config.h"
#include "http/request_head.h"
#include "providers/provider.h"
#include "providers/twilio/provider.h"

// The carriers of this build. Nothing else under firmware names one of them.
namespace hookflash {

struct BuiltInProvider {
  ProviderKind kind;
  const Provider* provider;
};

// The first one's stream messages are spoken where an upgrade request names nobody.
inline constexpr std::array<BuiltInProvider, 1> kProviders = {
    {{.kind = ProviderKind::kTwilio, .provider = &twilio::kProvider}}};

// nullptr: not in this build.
inline const Provider* provider_of(ProviderKind kind) {
  for (const BuiltInProvider& built_in : kProviders) {
    if (built_in.kind == kind) return built_in.provider;
  }
  return nullptr;
}

// Who seems to be at the other end of a media stream. Nothing is proven by it: the start message's
// token decides.
inline const MediaDialect& media_dialect_of(const RequestHead& head) {
  for (const BuiltInProvider& built_in : kProviders) {
    const MediaDialect& dialect = built_in.provider->media();
    if (!dialect.handshake_header.empty() && !head.header(dialect.handshake_header).empty()) {
      return dialect;
    }
  }
  return kProviders.front().provider->media();
}

}  // namespace hookflash
