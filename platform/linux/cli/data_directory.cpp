#include "platform/linux/cli/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "platform/linux/cli/commands.h"

namespace hookflash::cli {
namespace {

Status explain(std::string_view what, const std::string& path) {
  const int error = errno;
  fail({what, " ", path, ": ", strerror(error)});
  if (error == ENOENT) return Status::kNotFound;
  return error == EACCES || error == EPERM || error == EROFS ? Status::kDenied
                                                             : Status::kUnavailable;
}

// Written beside its place and renamed, so that a power cut leaves a whole key or none.
Status make_key(int directory, const std::string& path, Entropy& entropy, DeviceKey& key) {
  entropy.fill(key);
  const int file = openat(directory, "device.key.new",
                          O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return explain("cannot write", path);
  const bool written =
      write(file, key.data(), key.size()) == static_cast<ssize_t>(key.size()) && fsync(file) == 0;
  const int error = errno;
  close(file);
  errno = error;
  if (!written || renameat(directory, "device.key.new", directory, "device.key") != 0 ||
      fsync(directory) != 0) {
    return explain("cannot write", path);
  }
  return Status::kOk;
}

Status read_key(int directory, const std::string& path, Entropy& entropy, DeviceKey& key) {
  const int file = openat(directory, "device.key", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0 && errno == ENOENT) return make_key(directory, path, entropy, key);
  if (file < 0) return explain("cannot read", path);
  uint8_t bytes[sizeof(DeviceKey) + 1];
  const ssize_t size = read(file, bytes, sizeof bytes);
  close(file);
  if (size != static_cast<ssize_t>(sizeof(DeviceKey))) {
    fail({"the device key ", path, " is damaged; remove it to have a new one made"});
    return Status::kInvalid;
  }
  memcpy(key.data(), bytes, key.size());
  return Status::kOk;
}

}  // namespace

Status open_data_directory(std::string_view path, Entropy& entropy, DeviceKey& key) {
  const std::string name(path);
  if (mkdir(name.c_str(), 0700) != 0 && errno != EEXIST) {
    return explain("cannot make the data directory", name);
  }
  const int directory = open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return explain("cannot open the data directory", name);
  // B-LIFE-7. The lock is the descriptor's, so it stays open until the process has gone.
  if (flock(directory, LOCK_EX | LOCK_NB) != 0) {
    const bool taken = errno == EWOULDBLOCK;
    if (taken) fail({"the data directory ", name, " is in use by another hookflash"});
    const Status status = taken ? Status::kConflict : explain("cannot lock", name);
    close(directory);
    return status;
  }
  const Status status = read_key(directory, name + "/device.key", entropy, key);
  if (!ok(status)) close(directory);
  return status;
}

}  // namespace hookflash::cli
