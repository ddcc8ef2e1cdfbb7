#include "test_box.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/check.h"
#include "caller.h"

namespace hookflash::kill {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kReady{20};  // Sanitizers make the start slow.
// Calls whose carrier was away are asked for every 30 s.
constexpr std::chrono::seconds kPatience{100};
constexpr int kLookEveryMs = 20;

uint16_t free_port() {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  CHECK(bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) == 0);
  CHECK(getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  close(descriptor);
  return ntohs(address.sin_port);
}

}  // namespace

TestBox::TestBox(const std::string& binary, const std::string& preload,
                 const std::filesystem::path& folder)
    : binary_(binary),
      port_(free_port()),
      load_port_(free_port()),
      folder_(folder),
      process_(words({"run", "--data", data()}), folder / "box.log") {
  std::filesystem::create_directories(disk());
  const std::string shared = folder_ / "faults";
  faults_ = Faults::map(shared.c_str(), true);
  CHECK(faults_ != nullptr);
  if (!preload.empty()) {
    const char* const sanitizer = std::getenv("ASAN_OPTIONS");
    process_.set("LD_PRELOAD=" + preload);
    process_.set(std::string(Faults::kVariable) + "=" + shared);
    process_.set("ASAN_OPTIONS=verify_asan_link_order=0:" +
                 std::string(sanitizer != nullptr ? sanitizer : ""));
  }
  write_config();
}

TestBox::~TestBox() {
  process_.kill_now();
  munmap(faults_, sizeof *faults_);
}

std::vector<std::string> TestBox::words(std::vector<std::string> more) const {
  std::vector<std::string> words = {binary_};
  words.insert(words.end(), more.begin(), more.end());
  words.insert(words.end(), {"--config", folder_ / "config.json"});
  return words;
}

void TestBox::write_config() const {
  std::ofstream(folder_ / "config.json")
      << R"({"publicUrl":"http://127.0.0.1:)" << port_ << R"(","serve":{"port":)" << port_
      << R"(},"inboundPolicy":"open","app":"echo","maxConcurrentCalls":16,)"
      << R"("maxDurationSeconds":600,"log":{"level":"warn"},"api":{"token":")" << kToken
      << R"("},"lines":[{"id":"a","provider":"twilio","fromNumber":")" << kOurs
      << R"(","streaming":{"enabled":false},"accountSid":")" << kAccount << R"(","authToken":")"
      << kSecret << R"(","apiBaseUrl":"http://127.0.0.1:)" << carrier_.port()
      << R"("},{"id":"b","provider":"twilio","fromNumber":"+15005550007","serve":{"path":"/b"},)"
      << R"("accountSid":"AC00000000000000000000000000000002","authToken":")" << kSecret
      << R"(","apiBaseUrl":"http://127.0.0.1:)" << load_port_ << R"("}]})";
}

void TestBox::start() {
  std::error_code none_yet;
  output_before_ = std::filesystem::file_size(folder_ / "box.log", none_yet);
  if (none_yet) output_before_ = 0;
  new (faults_) Faults;
  process_.start();
}

bool TestBox::ready(double& took) {
  const Clock::time_point begun = Clock::now();
  while (Clock::now() - begun < kReady) {
    if (get("/health").status == 200) {
      took = std::chrono::duration<double, std::milli>(Clock::now() - begun).count();
      return true;
    }
    if (process_.ends_within(2)) break;
  }
  return false;
}

bool TestBox::await(const std::function<bool()>& holds) {
  const Clock::time_point begun = Clock::now();
  while (!holds()) {
    if (Clock::now() - begun > kPatience || process_.ends_within(kLookEveryMs)) return false;
  }
  return true;
}

bool TestBox::await_health(const std::string& word) {
  return await([&] { return get("/health").body.find(word) != std::string::npos; });
}

HttpResult TestBox::get(const std::string& target) {
  return http_call(port_, "GET", target, {"Authorization: Bearer " + std::string(kToken)}, {});
}

HttpResult TestBox::post(const std::string& target, const std::string& json) {
  return http_call(
      port_, "POST", target,
      {"Authorization: Bearer " + std::string(kToken), "Content-Type: application/json"}, json);
}

int64_t TestBox::metric(const std::string& name) {
  const std::string metrics = get("/metrics").body;
  const std::string key = "\n" + name + " ";
  const size_t at = metrics.find(key);
  if (at == std::string::npos) return -1;
  return std::strtoll(metrics.c_str() + at + key.size(), nullptr, 10);
}

std::string TestBox::output() const {
  std::ifstream in(folder_ / "box.log");
  in.seekg(static_cast<std::streamoff>(output_before_));
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace hookflash::kill
