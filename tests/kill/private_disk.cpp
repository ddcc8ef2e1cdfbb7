#include "private_disk.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <string>

#include "base/check.h"

namespace hookflash::kill {
namespace {

constexpr const char* kFiller = "filler";

bool write_file(const char* path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  file.flush();
  return file.good();
}

// Root in a user namespace of our own, which is nobody more outside of it than before.
bool become_root() {
  const uid_t user = getuid();
  const gid_t group = getgid();
  return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && write_file("/proc/self/setgroups", "deny") &&
         write_file("/proc/self/uid_map", "0 " + std::to_string(user) + " 1") &&
         write_file("/proc/self/gid_map", "0 " + std::to_string(group) + " 1");
}

std::string options(uint64_t bytes) { return "mode=0700,size=" + std::to_string(bytes); }

}  // namespace

bool PrivateDisk::permit() {
  if (unshare(CLONE_NEWNS) != 0 && !become_root()) return false;
  return mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

PrivateDisk::PrivateDisk(std::filesystem::path at, uint64_t bytes)
    : at_(std::move(at)), bytes_(bytes) {
  std::filesystem::create_directories(at_);
  CHECK(mount("none", at_.c_str(), "tmpfs", 0, options(bytes_).c_str()) == 0);
}

PrivateDisk::~PrivateDisk() { umount2(at_.c_str(), MNT_DETACH); }

void PrivateDisk::resize(uint64_t bytes) {
  bytes_ = bytes;
  CHECK(mount(nullptr, at_.c_str(), nullptr, MS_REMOUNT, options(bytes_).c_str()) == 0);
}

void PrivateDisk::fill() {
  const int file = open((at_ / kFiller).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  CHECK(file >= 0);
  static const std::array<char, 65536> bytes{};
  ssize_t put = 0;
  while ((put = write(file, bytes.data(), bytes.size())) > 0) {
  }
  CHECK(put < 0 && errno == ENOSPC);
  close(file);
}

void PrivateDisk::empty() { unlink((at_ / kFiller).c_str()); }

int PrivateDisk::set_read_only(bool read_only) {
  if (read_only == read_only_) return 0;
  const unsigned long flags = MS_REMOUNT | (read_only ? unsigned{MS_RDONLY} : 0U);
  if (mount(nullptr, at_.c_str(), nullptr, flags, options(bytes_).c_str()) != 0) return errno;
  read_only_ = read_only;
  return 0;
}

}  // namespace hookflash::kill
