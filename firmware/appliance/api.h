#pragma once

#include <cstdint>
#include <string_view>

#include "appliance/calls.h"
#include "appliance/routes.h"
#include "appliance/settings.h"
#include "appliance/tickets.h"
#include "base/recent_keys.h"
#include "http/server.h"
#include "json/arena.h"
#include "json/writer.h"

namespace hookflash {

// Error bodies of the API: {"error":{"code","message","path"}}. `path` is the member of the request
// that is wrong, empty when it is none of them.
void write_api_error(TextWriter& out, std::string_view code, std::string_view message,
                     std::string_view path = {});
// The code that stands for an HTTP status where nothing more is known.
std::string_view error_code_of(uint16_t status);

// Who counts the answers.
class ApiObserver {
 public:
  virtual void api_answered(uint16_t status) = 0;

 protected:
  ~ApiObserver() = default;
};

// The JSON routes: placing, listing and steering calls (contract section 24). Requests come
// authorized.
class Api final : private OutboundDirectory {
 public:
  Api(Tickets& tickets, HttpServer& server, Calls& calls, Crypto& crypto, Outbox& outbox,
      json::Arena& scratch, ApiObserver& observer)
      : tickets_(tickets),
        server_(server),
        calls_(calls),
        crypto_(crypto),
        outbox_(outbox),
        scratch_(scratch),
        observer_(observer) {}

  void use(const Settings& settings) { settings_ = &settings; }
  void on_request(RouteId route, std::string_view id, RequestRef request, const RequestHead& head,
                  Bytes body, Now now);
  // The outcome of a kCommand ticket.
  void command_done(uint32_t number, const CommandResult& result, Now now);
  void refuse(RequestRef request, uint16_t status, std::string_view code, std::string_view message,
              std::string_view path, Now now);

 private:
  void place(RequestRef request, const RequestHead& head, Bytes body, Now now);
  void refuse_line(RequestRef request, const LineConfig& line, Now now);
  bool answer_again(RequestRef request, std::string_view idempotency_key, Now now);
  [[nodiscard]] bool result_is_forgotten(const Key& key, Now now) const;
  // What of the calls is listed: the newest finished ones, and of the live ones so many behind the
  // first `skip`.
  struct ListQuery {
    int64_t finished = kHistoryListDefault;
    int64_t live = limits::kCallSlots;
    int64_t skip = 0;
  };
  static bool read_list_query(std::string_view query, ListQuery& out);
  void list(RequestRef request, const RequestHead& head, Now now);
  void show(RequestRef request, std::string_view id, Now now);
  void command(RouteId route, const CallId& id, RequestRef request, Bytes body, Now now);
  uint32_t open(RequestRef request, bool placing, Now now);
  void refuse_input(RequestRef request, OutboundError code, std::span<const InputError> faults,
                    Now now);
  void respond(RequestRef request, uint16_t status, std::string_view body, Now now);

  [[nodiscard]] std::optional<Line> line(std::string_view name) const override;
  [[nodiscard]] bool has_app(std::string_view name) const override;

  Tickets& tickets_;
  HttpServer& server_;
  Calls& calls_;
  Crypto& crypto_;
  Outbox& outbox_;
  json::Arena& scratch_;
  ApiObserver& observer_;
  const Settings* settings_ = nullptr;
  // When the newest idempotency keys were asked for.
  RecentKeys<Instant, 128> asked_{};
};

// Status output has ids, line, direction, state, times, end reason and counters only (B-REC-6).
void write_call(json::Writer& json, const CallCore& core, const CallRecord& record);
void write_call(json::Writer& json, const CallSummary& summary);
// "2026-01-31T12:00:00.123Z"; empty when not set.
void write_time(TextWriter& out, WallTime time);

}  // namespace hookflash
