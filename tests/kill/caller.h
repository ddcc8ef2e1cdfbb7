#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "carrier.h"
#include "ledger.h"
#include "platform/crypto/mbed_crypto.h"

namespace hookflash::kill {

inline constexpr const char* kAccount = "AC00000000000000000000000000000001";
inline constexpr const char* kSecret = "0123456789abcdef0123456789abcdef";
inline constexpr const char* kToken = "0123456789abcdef0123456789abcdef";
inline constexpr const char* kOurs = "+15005550006";

// One telephone line's traffic: call after call, each with some utterances, each request repeated
// byte for byte until it is answered 2xx, as a carrier does, only for longer.
class Caller {
 public:
  Caller(unsigned number, uint64_t seed, uint16_t port, Carrier& carrier, Ledger& ledger)
      : number_(number), port_(port), carrier_(carrier), ledger_(ledger), random_(seed + number) {}

  // Until the ledger says stop.
  void run();

 private:
  struct Request {
    std::string target;
    std::string body;
    std::string signature;
  };
  struct Place {
    std::string url;      // Of the next document.
    std::string call_id;  // From that URL.
    bool rejected = false;
    bool hangup = false;
  };

  void inbound();
  void outbound();
  // Says a few things and ends the call. `sid` is up, `place` is where its next document is.
  void talk(const std::string& sid, Place place, const std::string& direction);
  void end(const std::string& sid, const std::string& direction, const Fact& fact);
  Request make(const std::string& sid, const std::string& status, const std::string& direction,
               const std::string& url, const std::string& speech);
  // False when the caller was told to stop first.
  bool deliver(const Request& request, std::string& document);
  // Through redirects to where the document sends next. False: stopped.
  bool follow(const std::string& sid, const std::string& direction, const std::string& document,
              Place& place);
  void check(const Fact& fact, bool ended);
  bool pause(int milliseconds) { return ledger_.pause(std::chrono::milliseconds(milliseconds)); }
  uint64_t below(uint64_t n) { return random_() % n; }

  unsigned number_;
  uint16_t port_;
  Carrier& carrier_;
  Ledger& ledger_;
  std::mt19937_64 random_;
  MbedCrypto crypto_;
  uint64_t made_ = 0;
};

}  // namespace hookflash::kill
