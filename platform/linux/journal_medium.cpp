#include "platform/linux/journal_medium.h"

#include <sys/stat.h>

#include <algorithm>
#include <climits>

namespace hookflash {
namespace {

bool is_character_device(std::string_view path) {
  char name[PATH_MAX];
  if (path.size() >= sizeof name) return false;
  *std::copy(path.begin(), path.end(), name) = '\0';
  struct stat about {};
  return stat(name, &about) == 0 && S_ISCHR(about.st_mode);
}

}  // namespace

Status JournalMedium::open(std::string_view path, uint64_t size) {
  if (is_character_device(path)) {
    medium_ = &mtd_;
    return mtd_.open(path, MtdFlash::Mode::kWrite);
  }
  medium_ = &file_;
  return file_.open_filled(path, size);
}

Status JournalMedium::create(std::string_view path, uint64_t size) {
  medium_ = &file_;
  return file_.create(path, size);
}

void JournalMedium::close() {
  file_.close();
  mtd_.close();
}

}  // namespace hookflash
