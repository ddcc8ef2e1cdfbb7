#include "test_certificates.h"

#include <gtest/gtest.h>
#include <mbedtls/ecp.h>
#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "platform/linux/linux_entropy.h"

namespace hookflash {
namespace {

int random_bytes(void* /*unused*/, unsigned char* out, size_t size) {
  static LinuxEntropy entropy;
  static const Status started = entropy.start();
  EXPECT_EQ(started, Status::kOk);
  entropy.fill({out, size});
  return 0;
}

struct Key {
  Key() {
    mbedtls_pk_init(&context);
    EXPECT_EQ(mbedtls_pk_setup(&context, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)), 0);
    EXPECT_EQ(mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(context), random_bytes,
                                  nullptr),
              0);
  }
  ~Key() { mbedtls_pk_free(&context); }
  std::string pem() {
    unsigned char text[2048];
    EXPECT_EQ(mbedtls_pk_write_key_pem(&context, text, sizeof text), 0);
    return reinterpret_cast<const char*>(text);
  }
  mbedtls_pk_context context;
};

std::string sign(Key& subject, const std::string& name, Key& issuer, const std::string& issuer_name,
                 bool authority, const std::vector<std::string>& dns_names,
                 const Validity& validity = {}) {
  static int serial = 0;
  mbedtls_x509write_cert writer;
  mbedtls_x509write_crt_init(&writer);
  mbedtls_x509write_crt_set_version(&writer, MBEDTLS_X509_CRT_VERSION_3);
  mbedtls_x509write_crt_set_md_alg(&writer, MBEDTLS_MD_SHA256);
  mbedtls_x509write_crt_set_subject_key(&writer, &subject.context);
  mbedtls_x509write_crt_set_issuer_key(&writer, &issuer.context);
  EXPECT_EQ(mbedtls_x509write_crt_set_subject_name(&writer, ("CN=" + name).c_str()), 0);
  EXPECT_EQ(mbedtls_x509write_crt_set_issuer_name(&writer, ("CN=" + issuer_name).c_str()), 0);
  EXPECT_EQ(mbedtls_x509write_crt_set_validity(&writer, validity.from, validity.until), 0);
  unsigned char number[] = {1, static_cast<unsigned char>(++serial)};
  EXPECT_EQ(mbedtls_x509write_crt_set_serial_raw(&writer, number, sizeof number), 0);
  EXPECT_EQ(mbedtls_x509write_crt_set_basic_constraints(&writer, authority ? 1 : 0, -1), 0);
  std::vector<std::string> kept = dns_names;
  std::vector<mbedtls_x509_san_list> list(kept.size());
  for (size_t i = 0; i < kept.size(); ++i) {
    list[i].node.type = MBEDTLS_X509_SAN_DNS_NAME;
    list[i].node.san.unstructured_name.p = reinterpret_cast<unsigned char*>(kept[i].data());
    list[i].node.san.unstructured_name.len = kept[i].size();
    list[i].next = i + 1 < kept.size() ? &list[i + 1] : nullptr;
  }
  if (!list.empty()) {
    EXPECT_EQ(mbedtls_x509write_crt_set_subject_alternative_name(&writer, list.data()), 0);
  }
  unsigned char text[4096];
  EXPECT_EQ(mbedtls_x509write_crt_pem(&writer, text, sizeof text, random_bytes, nullptr), 0);
  mbedtls_x509write_crt_free(&writer);
  return reinterpret_cast<const char*>(text);
}

}  // namespace

struct TestAuthority::Parts {
  Key key;
};

TestAuthority::TestAuthority() {
  parts_ = new Parts;
  certificate_ = sign(parts_->key, "Test Authority", parts_->key, "Test Authority", true, {});
}

TestAuthority::~TestAuthority() { delete parts_; }

TestCertificate TestAuthority::issue(const std::vector<std::string>& names, bool by_intermediate,
                                     const Validity& validity) {
  Key key;
  if (!by_intermediate) {
    return {sign(key, names.front(), parts_->key, "Test Authority", false, names, validity),
            key.pem()};
  }
  Key between;
  const std::string intermediate =
      sign(between, "Test Intermediate", parts_->key, "Test Authority", true, {});
  return {
      sign(key, names.front(), between, "Test Intermediate", false, names, validity) + intermediate,
      key.pem()};
}

TestFile::TestFile(const std::string& content) {
  path_ = testing::TempDir() + "hookflash-XXXXXX";
  const int file = mkstemp(path_.data());
  EXPECT_GE(file, 0);
  close(file);
  replace(content);
}

TestFile::~TestFile() { unlink(path_.c_str()); }

void TestFile::replace(const std::string& content) { std::ofstream(path_) << content; }

}  // namespace hookflash
