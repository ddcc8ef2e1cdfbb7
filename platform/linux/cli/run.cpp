#include <cstdio>
#include <cstdlib>
#include <string>

#include "config/read.h"
#include "platform/crypto/mbed_crypto.h"
#include "platform/linux/cli/commands.h"
#include "platform/linux/cli/config_file.h"
#include "platform/linux/cli/data_directory.h"
#include "platform/linux/cli/options.h"
#include "platform/linux/cli/prompts.h"
#include "platform/linux/cli/start_report.h"
#include "platform/linux/cli/static_memory.h"
#include "platform/linux/clocks.h"
#include "platform/linux/journal_store.h"

namespace hookflash::cli {
namespace {

constexpr std::string_view kHelp =
    "Usage: hookflash run [--config FILE] [--data DIR] [--realtime PRIORITY]\n\n"
    "Runs the appliance. SIGTERM or Ctrl-C end its calls and then the program (a second one at\n"
    "once), SIGUSR1 ends the program and leaves the calls to the carrier, SIGHUP reads the\n"
    "configuration and the certificates again.\n\n"
    "  --config FILE        default /etc/hookflash/config.json\n"
    "  --data DIR           default /var/lib/hookflash; made when only it is missing\n"
    "  --realtime PRIORITY  1 to 99: real-time scheduling and locked memory\n";

// The sockets of a configuration. Names of files are read again on SIGHUP, when the configuration
// may have moved on, so all is kept apart.
struct Doors {
  FixedText<limits::kFilePathBytesMax> certificate;
  FixedText<limits::kFilePathBytesMax> key;
  FixedText<limits::kAddressTextBytesMax> bind;
  FixedText<limits::kAddressTextBytesMax> api_bind;
  std::array<ListenerConfig, Listeners::kMax> listeners;
  size_t count = 0;

  void take(const Config& config) {
    certificate = config.tls_cert_file;
    key = config.tls_key_file;
    bind.set(config.serve_bind);
    api_bind.set(config.api_bind.empty() ? config.serve_bind.view() : config.api_bind.view());
    count = 0;
    listeners[count++] = {.listener = in::Listener::kMain,
                          .bind = bind,
                          .port = static_cast<uint16_t>(config.serve_port),
                          .certificate = certificate,
                          .key = key};
    if (!config.has_api_listener()) return;
    const int32_t port =
        config.api_port >= 0 ? config.api_port : static_cast<int32_t>(config.serve_port);
    listeners[count++] = {
        .listener = in::Listener::kApi, .bind = api_bind, .port = static_cast<uint16_t>(port)};
  }
  [[nodiscard]] std::span<const ListenerConfig> span() const {
    return std::span(listeners).first(count);
  }
};

// The prompts of a configuration that the appliance gets next.
bool load_prompts(const Config& config, Appliance& appliance, TextWriter& problem) {
  appliance.forget_prompts();
  for (size_t i = 0; i < config.apps.size(); ++i) {
    if (config.apps[i].protocol != AppProtocol::kAnnounce) continue;
    size_t size = 0;
    problem.truncate(0);
    problem.put("apps.").put(config.apps[i].name).put(".file: ");
    if (!ok(load_prompt(config.apps[i], appliance.prompt_file(i), size, problem))) return false;
    if (!ok(appliance.take_prompt(i, size))) return false;
  }
  return true;
}

// What SIGHUP needs besides the text: prompts before the appliance takes it, certificates after.
class Reload final : public Reloading {
 public:
  explicit Reload(Appliance& appliance) : appliance_(appliance) {}

  bool prepare(std::string_view json, TextWriter& problem) override {
    ConfigDraft& draft = config_draft();
    // One with errors is left to the appliance, which says each of them.
    if (!ok(read_config(json, appliance_memory().scratch, draft.config, draft.problems))) {
      return true;
    }
    return load_prompts(draft.config, appliance_, problem);
  }
  std::span<const ListenerConfig> listeners() override {
    present_ = 1 - present_;
    doors_[present_].take(appliance_.config());
    return doors_[present_].span();
  }

 private:
  Appliance& appliance_;
  // The world holds on to the paths of the last one whose certificate could be used.
  std::array<Doors, 2> doors_;
  size_t present_ = 0;
};

// The journal of a box: what it holds goes to the appliance, at the start or later (B-JRN-9).
class Journaled final : public StoreOpening {
 public:
  Journaled(std::string_view data, Appliance& appliance)
      : path_(std::string(data) + "/journal"), appliance_(appliance) {}

  JournalStore& store() { return store_; }

