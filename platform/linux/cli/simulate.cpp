#include <cstdio>
#include <string>

#include "audio/wav.h"
#include "http/url.h"
#include "platform/crypto/mbed_crypto.h"
#include "platform/linux/cli/commands.h"
#include "platform/linux/cli/config_file.h"
#include "platform/linux/cli/options.h"
#include "platform/linux/cli/simulation.h"
#include "platform/linux/cli/speech.h"
#include "platform/linux/cli/start_report.h"
#include "platform/linux/cli/static_memory.h"

namespace hookflash::cli {
namespace {

constexpr std::string_view kHelp =
    "Usage: hookflash simulate --config FILE [OPTION...]\n\n"
    "A simulated Twilio: it calls the running appliance, signs its webhooks, connects media "
    "streams,\n"
    "serves the REST API, and tells the story of each call with what it measured. Account, auth\n"
    "token, number and the address of the REST API come from the appliance's configuration, whose\n"
    "line needs an apiBaseUrl on this machine.\n\n"
    "  --config FILE          of the appliance; default /etc/hookflash/config.json\n"
    "  --line ID              default the first one\n"
    "  --calls N              default 1; 0 only serves the REST API\n"
    "  --seconds N            that each caller talks; default 8\n"
    "  --wav FILE             saves what the first caller heard\n"
    "  --webhook URL          where the calls go; default the line's own webhook\n"
    "  --port N               of the REST API; default that of apiBaseUrl\n"
    "  --from NUMBER          the caller; default +15005550100\n"
    "  --speech tone|spoken   default spoken where espeak-ng is installed\n"
    "  --quiet                one progress line instead of the story\n"
    "  --stay                 goes on serving the REST API until Ctrl-C\n"
    "Faults:\n"
    "  --drop-stream          each media stream is lost halfway, without a goodbye\n"
    "  --duplicate-webhooks   each webhook comes twice\n"
    "  --slow-answers MS      each REST answer comes so late\n"
    "  --rest-errors PERMILLE so many REST requests are answered 503\n\n"
    "Ends with 0 when every call was connected, carried audio and was ended by its caller, and\n"
    "after --calls 0.\n";

bool save_wav(std::string_view path, const std::string& audio) {
  const std::string name(path);
  FILE* const file = fopen(name.c_str(), "wb");
  if (file == nullptr) return false;
  const auto header = mulaw_wav_header(static_cast<uint32_t>(audio.size()));
  bool good = fwrite(header.data(), 1, header.size(), file) == header.size();
  good = fwrite(audio.data(), 1, audio.size(), file) == audio.size() && good;
  if (audio.size() % 2 == 1) good = fputc(0, file) == 0 && good;
  return fclose(file) == 0 && good;
}

const LineConfig* choose_line(const Config& config, std::string_view id) {
  for (const LineConfig& line : config.lines) {
    if (line.provider == ProviderKind::kTwilio && (id.empty() || line.id == id)) return &line;
  }
  return nullptr;
}

}  // namespace

int simulate(Words words) {
  std::string_view config_file = kDefaultConfig;
  std::string_view line_id;
  std::string_view wav;
  std::string_view webhook;
  std::string_view from = "+15005550100";
  std::string_view speech = "spoken";
  uint32_t seconds = 8;
  uint32_t port = 0;
  uint32_t slow_ms = 0;
  uint32_t errors = 0;
  bool quiet = false;
  SimulationPlan plan;
  const Option options[] = {
      {.name = "--config", .text = &config_file},
      {.name = "--line", .text = &line_id},
      {.name = "--calls", .number = &plan.calls, .most = 1'000'000},
      {.name = "--seconds", .number = &seconds, .most = 3600},
      {.name = "--wav", .text = &wav},
      {.name = "--webhook", .text = &webhook},
      {.name = "--port", .number = &port, .most = 65535},
      {.name = "--from", .text = &from},
      {.name = "--speech", .text = &speech},
      {.name = "--quiet", .flag = &quiet},
      {.name = "--stay", .flag = &plan.stay},
      {.name = "--drop-stream", .flag = &plan.drop_stream},
      {.name = "--duplicate-webhooks", .flag = &plan.duplicate_webhooks},
      {.name = "--slow-answers", .number = &slow_ms, .most = 60'000},
      {.name = "--rest-errors", .number = &errors, .most = 1000},
  };
  if (const Parsed parsed = parse_options(words, options, {}, kHelp); parsed != Parsed::kGo) {
    return exit_code_of(parsed);
  }
  ApplianceMemory& memory = appliance_memory();
  const Config& config = memory.configs[0];
  if (!load_config(config_file, memory.configs[0], memory.problems)) return kFailure;
  const LineConfig* const line = choose_line(config, line_id);
  if (line == nullptr) return fail({"the configuration has no such line of provider twilio"});
  const Result<Url> api = split_url(line->api_base_url);
  if (port == 0 && api.ok()) port = api->effective_port();
  if (port == 0) return fail({"the line has no apiBaseUrl; give one, or --port"});

  char url[1024];
  TextWriter own_webhook(url, sizeof url);
  write_webhook_url(config, *line, static_cast<uint16_t>(config.serve_port), own_webhook);
  plan.webhook = webhook.empty() ? own_webhook.view() : webhook;
  plan.wav = wav;
  plan.from = from;
  const std::string_view number =
      line->from_number.empty() ? "+15005550006" : line->from_number.view();
  plan.to = number;
  plan.talk = Duration::seconds(seconds);
  plan.slow_answers = Duration::ms(slow_ms);
  plan.rest_errors_permille = static_cast<uint16_t>(errors);
  plan.story = !quiet;
  plan.stay = plan.stay || plan.calls == 0;
  if (speech != "tone") plan.speech = spoken_sample();

  twilio::carrier::Settings settings;
  if (!ok(settings.account_sid.assign(line->account_sid.reveal())) || line->auth_tokens.empty() ||
      !ok(settings.auth_token.assign(line->auth_tokens[0].reveal())) ||
      !ok(settings.api_key_sid.assign(line->api_key_sid.reveal())) ||
      !ok(settings.api_key_secret.assign(line->api_key_secret.reveal()))) {
    return fail({"the line's credentials are not what Twilio's look like"});
  }
  twilio::carrier::Number account_number;
  account_number.phone.set(number);
  if (!ok(account_number.voice_url.assign(plan.webhook))) return fail({"--webhook is too long"});
  account_number.status_callback.set(plan.webhook);
  (void)settings.numbers.push(account_number);

  LinuxEntropy entropy;
  if (!ok(entropy.start())) return fail({"the kernel has no source of randomness"});
  MbedCrypto crypto;
  Simulation simulation(settings, plan, crypto, entropy);
  MemoryEntryStore store;
  const ListenerConfig listeners[] = {{.port = static_cast<uint16_t>(port)}};
  WorldConfig world_config;
  world_config.listeners = listeners;
  world_config.store = &store;
  world_config.rest_to_private_hosts = true;
  World& linux_world = world();
  if (!ok(linux_world.start(world_config, simulation))) return fail({linux_world.problem()});
  if (plan.stay) {
    printf("REST API: http://127.0.0.1:%u\n", linux_world.port(in::Listener::kMain));
    fflush(stdout);
  }
  linux_world.run();
  linux_world.stop();
  if (plan.calls > 0) simulation.print_summary();
  if (!wav.empty()) {
    if (!save_wav(wav, simulation.heard_audio())) return fail({"cannot write ", wav});
    printf("saved: %.*s, %.1f s\n", static_cast<int>(wav.size()), wav.data(),
           static_cast<double>(simulation.heard_audio().size()) / 8000.0);
  }
  // A server of the REST API alone has nothing to fail at: its calls are other people's.
  return plan.calls == 0 || simulation.bad_calls() == 0 ? kSuccess : kFailure;
}

}  // namespace hookflash::cli
