#pragma once

#include <cstdint>
#include <string_view>

#include "hal/flash.h"

namespace hookflash {

// Flash in a file of fixed size. Erasing writes 0xFF, so all blocks of the file exist from the
// start and a disk that fills up later takes nothing away. One process at a time holds it.
class FileFlash final : public Flash {
 public:
  // What a disk writes whole: programming less would put bytes that were durable at risk again.
  static constexpr uint32_t kProgramUnit = 512;
  static constexpr uint32_t kEraseUnit = 64 * 1024;

  FileFlash() = default;
  ~FileFlash() { close(); }
  FileFlash(const FileFlash&) = delete;
  FileFlash& operator=(const FileFlash&) = delete;

  enum class Mode : uint8_t { kWrite, kRead };
  // An existing file. kNotFound: there is none. kConflict: another process has it (kWrite only).
  // kDenied: no permission, read-only file system, or no plain file. kInvalid: it is empty, or its
  // size is no multiple of the erase unit. kRead needs no lock and refuses programming with
  // kStorage.
  Status open(std::string_view path, Mode mode);
  // For writing; a file that is smaller than `size`, or was cut within a unit, is filled up with
  // erased bytes behind what it holds. Where the disk has no room for that it stays as it was and
  // is used so, or kFull when it ends within a unit.
  Status open_filled(std::string_view path, uint64_t size);
  // A new erased file with mode 0600, durable with its name. Its space is taken at once: kFull when
  // the disk has not got it. kConflict: there is one already.
  Status create(std::string_view path, uint64_t size);
  void close();
  [[nodiscard]] bool is_open() const { return file_ >= 0; }
  // Of the last failure; 0 when the system was not asked.
  [[nodiscard]] int error() const { return error_; }

  [[nodiscard]] FlashGeometry geometry() const override;
  Status read(uint64_t at, MutableBytes out) override;
  Status program(uint64_t at, Bytes bytes) override;
  Status erase(uint64_t at) override;
  Status sync() override;

 private:
  Status lock();
  Status write_all(uint64_t at, Bytes bytes);
  Status fill(uint64_t from, uint64_t to);  // With erased bytes.
  Status fill_up(uint64_t size);
  Status open_plain(std::string_view path, Mode mode);

  int file_ = -1;
  int error_ = 0;
  bool writable_ = false;
  uint64_t size_ = 0;
};

// Makes a new name in a directory durable: of a file made, renamed or removed there.
Status sync_directory_of(std::string_view path);

}  // namespace hookflash
