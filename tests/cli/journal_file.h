#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "call/archive.h"
#include "journal/journal.h"
#include "platform/linux/file_flash.h"

namespace hookflash {

// A journal as a box has it, open on some flash.
struct OpenJournal {
  explicit OpenJournal(Flash& flash, const JournalOptions& options = {})
      : journal(std::make_unique<Journal>(flash, archive, options)) {
    EXPECT_EQ(journal->open(), Status::kOk);
  }

  void add(Bytes entry) {
    ASSERT_EQ(journal->append(entry), Status::kOk);
    ASSERT_EQ(journal->commit(), Status::kOk);
  }

  std::unique_ptr<CallArchiveMemory> memory = std::make_unique<CallArchiveMemory>();
  CallArchive archive{*memory};
  std::unique_ptr<Journal> journal;
};

// The same in a new file, which it holds as a box does.
struct JournalFile {
  JournalFile(const std::string& path, uint64_t size)
      : status(flash.create(path, size)), open(flash) {
    EXPECT_EQ(status, Status::kOk);
  }

  FileFlash flash;
  Status status;
  OpenJournal open;
};

}  // namespace hookflash
