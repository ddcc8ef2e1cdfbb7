#pragma once

#include <cstdint>
#include <filesystem>

namespace hookflash::kill {

// A small file system of this process and its children alone, in memory. It goes with them.
class PrivateDisk {
 public:
  // A mount namespace of this process's own: as root, or where users may make them. Before the
  // first thread. False: neither.
  static bool permit();

  // Mounts it at this directory.
  PrivateDisk(std::filesystem::path at, uint64_t bytes);
  ~PrivateDisk();
  PrivateDisk(const PrivateDisk&) = delete;
  PrivateDisk& operator=(const PrivateDisk&) = delete;

  void resize(uint64_t bytes);
  // Another file takes all that is left, to the last byte; and gives it back.
  void fill();
  void empty();
  // 0, or the errno with which the kernel refuses.
  int set_read_only(bool read_only);

 private:
  std::filesystem::path at_;
  uint64_t bytes_;
  bool read_only_ = false;
};

}  // namespace hookflash::kill