  // False: one line has said why the box cannot start. A journal that is there and cannot be used
  // is no reason for that: the box waits for it without calls.
  bool open(Now now) {
    char memory[512];
    TextWriter problem(memory, sizeof memory);
    const Status status = store_.open(path_, call_archive().snapshot_bytes_max(), problem);
    if (ok(status)) {
      take_up(now);
      return true;
    }
    fail({problem.view()});
    if (status == Status::kConflict || !store_.stays()) return false;
    appliance_.journal_absent(problem.view(), now);
    return true;
  }
  bool open_store(Now now) override {
    char memory[512];
    TextWriter problem(memory, sizeof memory);
    if (!ok(store_.open(path_, call_archive().snapshot_bytes_max(), problem))) return false;
    appliance_.journal_absent({}, now);
    take_up(now);
    return true;
  }
  void print() const {
    if (!store_.is_open()) {
      puts("journal: not readable; calls are refused until it is");
      return;
    }
    const JournalFigures figures = store_.journal().figures();
    printf("journal: took up %zu %s, %zu finished; %llu of %llu KiB free\n", calls_,
           calls_ == 1 ? "call" : "calls", finished_,
           static_cast<unsigned long long>(figures.free_bytes / 1024),
           static_cast<unsigned long long>(figures.size_bytes / 1024));
  }

 private:
  void take_up(Now now) {
    CallArchive& archive = call_archive();
    calls_ = archive.memory().calls.slots();
    finished_ = archive.memory().history.size();
    archive.begin_snapshot();
    for (Bytes piece = archive.next_piece(); !piece.empty(); piece = archive.next_piece()) {
      appliance_.replay(piece, now);
    }
    appliance_.restart();
    const JournalFigures figures = store_.journal().figures();
    appliance_.journal_damage(figures.damaged, figures.torn);
    if (!store_.set_aside().empty()) appliance_.journal_lost(store_.set_aside(), now);
  }

  std::string path_;
  Appliance& appliance_;
  JournalStore store_{call_archive()};
  size_t calls_ = 0;
  size_t finished_ = 0;
};

}  // namespace

int run(Words words) {
  std::string_view config_file = kDefaultConfig;
  std::string_view data = kDefaultData;
  uint32_t realtime = 0;
  const Option options[] = {{.name = "--config", .text = &config_file},
                            {.name = "--data", .text = &data},
                            {.name = "--realtime", .number = &realtime, .most = 99}};
  if (const Parsed parsed = parse_options(words, options, {}, kHelp); parsed != Parsed::kGo) {
    return exit_code_of(parsed);
  }
  std::string text;
  if (!load_text(config_file, text)) return kFailure;

  LinuxEntropy entropy;
  if (!ok(entropy.start())) return fail({"the kernel has no source of randomness"});
  // Of a box whose journal has none yet.
  DeviceKey device_key;
  entropy.fill(device_key);
  World& linux_world = world();
  MbedCrypto crypto;
  // Made before the data directory is touched: a bad configuration leaves nothing behind.
  const Config& config = config_draft().config;
  if (!load_config(config_file, config_draft().config, config_draft().problems)) return kFailure;
  if (!ok(open_data_directory(data))) return kFailure;
  static Appliance appliance(appliance_memory(),
                             {.crypto = crypto,
                              .entropy = entropy,
                              .memory_figures = &linux_world.memory(),
                              .version = kVersion},
                             device_key);
  char problem_memory[512];
  TextWriter problem(problem_memory, sizeof problem_memory);
  if (!load_prompts(config, appliance, problem)) return fail({problem.view()});
  if (!ok(appliance.configure(text, read_clocks()))) return kFailure;
  explicit_bzero(text.data(), text.size());

  Doors doors;
  doors.take(appliance.config());
  static Reload reload(appliance);
  static Journaled journal(data, appliance);
  if (!journal.open(read_clocks())) return kFailure;
  WorldConfig world_config;
  world_config.listeners = doors.span();
  world_config.reloading = &reload;
  world_config.store = &journal.store();
  if (!journal.store().is_open()) world_config.opening = &journal;
  world_config.config_file = config_file;
  world_config.realtime_priority = static_cast<int>(realtime);
  if (!ok(linux_world.start(world_config, appliance))) return fail({linux_world.problem()});
  appliance.set_port(linux_world.port(in::Listener::kMain));
  print_start_report(appliance.config(), linux_world.port(in::Listener::kMain),
                     linux_world.port(in::Listener::kApi));
  journal.print();
  fflush(stdout);
  const bool drained = linux_world.run();
  linux_world.stop();
  if (!drained) return fail({"ended at once by a second signal"});
  puts("stopped");
  return kSuccess;
}

}  // namespace hookflash::cli
