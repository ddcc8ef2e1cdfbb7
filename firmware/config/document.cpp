#include "config/describe.h"
#include "config/field.h"

namespace hookflash {
namespace {

constexpr std::string_view kExample = R"({
  "publicUrl": "https://calls.example.com",
  "lines": [
    {
      "id": "main",
      "provider": "twilio",
      "fromNumber": "+15551234567",
      "accountSid": "AC00000000000000000000000000000000",
      "authToken": "0123456789abcdef0123456789abcdef"
    }
  ],
  "inboundPolicy": "allowlist",
  "allowFrom": ["+15557654321"],
  "app": "bot",
  "apps": {
    "bot": {
      "protocol": "twilio",
      "url": "wss://bot.example.com/stream",
      "params": {"tenant": "7"},
      "fallback": "sorry"
    },
    "sorry": {"protocol": "announce", "file": "/etc/hookflash/sorry.wav"}
  },
  "numbers": {
    "+15551234567": {"greeting": "Hello, you have reached the front desk."}
  },
  "api": {"token": "a-long-random-text-of-32-or-more-characters"}
}
)";

constexpr std::string_view kIntroduction = R"(# Configuration

This document is generated from the table of keys in `firmware/config/fields.cpp`; a test notices when it is stale.

The configuration is one JSON object in one file (`--config`, by default `/etc/hookflash/config.json`), at most 256 KiB.
`hookflash check` reads it and names everything that is wrong in one go: the place, what was expected, and for an
unknown key the nearest known one. SIGHUP makes a running box read it again: a configuration with errors changes
nothing, an accepted one holds for new calls only. Calls that are live keep the values they began with, and a line that
has calls keeps its provider, account and region: give another account a line of its own.

A small one:

```json
)";

constexpr std::string_view kRules = R"(```

- A key that is left out has its default. `null` is not a value.
- Keys marked *per line* can stand at the top, for all lines, and inside an entry of `lines` under the same name, for
  that line: the line wins. (`lines[].streaming.enabled`, `lines[].serve.path`.)
- Keys marked *restart* take effect at the next start only.
- Keys marked *secret* are never shown again, in no log, answer or error message.
- A line that lacks credentials or a fit `publicUrl`, or whose carrier this build does not have, does not start; one
  message names everything that is missing, and the other lines start.
)";

constexpr std::string_view kChecks = R"(
## Checks across keys

Errors:

- Every line has its own `id` and its own `serve.path`; paths differ from `streaming.streamPath` and from the box's other
  routes.
- `skipSignatureVerification` is taken only while `serve.bind` is a loopback address and `publicUrl` is unset or loopback.
- `inboundPolicy` `pairing` is not available yet; `allowlist` is the alternative. So is protocol `openai-realtime`.
- `outbound.reservedCalls` is less than `maxConcurrentCalls`.
- `serve.tls.certFile` and `.keyFile`, and `apiKeySid` and `apiKeySecret`, come in pairs.
- Apps that are named exist; a chain of fallbacks ends.
- Region `ie1` or `au1` needs an `edge`.

Warnings:

- `staleCallReaperSeconds` above 0 and below `maxDurationSeconds`: healthy calls are ended.
- A Twilio line with streams whose `publicUrl` has another port than 443.
- A line without `fromNumber`, an empty `allowFrom` under `allowlist`, no `api.token` on a box that listens beyond
  loopback, `apiBaseUrl`, a `maxDurationSeconds` above 14,400.
- A key that the line's provider or the app's protocol cannot honour.
)";

struct Section {
  Scope scope;
  std::string_view title;
  std::string_view prefix;
  std::string_view words;
};

constexpr Section kSections[] = {
    {Scope::kGeneral, "Keys at the top", "", ""},
    {Scope::kLine, "Lines", "lines[].", "An array of at most 8 objects, one for each line.\n\n"},
    {Scope::kApp, "Apps", "apps.{name}.",
     "An object of at most 16 apps by name (letters, digits, - and _; not `hangup`). `echo` and "
     "`tone` exist without an entry.\n\n"},
    {Scope::kNumber, "Numbers", "numbers.{number}.",
     "An object of at most 64 entries by dialled number in E.164, for inbound calls to it. A later "
     "`routes` will replace it.\n\n"},
};
static_assert(limits::kLinesMax == 8 && limits::kAppsMax == 16 && limits::kNumbersMax == 64);

