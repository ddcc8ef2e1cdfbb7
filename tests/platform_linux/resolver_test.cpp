#include "platform/linux/resolver.h"

#include <gtest/gtest.h>

#include <map>

#include "name_server.h"
#include "platform/linux/library_memory.h"
#include "test_certificates.h"

namespace hookflash {
namespace {

class ResolverTest : public testing::Test, protected LookupUser {
 protected:
  ResolverTest()
      : hosts_(
            "10.0.0.1 several.test\n10.0.0.2 several.test\n10.0.0.3 single.test "
            "alias.test\nfd00::1 six.test\n") {
    EXPECT_EQ(install_library_memory(LibraryMemory::kHeap), Status::kOk);
    EXPECT_EQ(poller_->open(), Status::kOk);
    start();
  }
  void start() {
    const Resolver::Options options{names_.server().c_str(), hosts_.path().c_str()};
    EXPECT_EQ(resolver_->start(options), Status::kOk);
  }
  void on_addresses(uint16_t tag, const AddressList& addresses) override {
    EXPECT_FALSE(within_ask_);
    answers_[tag] = addresses;
  }
  Resolver::Ticket ask(uint16_t tag, const char* host) {
    within_ask_ = true;
    const Resolver::Ticket ticket = resolver_->ask(*this, tag, host);
    within_ask_ = false;
    return ticket;
  }
  // Turns the loop until an answer with this tag is there.
  std::string answer(uint16_t tag) {
    for (int turn = 0; turn < 200 && answers_.count(tag) == 0; ++turn) {
      poller_->wait(std::min(resolver_->patience(), Duration::ms(200)));
      Poller::Event event;
      while (poller_->next(event)) resolver_->service(event);
      resolver_->service_timeouts();
      resolver_->settle();
    }
    EXPECT_EQ(answers_.count(tag), 1U);
    char text[300];
    TextWriter all(text, sizeof text);
    for (const IpAddress& address : answers_[tag]) {
      if (all.size() != 0) all.put(' ');
      address.write(all);
    }
    return std::string(all.view());
  }

  NameServer names_;
  TestFile hosts_;
  std::unique_ptr<Poller> poller_ = std::make_unique<Poller>();
  std::unique_ptr<Resolver> resolver_ = std::make_unique<Resolver>(*poller_);
  std::map<uint16_t, AddressList> answers_;
  bool within_ask_ = false;
};

// Aim: the hosts file is asked first, for several addresses, aliases and IPv6, and no server hears
// of it.
TEST_F(ResolverTest, HostsFile) {
  ask(1, "alias.test");
  ask(2, "six.test");
  EXPECT_EQ(answer(1), "10.0.0.3");
  EXPECT_EQ(answer(2), "fd00::1");
  ask(3, "several.test");
  const std::string both = answer(3);
  EXPECT_NE(both.find("10.0.0.1"), std::string::npos);
  EXPECT_NE(both.find("10.0.0.2"), std::string::npos);
  EXPECT_EQ(names_.questions(), 0);
}

// Aim: a name server's answer is used, and kept for as long as it says.
TEST_F(ResolverTest, NameServerAndCache) {
  ask(1, "known.example");
  EXPECT_EQ(answer(1), "127.0.0.1");
  const int questions = names_.questions();
  EXPECT_GT(questions, 0);
  ask(2, "known.example");
  EXPECT_EQ(answer(2), "127.0.0.1");
  EXPECT_EQ(names_.questions(), questions);
}

// Aim: a name that does not exist, and texts that are no names, give no address.
TEST_F(ResolverTest, NoSuchName) {
  ask(1, "absent.example");
  ask(2, "white space");
  ask(3, std::string(260, 'x').c_str());
  EXPECT_EQ(answer(1), "");
  EXPECT_EQ(answer(2), "");
  EXPECT_EQ(answer(3), "");
}

// Aim: a question that was forgotten is not answered, those beside it are; when all places are
// taken the next is refused.
TEST_F(ResolverTest, ForgottenAndFull) {
  const Resolver::Ticket forgotten = ask(1, "known.one");
  ask(2, "known.two");
  resolver_->forget(forgotten);
  resolver_->forget({});
  EXPECT_EQ(answer(2), "127.0.0.1");
  EXPECT_EQ(answers_.count(1), 0U);
  Resolver::Ticket last;
  for (size_t i = 0; i <= linux_limits::kLookupsMax; ++i) last = ask(7, "unanswered.example");
  EXPECT_FALSE(last.is_set());
}

// Aim: stop in the midst of questions frees everything and answers nobody; start works again.
TEST_F(ResolverTest, StopAndStartAgain) {
  ask(1, "unanswered.example");
  resolver_->stop();
  resolver_->stop();
  EXPECT_EQ(answers_.size(), 0U);
  start();
  ask(2, "known.again");
  EXPECT_EQ(answer(2), "127.0.0.1");
}

}  // namespace
}  // namespace hookflash
