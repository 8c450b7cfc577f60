#include "app/operator/log_level_api.hpp"

#include "actors/unix_time.hpp"
#include "app/operator/answers.hpp"
#include "app/setting_value.hpp"
#include "transport/protocol/json_members.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <array>

namespace herald::app {
namespace {

using transport::error_response;
using transport::http_reply;
using transport::http_request;
namespace json = transport::json;

constexpr std::array<std::pair<std::string_view, log::level>, 4> levels{
  {{"debug", log::level::debug}, {"info", log::level::info}, {"warn", log::level::warn}, {"error", log::level::error}}};

constexpr std::chrono::hours longest{24};

std::string_view name_of(log::level what) {
  for (const auto& [name, level] : levels)
    if (level == what) return name;
  return "off";
}

/// From the query, or else from a JSON object in the body.
std::optional<std::string> given(const http_request& in, std::string_view name) {
  if (auto value = query_value(in.query, name)) return value;
  const auto body = json::read(in.body);
  const auto* members = std::get_if<json::children>(&body);
  const auto* found = members == nullptr ? nullptr : members->find(name);
  if (found == nullptr || found->what != json::kind::string) return std::nullopt;
  return json::text_of(*found);
}

}  // namespace

log_keeper::behavior_type log_keeper::make_behavior() {
  return {
    [this](const set_log_level& asked) { on_set(asked); },
    [this](const log_level_over& what) { on_over(what); },
  };
}

void log_keeper::on_set(const set_log_level& asked) {
  const auto was = now_;
  const auto generation = ++generation_;
  if (!asked.for_so_long) usual_ = asked.to;
  change(asked.to, asked.by, asked.peer, asked.for_so_long.value_or(std::chrono::milliseconds{0}));
  json::writer out;
  out.begin_object().member("level", name_of(asked.to)).member("was", name_of(was));
  if (asked.for_so_long) {
    delayed_send(this, *asked.for_so_long, log_level_over{generation});
    out.key("until").time(unix_ms() + asked.for_so_long->count()).member("then", name_of(usual_));
  }
  asked.reply({200, out.end_object().take()});
}

void log_keeper::on_over(const log_level_over& what) {
  if (what.generation == generation_) change(usual_, "", "", std::chrono::milliseconds{0});
}

/// The line is written at a level that is logged before it or after it.
void log_keeper::change(log::level to, std::string_view by, std::string_view peer, std::chrono::milliseconds for_so_long) {
  const auto was = now_;
  now_ = to;
  if (to < was) log::set_level(to);
  log::event(std::max(std::min(to, was), log::level::info), "log_level_changed",
             {{"level", name_of(to)}, {"was", name_of(was)}, {"for_ms", for_so_long}, {"key", by}, {"peer", peer}});
  log::set_level(to);
}

void ask_log_level(const log_keeper_actor& who, const http_request& request, http_reply reply) {
  const auto level = given(request, "level");
  const auto found = std::ranges::find_if(levels, [&](const auto& x) { return level && x.first == *level; });
  if (found == levels.end())
    return reply(error_response(400, "bad_field", "level: must be debug, info, warn or error, as in /admin/log-level?level=debug&for=10m", "level"));
  std::optional<std::chrono::milliseconds> for_so_long;
  if (const auto text = given(request, "for")) {
    for_so_long = parse_duration(*text);
    if (!for_so_long || for_so_long->count() == 0 || *for_so_long > longest)
      return reply(error_response(400, "bad_field", "for: must be a time of up to 24h, such as 30s, 10m or 2h", "for"));
  }
  caf::anon_send(who, set_log_level{found->second, for_so_long, request.caller, request.peer, std::move(reply)});
}

}  // namespace herald::app
