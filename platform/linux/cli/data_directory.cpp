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

}  // namespace

Status open_data_directory(std::string_view path) {
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
  return Status::kOk;
}

}  // namespace hookflash::cli
