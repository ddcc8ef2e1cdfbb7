#pragma once

#include <mtd/mtd-user.h>
#include <sys/types.h>

#include <cstdint>

#include "base/bytes.h"

namespace hookflash {

// The system calls on an MTD character device (/dev/mtd0 ...), kept narrow so that a test can stand
// in for the kernel. Each returns what the call returns, or a negated errno.
class MtdCalls {
 public:
  // With `write` also takes the lock: -EWOULDBLOCK when another process has it.
  virtual int open(const char* path, bool write) = 0;
  virtual void close() = 0;
  virtual int info(mtd_info_user& part) = 0;                // MEMGETINFO
  virtual int erase(uint32_t at, uint32_t size) = 0;        // MEMERASE
  virtual int unlock(uint32_t at, uint32_t size) = 0;       // MEMUNLOCK
  virtual int is_bad(uint64_t at) = 0;                      // MEMGETBADBLOCK: 1 is bad.
  virtual int mark_bad(uint64_t at) = 0;                    // MEMSETBADBLOCK
  virtual ssize_t read(uint64_t at, MutableBytes out) = 0;  // pread
  virtual ssize_t write(uint64_t at, Bytes bytes) = 0;      // pwrite

 protected:
  ~MtdCalls() = default;
};

// MEMGETINFO on an open device, writable or not: 0, or a negated errno.
int mtd_info(int device, mtd_info_user& part);

// The kernel's own.
class KernelMtd final : public MtdCalls {
 public:
  KernelMtd() = default;
  ~KernelMtd() { close(); }
  KernelMtd(const KernelMtd&) = delete;
  KernelMtd& operator=(const KernelMtd&) = delete;

  int open(const char* path, bool write) override;
  void close() override;
  int info(mtd_info_user& part) override;
  int erase(uint32_t at, uint32_t size) override;
  int unlock(uint32_t at, uint32_t size) override;
  int is_bad(uint64_t at) override;
  int mark_bad(uint64_t at) override;
  ssize_t read(uint64_t at, MutableBytes out) override;
  ssize_t write(uint64_t at, Bytes bytes) override;

 private:
  int device_ = -1;
};

}  // namespace hookflash
