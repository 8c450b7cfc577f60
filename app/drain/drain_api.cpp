#include "app/drain/drain_api.hpp"

#include "actors/unix_time.hpp"
#include "app/operator/answers.hpp"
#include "transport/protocol/json_writer.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <optional>
#include <variant>

namespace herald::app {
namespace {

using transport::error_response;
using transport::http_reply;
using transport::http_request;
using transport::http_response;
using transport::json::writer;

/// `1`, `true`, or only its name: yes. Not given, `0` or `false`: no.
std::variant<bool, http_response> flag(const http_request& in, std::string_view name) {
  const auto given = query_value(in.query, name);
  if (!given || *given == "0" || *given == "false") return false;
  if (given->empty() || *given == "1" || *given == "true") return true;
  return error_response(400, "bad_field", std::string{name} + ": must be 1 or 0, as in /admin/drain?" + std::string{name} + "=1", std::string{name});
}

void write_logs(writer& out, const log_cover& of) {
  out.member("log_covers_absence", of.unknown == 0 && (!of.shortest || *of.shortest >= longest_absence));
  out.key("logs").begin_object();
  out.member("looked_at", static_cast<std::uint64_t>(of.looked_at)).member("unknown", static_cast<std::uint64_t>(of.unknown));
  out.key("shortest_ms");
  if (of.shortest)
    out.value(static_cast<std::int64_t>(of.shortest->count())).member("channel", of.channel);
  else
    out.null();
  out.member("absence_ms", static_cast<std::int64_t>(std::chrono::milliseconds{longest_absence}.count())).end_object();
}

void write_other(writer& out, const drain_forecast::other& of) {
  out.begin_object().member("name", of.name).member("connections_now", of.connections_now).member("connections_after", of.connections_after);
  out.member("connections_after_least_first", of.connections_after_least_first);
  out.member("max_connections", of.max_connections).member("reconnects_per_second", of.reconnects_per_s);
  out.member("cpus_now", of.cpus_now).member("cpus_after", of.cpus_after).end_object();
}

std::string refusal(const drain_forecast& what) {
  std::string why;
  for (const auto& one : what.reasons) why += (why.empty() ? "" : "; ") + one;
  return "clients would lose something: " + why + ". Drain all the same with force=1";
}

}  // namespace

std::string to_json(const drain_forecast& what) {
  writer out;
  out.begin_object().member("dry_run", true).member("allowed", what.reasons.empty()).key("reasons").begin_array();
  for (const auto& one : what.reasons) out.value(one);
  out.end_array().member("sessions", static_cast<std::uint64_t>(what.sessions));
  out.member("delay_ms", static_cast<std::int64_t>(what.plan.delay.count())).member("window_ms", static_cast<std::int64_t>(what.closing.count()));
  out.member("reconnect_within_ms", static_cast<std::int64_t>(what.reconnect_within.count()));
  out.member("reconnects_per_second", what.reconnects_per_s).key("nodes").begin_array();
  for (const auto& one : what.others) write_other(out, one);
  out.end_array();
  write_logs(out, what.logs);
  return out.end_object().take();
}

std::string drain_api::progress() const {
  writer out;
  const auto phase = status_.phase.load();
  out.begin_object().member("state", to_string(phase)).key("started_at");
  if (phase == drain_phase::serving)
    out.null();
  else
    out.time(status_.began_ms);
  out.member("sessions_at_begin", static_cast<std::uint64_t>(phase == drain_phase::serving ? 0 : status_.sessions_at_begin.load()));
  out.member("sessions_left", static_cast<std::uint64_t>(sessions_()));
  const bool goes_on = phase == drain_phase::leaving || phase == drain_phase::closing;
  out.member("ends_in_ms", goes_on ? std::optional{std::max<std::int64_t>(0, status_.ends_ms - unix_ms())} : std::nullopt);
  return out.member("cut", static_cast<std::uint64_t>(status_.cut.load())).end_object().take();
}

void drain_api::show(const http_request&, http_reply reply) const {
  reply({200, progress()});
}

void drain_api::begin(const http_request& request, http_reply reply) const {
  const auto dry_run = flag(request, "dry_run"), force = flag(request, "force");
  for (const auto* one : {&dry_run, &force})
    if (const auto* wrong = std::get_if<http_response>(one)) return reply(*wrong);
  const auto start = [self = *this, by = request.caller, reply] {
    caf::anon_send(self.drainer_, begin_drain{self.plan_, by, false, [self, reply] { reply({202, self.progress()}); }});
  };
  if (!std::get<bool>(dry_run) && (std::get<bool>(force) || status_.is_draining())) return start();
  caf::anon_send(drainer_, foresee_drain{[start, reply, only_say = std::get<bool>(dry_run)](const drain_forecast& found) {
                   if (only_say) return reply({200, to_json(found)});
                   if (!found.reasons.empty()) return reply(error_response(409, "would_lose", refusal(found)));
                   start();
                 }});
}

void drain_api::cancel(const http_request& request, http_reply reply) const {
  caf::anon_send(drainer_, cancel_drain{request.caller, [self = *this, reply] { reply({200, self.progress()}); }});
}

}  // namespace herald::app