void write_default(const Field& field, TextWriter& out) {
  if (field.required) {
    out.put("required");
    return;
  }
  if (!field.document_default.empty()) {
    out.put(field.document_default);
    return;
  }
  switch (field.access.type) {
    case FieldType::kBoolean: out.put(field.default_number != 0 ? "true" : "false"); return;
    case FieldType::kInteger: out.number(field.default_number); return;
    case FieldType::kChoice:
      out.put(field.words[static_cast<size_t>(field.default_number)]);
      return;
    default: out.put(field.default_text.empty() ? "unset" : field.default_text);
  }
}

void write_range(const Field& field, TextWriter& out) {
  if (!field.document_range.empty()) {
    out.put(field.document_range);
    return;
  }
  switch (field.access.type) {
    case FieldType::kBoolean: out.put("true, false"); return;
    case FieldType::kInteger:
      out.number(field.min).put(" to ").number(field.max);
      if (!field.unit.empty()) out.put(" ").put(field.unit);
      if (field.step > 1) out.put(" in steps of ").number(field.step);
      return;
    case FieldType::kChoice: {
      bool first = true;
      for (const std::string_view word : field.words) {
        if (word.empty()) continue;
        if (!first) out.put(", ");
        first = false;
        out.put(word);
      }
      return;
    }
    default: break;
  }
  if (field.access.items_max > 1) {
    out.put("array of at most ").number(field.access.items_max).put("; ");
  }
  switch (field.format) {
    case Format::kE164: out.put("E.164"); return;
    case Format::kAddress: out.put("IP address"); return;
    case Format::kHost: out.put("host name or address"); return;
    case Format::kPath: out.put("path without a slash at the end"); return;
    default: out.put("at most ").number(field.access.bytes_max).put(" bytes");
  }
}

void write_row(const Field& field, std::string_view prefix, TextWriter& out) {
  out.put("| `").put(prefix).put(field.key).put("` | ");
  write_default(field, out);
  out.put(" | ");
  write_range(field, out);
  out.put(" | ").put(field.help);
  if (field.scope == Scope::kEither) out.put(" *Per line.*");
  if (field.restart) out.put(" *Restart.*");
  if (field.secret()) out.put(" *Secret.*");
  if (field.providers != 0) {
    std::string_view before = " Only ";
    for (const ProviderKind provider : {ProviderKind::kTwilio, ProviderKind::kPlivo,
                                        ProviderKind::kTelnyx, ProviderKind::kMock}) {
      if ((field.providers & only(provider)) == 0) continue;
      out.put(before).put(name_of(provider));
      before = ", ";
    }
    out.put(".");
  }
  out.put(" |\n");
}

}  // namespace

std::string_view example_config() { return kExample; }

void write_config_document(TextWriter& out) {
  out.put(kIntroduction).put(kExample).put(kRules);
  for (const Section& section : kSections) {
    out.put("\n## ").put(section.title).put("\n\n").put(section.words);
    out.put("| Key | Default | Range | Meaning |\n| --- | --- | --- | --- |\n");
    for (const Field& field : config_fields()) {
      const bool here = field.scope == section.scope ||
                        (section.scope == Scope::kGeneral && field.scope == Scope::kEither);
      if (here) write_row(field, section.prefix, out);
    }
    if (section.scope == Scope::kApp) {
      out.put("| `apps.{name}.params` | {} | object of at most ")
          .number(limits::kAppParamsMax)
          .put(
              " texts; names of 64 bytes, values of 400 | With protocol twilio they reach the "
              "application in the stream's `start.customParameters`. |\n");
    }
  }
  out.put(kChecks);
}

}  // namespace hookflash
