#include "platform/linux/cli/journal_lines.h"

#include <cstdio>

#include "base/hex.h"
#include "call/box_items.h"
#include "platform/linux/cli/box_access.h"
#include "report/time_text.h"

namespace hookflash::cli {
namespace {

constexpr std::array kIntents = {
    std::pair{Intent::kAnswer, "answer"}, std::pair{Intent::kRefuse, "refuse"},
    std::pair{Intent::kHangup, "hangup"}, std::pair{Intent::kCompensate, "compensate"},
    std::pair{Intent::kSpeak, "speak"},   std::pair{Intent::kDial, "dial"},
};

}  // namespace

std::string_view name_of(ItemType type) {
  switch (type) {
    case ItemType::kNone: break;
    case ItemType::kCore: return "call";
    case ItemType::kTranscriptLine: return "line";
    case ItemType::kCallEventKeys: return "call-keys";
    case ItemType::kEventKeys: return "keys";
    case ItemType::kRequestKey: return "request";
    case ItemType::kMessage: return "message";
    case ItemType::kIntents: return "intents";
    case ItemType::kFinished: return "finished";
    case ItemType::kEndConfirmed: return "end-confirmed";
    case ItemType::kFinishedNames: return "names";
    case ItemType::kSummary: return "summary";
    case ItemType::kForgetEventKeys: return "forget-keys";
    case ItemType::kDeviceKey: return "device-key";
    case ItemType::kConfiguration: return "configuration";
    case ItemType::kKeepTranscripts: return "keep-transcripts";
  }
  return "item";
}

// --- Fields --------------------------------------------------------------------------------------

void JournalLines::text(std::string_view name, std::string_view value) {
  if (value.empty()) return;
  if (json_) {
    object_->text(name, value);
  } else {
    out_.put(' ').put(name).put('=').put(plain(value));
  }
}

void JournalLines::number(std::string_view name, uint64_t value) {
  if (json_) {
    object_->number(name, value);
  } else {
    out_.put(' ').put(name).put('=').number(value);
  }
}

void JournalLines::flag(std::string_view name, bool value) {
  if (json_) {
    object_->boolean(name, value);
  } else if (value) {
    out_.put(' ').put(name);
  }
}

void JournalLines::time(std::string_view name, WallTime at) {
  if (at == WallTime()) return;
  char memory[40];
  TextWriter written(memory, sizeof memory);
  write_rfc3339(written, at);
  text(name, written.view());
}

void JournalLines::hidden(std::string_view name, std::string_view value) {
  if (value.empty()) return;
  if (private_) return text(name, value);
  char memory[48];
  TextWriter longer(memory, sizeof memory);
  longer.put(name).put("Chars");
  number(longer.view(), value.size());
}

// For people only how many: the keys are hashes.
void JournalLines::keys(std::string_view name, std::span<const Key> values) {
  if (!json_) return number(name, values.size());
  object_->begin_array(name);
  for (const Key& key : values) {
    char memory[2 * sizeof(Key)];
    TextWriter hex(memory, sizeof memory);
    write_hex(hex, key);
    object_->text(hex.view());
  }
  object_->end_array();
}

void JournalLines::intents(uint32_t intents) {
  char memory[80];
  TextWriter names(memory, sizeof memory);
  for (const auto& [intent, name] : kIntents) {
    if (has(intents, intent)) names.put(names.size() > 0 ? "," : "").put(name);
  }
  text("intents", names.view());
}

// --- Items ---------------------------------------------------------------------------------------

void JournalLines::core(const CallCore& core) {
  text("callId", core.call_id.text());
  text("state", hookflash::name_of(core.state, core.end_reason));
  text("line", core.line_id);
  text("direction", hookflash::name_of(core.direction));
  text("mode", hookflash::name_of(core.mode));
  flag("external", core.external);
  text("providerCallId", core.provider_call_id);
  for (const ProviderCallId& alias : core.aliases) {
    if (!alias.empty()) text(&alias == core.aliases.data() ? "alias" : "alias2", alias);
  }
  hidden("from", core.from);
  hidden("to", core.to);
  text("app", core.app);
  hidden("sessionKey", core.session_key);
  time("startedAt", core.started_at);
  time("ringingAt", core.ringing_at);
  time("answeredAt", core.answered_at);
  time("endedAt", core.ended_at);
  if (core.message_state != MessageState::kNone) {
    text("messageState", hookflash::name_of(core.message_state));
  }
  hidden("message", core.message);
  hidden("dtmf", core.dtmf_sequence);
  number("turns", core.turn_count);
  number("streams", core.stream_generation);
  number("documents", core.document_number);
  number("eventNumber", core.sequence);
  intents(core.intents);
}

void JournalLines::summary(const CallSummary& summary) {
  text("callId", summary.call_id.text());
  text("endReason", hookflash::name_of(summary.end_reason));
  text("endDetail", summary.end_detail);
  text("line", summary.line_id);
  text("direction", hookflash::name_of(summary.direction));
  text("mode", hookflash::name_of(summary.mode));
  flag("external", summary.external);
  if (summary.rejection != Rejection::kNone) {
    text("rejection", hookflash::name_of(summary.rejection));
  }
  flag("carrierEndConfirmed", summary.carrier_end_confirmed);
  text("providerCallId", summary.provider_call_id);
  time("startedAt", summary.started_at);
  time("answeredAt", summary.answered_at);
  time("endedAt", summary.ended_at);
  number("turns", summary.turn_count);
  number("streams", summary.streams);
  number("lines", summary.transcript_lines);
  intents(summary.intents);
}

void JournalLines::names(const FinishedCall& names) {
  FixedVector<Key, FinishedCall::kIds> set;
  for (const Key& id : names.ids) {
    if (is_set(id)) (void)set.push(id);
  }
  keys("names", set.span());
  flag("endConfirmed", names.end_confirmed);
  flag("refused", names.refused);
}

// False when the payload is not what its type says.
bool JournalLines::fields(const Item& item) {
  const auto shown = [&item]<typename Value>(Status (*read)(Bytes, Value&), auto&& show) {
    Value value;
    if (!ok(read(item.payload, value))) return false;
    show(value);
    return true;
  };
  switch (item.type) {
    case ItemType::kCore: return shown(read_core, [this](const CallCore& value) { core(value); });
    case ItemType::kTranscriptLine:
      return shown(read_line, [this](const LineItem& value) {
        text("callId", value.call.text());
        text("speaker", hookflash::name_of(value.line.speaker));
        time("at", value.line.at);
        hidden("text", value.line.text);
      });
    case ItemType::kCallEventKeys:
      return shown(read_call_keys, [this](const CallKeysItem& value) {
        text("callId", value.call.text());
        keys("keys", value.keys.span());
      });
    case ItemType::kEventKeys:
      return shown(read_keys, [this](const ItemKeys& value) { keys("keys", value.span()); });
    case ItemType::kRequestKey:
      return shown(read_request_key, [this](const RequestKeyItem& value) {
        keys("key", std::span(&value.key, 1));
        time("at", value.at);
      });
    case ItemType::kMessage:
      return shown(read_message, [this](const MessageItem& value) {
        text("callId", value.call.text());
        text("messageState", hookflash::name_of(value.state));
        number("attempts", value.attempts);
      });
    case ItemType::kIntents:
      return shown(read_intents, [this](const IntentsItem& value) {
        text("callId", value.call.text());
        intents(value.intents);
      });
    case ItemType::kFinished:
      return shown(read_finished, [this](const FinishedItem& value) {
        summary(value.summary);
        names(value.names);
      });
    case ItemType::kEndConfirmed:
      return shown(read_end_confirmed,
                   [this](const EndConfirmedItem& value) { text("callId", value.call.text()); });
    case ItemType::kFinishedNames:
      return shown(read_names, [this](const FinishedCall& value) { names(value); });
    case ItemType::kSummary:
      return shown(read_summary, [this](const CallSummary& value) { summary(value); });
    case ItemType::kForgetEventKeys: return ok(read_forget_keys(item.payload));
    case ItemType::kDeviceKey:  // Never shown: whoever has it makes tokens.
      return shown(read_device_key, [](const DeviceKey&) {});
    case ItemType::kConfiguration:
      return shown(read_configuration_piece, [this](const ConfigurationPiece& value) {
        keys("digest", std::span(&value.digest, 1));
        number("piece", value.index + 1U);
        number("of", value.count);
        hidden("text", value.text);
      });
    case ItemType::kKeepTranscripts:
      return shown(read_keep_transcripts, [this](bool keep) { flag("keep", keep); });
    default: number("number", static_cast<uint64_t>(item.type)); return true;
  }
}

void JournalLines::item(const Item& item) {
  if (json_) {
    object_->begin_object().text("type", name_of(item.type));
  } else {
    out_.put("  ").put(name_of(item.type));
  }
  number("bytes", item.payload.size());
  if (!fields(item)) text("unreadable", "yes");
  if (json_) object_->end_object();
}

void JournalLines::print(Bytes entry, uint64_t sequence) {
  out_.truncate(0);
  json::Writer writer(out_);
  object_ = &writer;
  const Status whole = EntryReader::check(entry);
  if (json_) {
    writer.begin_object();
    if (sequence != 0) {
      writer.number("entry", sequence);
    } else {
      writer.boolean("snapshot", true);
    }
  } else if (sequence != 0) {
    out_.number(sequence);
  } else {
    out_.put("snapshot");
  }
  number("bytes", entry.size());
  if (!ok(whole)) {
    text("unreadable", hookflash::name_of(whole));
  } else {
    EntryReader reader(entry);
    time("time", reader.time());
    if (json_) writer.begin_array("items");
    Item next;
    while (reader.next(next)) item(next);
    if (json_) writer.end_array();
  }
  if (json_) writer.end_object();
  printf("%.*s\n", static_cast<int>(out_.size()), out_.view().data());
}

}  // namespace hookflash::cli
