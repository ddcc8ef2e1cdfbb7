#pragma once

#include <string>
#include <vector>

namespace hookflash {

// Certificates made for one test: an authority, and names that it vouches for. Elliptic keys, so
// that making them costs milliseconds. Everything is PEM text.
struct TestCertificate {
  std::string chain;
  std::string key;
};

// From when until when, as YYYYMMDDhhmmss.
struct Validity {
  const char* from = "20200101000000";
  const char* until = "20491231235959";
};

class TestAuthority {
 public:
  TestAuthority();
  ~TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  [[nodiscard]] const std::string& certificate() const { return certificate_; }
  // A server certificate for these DNS names, signed by way of an intermediate authority when asked
  // for.
  TestCertificate issue(const std::vector<std::string>& names, bool by_intermediate = false,
                        const Validity& validity = {});

 private:
  struct Parts;
  Parts* parts_;
  std::string certificate_;
};

// A file that lives as long as this object, in a folder of the test's own.
class TestFile {
 public:
  explicit TestFile(const std::string& content);
  ~TestFile();
  TestFile(const TestFile&) = delete;
  TestFile& operator=(const TestFile&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }
  void replace(const std::string& content);

 private:
  std::string path_;
};

}  // namespace hookflash
