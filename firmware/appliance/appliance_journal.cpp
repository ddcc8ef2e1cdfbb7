#include <algorithm>
#include <cstring>

#include "appliance/appliance.h"
#include "call/box_items.h"
#include "config/describe.h"
#include "json/writer.h"

// What the journal gives the appliance at a start, and what it keeps of the box itself.
namespace hookflash {
namespace {

constexpr Duration kKeepAgain = Duration::seconds(1);
constexpr std::string_view kTooLong = R"({"omitted":"longer than the journal keeps"})";

}  // namespace

void Appliance::replay(Bytes entry, Now now) {
  now_ = now;
  calls_.replay(entry, *this);
}

// An age by two wall clocks; what is too old is left out.
void Appliance::remember_request(const Key& key, WallTime at) {
  const WallTime newest = std::max(calls_.journal_time(), now_.wall);
  webhooks_.restore(key, std::max(newest - at, Duration()), now_);
}

void Appliance::remember_device_key(const DeviceKey& key) {
  device_key_ = key;
  calls_.use_device_key(key);
  key_kept_ = true;
}

void Appliance::remember_keep_transcripts(bool keep) { transcripts_kept_ = keep; }

void Appliance::remember_configuration(const ConfigurationPiece& piece, WallTime at) {
  (void)at;
  if (piece.index + 1 == piece.count) configuration_kept_ = piece.digest;
}

// A line that was removed while a call was on it has a place like one that a reload removed: its
// name, not enabled, and here without credentials.
uint8_t Appliance::line_index(std::string_view line_id) {
  for (size_t i = 0; i < config_->lines.size(); ++i) {
    if (config_->lines[i].id == line_id) return static_cast<uint8_t>(i);
  }
  LineConfig* const place = config_->lines.emplace();
  if (place == nullptr) return kNoLine;
  place->id.set(line_id);
  use_configuration(*config_, now_);
  return static_cast<uint8_t>(config_->lines.size() - 1);
}

// Tried again as a whole when something of it could not be written.
void Appliance::keep_box(Now now) {
  keep_box_at_ = Instant::max();
  if (calls_.take_box_failure()) {
    key_kept_ = false;
    transcripts_kept_.reset();
    configuration_kept_ = {};
  }
  EntryWriter entry;
  if (!key_kept_) {
    entry.begin(now.wall);
    write_device_key(entry, device_key_);
    key_kept_ = calls_.keep_of_box(entry, now);
  }
  if (transcripts_kept_ != config_->keep_transcripts) {
    entry.begin(now.wall);
    write_keep_transcripts(entry, config_->keep_transcripts);
    transcripts_kept_.reset();
    if (calls_.keep_of_box(entry, now)) transcripts_kept_ = config_->keep_transcripts;
  }
  if (!key_kept_ || !transcripts_kept_ || !keep_configuration(now)) {
    keep_box_at_ = now.mono + kKeepAgain;
  }
}

bool Appliance::keep_configuration(Now now) {
  constexpr size_t kRoom = 3 * limits::kConfigurationKeptBytesMax;
  if (memory_.outbox.room() < kRoom) return false;
  const std::span<char> memory = memory_.outbox.reserve(limits::kConfigurationKeptBytesMax);
  TextWriter text(memory);
  json::Writer json(text);
  write_redacted(*config_, json);
  if (text.overflowed()) {
    text.truncate(0);
    text.put(kTooLong);
  }
  const Sha256Digest whole = links_.crypto.sha256({bytes_of(text.view())});
  Key digest;
  std::memcpy(digest.data(), whole.data(), digest.size());
  const uint8_t pieces = configuration_pieces(text.size());
  if (digest == configuration_kept_) return true;
  EntryWriter entry;
  for (uint8_t i = 0; i < pieces; ++i) {
    entry.begin(now.wall);
    write_configuration_piece(entry, configuration_piece(digest, text.view(), i));
    if (!calls_.keep_of_box(entry, now)) return false;
  }
  configuration_kept_ = digest;
  return true;
}

}  // namespace hookflash
