#include "app/operator/backplane_api.hpp"

#include "actors/unix_time.hpp"
#include "app/operator/answers.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace herald::app {
namespace {

using transport::json::writer;

/// For how long something has lasted; null for what does not.
std::optional<std::int64_t> lasted_ms(std::int64_t since_ms) {
  if (since_ms == 0) return std::nullopt;
  return std::max<std::int64_t>(steady_ms() - since_ms, 0);
}

void write_connection(writer& out, const backplane_connection& what) {
  out.begin_object().member("role", what.role).member("address", what.address).member("up", what.is_up);
  if (what.is_up) out.key("up_since").time(what.up_since_ms);
  out.member("times_lost", what.times_lost).end_object();
}

void write_status(writer& out, const backplane::bridge_status& of) {
  out.member("publishing", of.publishing.load()).member("subscribed", of.subscribed.load());
  out.member("away_ms", lasted_ms(of.away_since_ms)).member("behind_ms", lasted_ms(of.behind_since_ms));
  out.member("reconnects", of.reconnects.get()).member("subscriptions", of.subscriptions.get());
  out.member("messages", of.messages.get()).member("canary_us", of.canary_us.get()).member("healing", of.healing.get());
  out.member("ingress_bytes", of.ingress_bytes.get()).member("pauses", of.pauses.get());
}

void write_facts(writer& out, const backplane_facts& what) {
  out.member("kind", what.kind);
  if (!what.mode.empty()) out.member("mode", what.mode);
  out.member("channels", static_cast<std::uint64_t>(what.channels)).member("live_channels", static_cast<std::uint64_t>(what.live_channels));
  out.member("paused", what.is_paused).key("connections").begin_array();
  for (const auto& one : what.connections) write_connection(out, one);
  out.end_array();
}

}  // namespace

std::string to_json(const backplane::bridge_status& status, const std::variant<backplane_facts, failure>& facts) {
  writer out;
  out.begin_object();
  write_status(out, status);
  if (const auto* why = std::get_if<failure>(&facts))
    out.member("error", why->message);
  else
    write_facts(out, std::get<backplane_facts>(facts));
  return out.end_object().take();
}

void backplane_api::show(const transport::http_request&, transport::http_reply reply) const {
  caf::anon_send(inspector_, inspect_backplane{fleet_patience, [reply = std::move(reply), &status = status_](
                                                                 const std::variant<backplane_facts, failure>& facts) {
    reply({200, to_json(status, facts)});
  }});
}

}  // namespace herald::app
