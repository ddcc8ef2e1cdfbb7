#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "hal/core.h"
#include "platform/linux/accepted_sockets.h"
#include "platform/linux/byte_queue.h"
#include "platform/linux/dials.h"
#include "platform/linux/library_memory.h"
#include "platform/linux/linux_entropy.h"
#include "platform/linux/listeners.h"
#include "platform/linux/log_sink.h"
#include "platform/linux/poller.h"
#include "platform/linux/resolver.h"
#include "platform/linux/rest_client.h"
#include "platform/linux/storage_thread.h"
#include "platform/linux/streams.h"

namespace hookflash {

// What the program does when the configuration is read again, around the core.
class Reloading {
 public:
  // The new text, before the core gets it: reads the files it names. False: the core does not get
  // it, and `problem` says why.
  virtual bool prepare(std::string_view json, TextWriter& problem) = 0;
  // After the core had it: the listeners in their order at the start, as the configuration in use
  // wants them. Addresses and ports stay as they are bound; certificates are read.
  virtual std::span<const ListenerConfig> listeners() = 0;

 protected:
  ~Reloading() = default;
};

// Opens a store that could not be opened at the start.
class StoreOpening {
 public:
  // Between two values of the core. True: it is open, and the core has been told what it holds.
  virtual bool open_store(Now now) = 0;

 protected:
  ~StoreOpening() = default;
};

// What a World is started with. Texts need to live only until start() returns, but for the paths of
// files that are read again on SIGHUP: those live as long as the world runs.
struct WorldConfig {
  std::span<const ListenerConfig> listeners;  // At most Listeners::kMax.
  EntryStore* store = nullptr;                // Outlives the world.
  // Asked every 10 s until it has succeeded; null: the store is open. Outlives the world.
  StoreOpening* opening = nullptr;
  std::string_view config_file;    // Handed to the core as Reconfigure on SIGHUP.
  Reloading* reloading = nullptr;  // May be null. Outlives the world.
  std::string_view ca_file;        // Trusted certificates; empty: the system's.
  bool signals = true;  // SIGTERM and SIGINT stop (a second one at once), SIGUSR1 stops but keeps
                        // the calls, SIGHUP reads configuration and certificates again.
  int realtime_priority = 0;  // 1 to 99: SCHED_FIFO and locked memory. 0: as any process.
  LibraryMemory memory = default_library_memory();
  // REST requests go to public addresses, and without TLS to loopback only. For tests, and for
  // tools whose user names the server.
  bool rest_to_private_hosts = false;
  bool rest_plain_anywhere = false;
  // For tests.
  Resolver::Options names;
};

// The real world around a core: one thread, one epoll loop, libwebsockets inside it, and a thread
// for storage. Large (megabytes) and without state at first: let it stand in static memory.
class World final : private CorePort {
 public:
  World();
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Binds the listeners last; then the core hears of the first connection from within run(). On
  // failure everything begun is undone and problem() says in one line what is wrong; a later
  // start() tries afresh. Succeeds at once when it runs already. start() and stop() may be called
  // from any thread: one goes on at a time, the others wait for it (B-LIFE-2, B-LIFE-4).
  Status start(const WorldConfig& config, Core& core);
  // Drives the core until it says Stopped. False when it was ended by a second signal instead. True
  // at once when stop() came before it.
  bool run();
  // Closes everything. Idempotent; also before any start(), and after one that failed. While
  // another thread is in run() that is asked to stop (end) and waited for first.
  void stop();

  [[nodiscard]] std::string_view problem() const { return problem_; }
  // The port that is really bound; 0 when that listener is not there.
  [[nodiscard]] uint16_t port(in::Listener listener);
  [[nodiscard]] Entropy& entropy() { return entropy_; }
  [[nodiscard]] const MemoryFigures& memory() const { return memory_figures_; }
  // What a signal does, from any thread.
  void request_stop(in::StopMode mode);
  void request_reload();

  // For tests.
  [[nodiscard]] uint64_t timer_settings() const { return poller_.timer_settings(); }

 private:
  void deliver(const In& in) override;
  void deliver_at(const In& in, Now now);
  void drain();
  void perform(const Out& out);
  Stream* find(SocketId socket);

  Status start_parts(const WorldConfig& config);
  Status open_signals();
  Status load_ca_store(std::string_view path);
  Status open_listener(const ListenerConfig& config);
  Result<Streams::Host> load_host(const ListenerConfig& config);
  void release();
  bool loop();
  void request(uint32_t what);
  bool fail(std::string_view problem);

  void serve_due();
  void serve(const Poller::Event& event);
  void serve_signals();
  void serve_requests();
  void serve_storage();
  void open_store();
  void serve_listener(int descriptor);
  void serve_timers();
  void settle();
  [[nodiscard]] Duration patience();
  void begin_stop(in::StopMode mode);
  void reload();
  void reload_config();
  void reload_certificates();
  void report(std::initializer_list<std::string_view> pieces);
  void log(std::string_view line);

  // Held while starting and closing, and while a request is left for the loop.
  std::mutex turn_;
  std::condition_variable changed_;
  bool looping_ = false;   // Somebody is in run().
  bool stopping_ = false;  // Somebody is in stop().

  // In the order in which they are started.
  Core* core_ = nullptr;
  bool running_ = false;       // start() has succeeded, stop() was not called.
  bool core_stopped_ = false;  // The core has said Stopped.
  bool cut_short_ = false;     // A second signal: end now.
  bool stop_begun_ = false;
  bool inside_ = false;  // The core is at work: it is never entered again.
  Now now_;              // Of the last value that entered the core.
  Duration streams_patience_;
  LogSink log_{2};
  LinuxEntropy entropy_;
  BlockPool blocks_;
  PlatformMemoryFigures memory_figures_{blocks_};
  Timers timers_;
  Poller poller_;
  StorageThread storage_;
  Resolver resolver_{poller_};
  Streams streams_{poller_, blocks_};
  AcceptedSockets accepted_{*this, streams_, timers_};
  Dials dials_{*this, streams_, resolver_, timers_, blocks_, entropy_};
  RestClient rest_{*this, streams_, resolver_, timers_, blocks_};
  Listeners listeners_{poller_};

  int signal_descriptor_ = -1;
  int request_descriptor_ = -1;
  std::atomic<uint32_t> requests_{0};
  Deadline accept_pause_;
  Deadline store_opening_;
  StoreOpening* opening_ = nullptr;
  std::array<ListenerConfig, Listeners::kMax> listener_configs_{};
  size_t listener_count_ = 0;
  std::string_view config_file_;
  Reloading* reloading_ = nullptr;
  FixedText<400> problem_;
  // Files while they are read: configuration, certificates, keys.
  std::array<char, linux_limits::kFileBytesMax + 1> file_{};
};

}  // namespace hookflash
