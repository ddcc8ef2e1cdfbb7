#include <unistd.h>

#include <cstdio>

#include "platform/linux/cli/simulation.h"

// What a Simulation tells people, on standard output.
namespace hookflash::cli {
namespace {

double in_ms(Duration duration) { return static_cast<double>(duration.us()) / 1000.0; }

double percent(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

using twilio::carrier::Call;
using twilio::carrier::CallRef;
using twilio::carrier::StoryEvent;

void Simulation::story(const StoryEvent& event) {
  if (!plan_.story) return;
  printf("%7.3f s  ", static_cast<double>(event.at.us()) / 1e6);
  if (plan_.calls > 1) printf("[%s] ", std::string(event.sid.substr(event.sid.size() - 6)).c_str());
  printf("%.*s\n", static_cast<int>(event.text.size()), event.text.data());
  fflush(stdout);
}

void Simulation::said(CallRef /*call*/, std::string_view words) {
  if (!plan_.story) return;
  printf("           the caller hears: \"%.*s\"\n", static_cast<int>(words.size()), words.data());
}

void Simulation::answered(twilio::carrier::FetchId /*id*/, twilio::carrier::FetchKind /*kind*/,
                          bool duplicate, const twilio::carrier::Fetched& fetched) {
  if (plan_.story && duplicate)
    printf("           the duplicate was answered %d\n", fetched.status);
}

void Simulation::print_call(const Call& call) const {
  const auto& m = call.measures;
  const std::string_view state = twilio::carrier::word_of(call.state);
  printf("           %.*s: sent %llu frames, heard %llu, %u holes, jitter %.2f ms\n",
         static_cast<int>(state.size()), state.data(),
         static_cast<unsigned long long>(m.frames_sent), static_cast<unsigned long long>(m.frames),
         m.gaps, in_ms(m.jitter));
  if (m.echoes > 0) {
    const uint64_t lost = m.loud_sent > m.echoes ? m.loud_sent - m.echoes : 0;
    printf(
        "           echo: delay %.1f ms median, %.1f ms p99, %.1f ms worst; %.1f %% not heard "
        "again\n",
        in_ms(m.delay.percentile(500)), in_ms(m.delay.percentile(990)), in_ms(m.delay.longest()),
        percent(lost, m.loud_sent));
  }
  fflush(stdout);
}

void Simulation::print_progress() const {
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  if (!terminal && ended_ != plan_.calls && ended_ % 10 != 0) return;
  printf("%s%u of %u calls ended, %u good, %u bad, %zu live%s", terminal ? "\r" : "", ended_,
         plan_.calls, good_, bad_, carrier_.live_calls(),
         terminal && ended_ < plan_.calls ? "" : "\n");
  fflush(stdout);
}

void Simulation::print_summary() const {
  const uint64_t lost = loud_sent_ > echoes_ ? loud_sent_ - echoes_ : 0;
  printf("%u calls: %u good, %u bad; heard %llu frames, %u holes; jitter %.2f ms worst", begun_,
         good_, bad_, static_cast<unsigned long long>(frames_), gaps_, in_ms(jitter_worst_));
  if (echoes_ > 0) {
    printf("; echo %.1f ms worst, %.1f %% not heard again", in_ms(delay_worst_),
           percent(lost, loud_sent_));
  }
  puts("");
}

}  // namespace hookflash::cli
