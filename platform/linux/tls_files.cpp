#include "platform/linux/tls_files.h"

#include <fcntl.h>
#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "limits.h"
#include "platform/linux/linux_entropy.h"

namespace hookflash {
namespace {

int random_for_mbedtls(void* entropy, unsigned char* out, size_t size) {
  static_cast<LinuxEntropy*>(entropy)->fill({out, size});
  return 0;
}

const unsigned char* bytes(std::span<const char> text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string_view words_for(Status status) {
  switch (status) {
    case Status::kNotFound: return "does not exist";
    case Status::kDenied: return "may not be read";
    case Status::kTooLarge: return "is too large";
    default: return "cannot be read";
  }
}

}  // namespace

Status read_file(std::string_view path, std::span<char> memory, size_t& size) {
  char name[limits::kFilePathBytesMax + 1]{};
  if (path.empty() || path.size() >= sizeof name) return Status::kNotFound;
  std::memcpy(name, path.data(), path.size());
  const int file = open(name, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    if (errno == ENOENT || errno == ENOTDIR) return Status::kNotFound;
    return errno == EACCES ? Status::kDenied : Status::kUnavailable;
  }
  Status status = Status::kOk;
  size = 0;
  for (;;) {
    const ssize_t got = read(file, memory.data() + size, memory.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) status = Status::kUnavailable;
    if (got <= 0) break;
    size += static_cast<size_t>(got);
    if (size < memory.size()) continue;
    status = Status::kTooLarge;
    break;
  }
  close(file);
  if (ok(status)) memory[size] = '\0';
  return status;
}

Status read_identity(std::string_view chain_path, std::string_view key_path, std::span<char> memory,
                     TlsIdentity& identity, TextWriter& problem) {
  size_t size = 0;
  if (const Status status = read_file(chain_path, memory, size); !ok(status)) {
    problem.put("certificate ").put(chain_path).put(' ').put(words_for(status));
    return status;
  }
  identity.chain = memory.first(size + 1);
  memory = memory.subspan(size + 1);
  if (const Status status = read_file(key_path, memory, size); !ok(status)) {
    problem.put("private key ").put(key_path).put(' ').put(words_for(status));
    return status;
  }
  identity.key = memory.first(size + 1);

  LinuxEntropy entropy;
  TRY(entropy.start());
  mbedtls_x509_crt chain;
  mbedtls_pk_context key;
  mbedtls_x509_crt_init(&chain);
  mbedtls_pk_init(&key);
  Status status = Status::kInvalid;
  if (mbedtls_x509_crt_parse(&chain, bytes(identity.chain), identity.chain.size()) != 0) {
    problem.put("certificate ").put(chain_path).put(" holds no usable certificate in PEM form");
  } else if (mbedtls_pk_parse_key(&key, bytes(identity.key), identity.key.size(), nullptr, 0,
                                  random_for_mbedtls, &entropy) != 0) {
    problem.put("private key ")
        .put(key_path)
        .put(" holds no usable key in PEM form without passphrase");
  } else if (mbedtls_pk_check_pair(&chain.pk, &key, random_for_mbedtls, &entropy) != 0) {
    problem.put("private key ")
        .put(key_path)
        .put(" does not belong to certificate ")
        .put(chain_path);
  } else {
    status = Status::kOk;
  }
  mbedtls_pk_free(&key);
  mbedtls_x509_crt_free(&chain);
  return status;
}

std::span<char> usable_certificates(std::span<char> bundle) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  std::string_view rest(bundle.data(), bundle.empty() ? 0 : bundle.size() - 1);
  size_t kept = 0;
  while (true) {
    const size_t begin = rest.find(kBegin);
    if (begin == std::string_view::npos) break;
    const size_t end = rest.find(kEnd, begin);
    if (end == std::string_view::npos) break;
    const std::string_view one = rest.substr(begin, end + kEnd.size() - begin);
    rest.remove_prefix(end + kEnd.size());
    // mbedTLS wants a NUL behind it: put one where the line break stands, for as long as it reads.
    char* const behind = bundle.data() + (one.data() + one.size() - bundle.data());
    const char held = *behind;
    *behind = '\0';
    mbedtls_x509_crt certificate;
    mbedtls_x509_crt_init(&certificate);
    const bool usable = mbedtls_x509_crt_parse(&certificate, bytes({one.data(), one.size() + 1}),
                                               one.size() + 1) == 0;
    mbedtls_x509_crt_free(&certificate);
    *behind = held;
    if (!usable) continue;
    std::memmove(bundle.data() + kept, one.data(), one.size());
    kept += one.size();
    bundle[kept++] = '\n';
  }
  if (kept == 0) return {};
  bundle[kept] = '\0';
  return bundle.first(kept + 1);
}

std::string_view system_ca_file() {
  static constexpr std::array<const char*, 6> kPlaces = {
      "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Alpine, Arch.
      "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora, RHEL.
      "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // RHEL.
      "/etc/ssl/ca-bundle.pem",                             // openSUSE.
      "/etc/ssl/cert.pem",                                  // OpenWrt, Alpine.
      "/usr/share/hookflash/ca-certificates.crt",           // Images of ours.
  };
  for (const char* place : kPlaces) {
    if (access(place, R_OK) == 0) return place;
  }
  return {};
}

}  // namespace hookflash
