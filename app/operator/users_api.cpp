#include "app/operator/users_api.hpp"

#include "app/operator/answers.hpp"
#include "app/operator/channel_question.hpp"
#include "transport/http/revoke_json.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace herald::app {
namespace {

using transport::error_response;
using transport::http_reply;
using transport::http_request;
using transport::json::writer;

constexpr std::string_view users = "/admin/users/";
constexpr std::size_t room_bytes = 900 * 1024;

std::string_view to_string(channel_state what) {
  switch (what) {
    case channel_state::opening: return "opening";
    case channel_state::catching_up: return "catching_up";
    case channel_state::live: break;
  }
  return "live";
}

/// A position: the cursor, as clients have it, and what of it a person can read.
void write_position(writer& out, std::string_view name, const std::optional<cursor>& at) {
  if (!at) return;
  out.key(name).begin_object().member("cursor", herald::to_string(*at)).member("offset", at->offset).end_object();
}

const positions* acknowledged_by(const user_view& in, const std::string& device) {
  const auto found = std::ranges::find(in.acknowledged, device, &std::pair<std::string, positions>::first);
  return found == in.acknowledged.end() ? nullptr : &found->second;
}

void write_channel(writer& out, const session_channel& what, const positions* acknowledged) {
  const auto name = what.name.client_name();
  out.begin_object().member("channel", name).member("state", to_string(what.state));
  write_position(out, "sent", what.sent);
  if (acknowledged != nullptr)
    for (const auto& [of, at] : acknowledged->found)
      if (of == name) write_position(out, "acknowledged", at);
  out.end_object();
}

void write_session(writer& out, const session_facts& what, const user_view& in, const node_id& self) {
  out.begin_object().member("id", what.session_id).member("node", self.name).member("instance", self.instance);
  out.member("shard", static_cast<std::uint64_t>(in.shard)).member("address", what.address);
  if (!what.device.empty()) out.member("device", what.device);
  out.member("protocol", what.link.protocol);
  out.key("connected_at").time(what.since_ms).member("closing", what.is_closing);
  out.key("groups").begin_array();
  for (const auto& one : what.channels)
    if (one.name.kind() == channel_kind::group) out.value(one.name.id());
  out.end_array().key("channels").begin_array();
  const auto* acknowledged = acknowledged_by(in, what.device);
  for (const auto& one : what.channels) write_channel(out, one, acknowledged);
  out.end_array().key("outbox").begin_object();
  out.member("has_unsent", what.has_unsent).member("taken_bytes", what.link.bytes_out).end_object();
  out.member("outbox_bytes", what.link.outbox_bytes).member("outbox_messages", what.link.outbox_messages);
  out.key("ping_ms").value(what.link.ping ? std::optional{static_cast<double>(what.link.ping->count()) / 1000} : std::nullopt);
  out.end_object();
}

std::string_view state_of(const user_view& what) {
  if (what.is_stuck) return "shard_does_not_answer";
  if (what.facts.sessions_in_all > 0) return "connected";
  return what.facts.is_known ? "lingering" : "not_here";
}

/// What a node says, but for its sessions, which stand together.
void write_node(writer& out, const fleet_text::answer& from) {
  out.begin_object().member("name", from.by.name).member("instance", from.by.instance).member("cut", from.cut);
  for (const std::string_view name : {"shard", "state", "sessions_in_all", "left_out", "channels"})
    if (const auto value = member_text(from.body, name); !value.empty()) out.key(name).raw(value);
  out.end_object();
}

}  // namespace

std::string to_json(const user_view& what, const node_id& self) {
  writer out;
  out.begin_object().member("shard", static_cast<std::uint64_t>(what.shard)).member("state", state_of(what));
  out.member("sessions_in_all", static_cast<std::uint64_t>(what.facts.sessions_in_all));
  out.key("channels").begin_array();
  for (const auto& [name, is_live] : what.facts.channels)
    out.begin_object().member("channel", name.client_name()).member("live", is_live).end_object();
  out.end_array().key("sessions").begin_array();
  std::size_t written = 0;
  for (const auto& one : what.facts.sessions) {
    if (out.size() > room_bytes) break;
    write_session(out, one, what, self);
    ++written;
  }
  out.end_array().member("left_out", static_cast<std::uint64_t>(what.facts.sessions_in_all - std::min(written, what.facts.sessions_in_all)));
  return out.end_object().take();
}

void write_log(writer& out, const channel_facts& log) {
  out.key("log").begin_object();
  if (log.why_not) {
    out.member("error", log.why_not->message);
  } else {
    write_position(out, "end", log.end);
    out.member("entries", log.entries);
    if (log.first != 0) out.member("first_offset", log.first);
  }
  out.end_object();
}

std::string to_json(const std::string& user, const channel_facts& log, const fleet_answers& from) {
  writer out;
  out.begin_object().member("user", user);
  write_log(out, log);
  out.key("sessions").begin_array();
  for (const auto& node : from.answers)
    for (const auto& one : element_texts(member_text(node.body, "sessions"))) out.raw(one);
  out.end_array().key("nodes").begin_array();
  for (const auto& node : from.answers) write_node(out, node);
  out.end_array();
  write_unanswered(out, from.unanswered);
  return out.end_object().take();
}

void users_api::show(const http_request& request, http_reply reply) const {
  const auto user = transport::decoded_path(std::string_view{request.path}.substr(users.size()));
  if (auto why = explain_bad_user_id(user); !why.empty()) return reply(error_response(400, "bad_field", "user: " + why, "user"));
  ask_of_channel(fleet_, inspector_, {"user", user, channel::user(user)},
                 [user](const channel_facts& log, const fleet_answers& answers) { return to_json(user, log, answers); }, std::move(reply));
}

responder users_api::answer_for(node_id self, inspector_actor here) {
  return [self, here](const std::string& user, std::chrono::milliseconds within, std::function<void(std::string)> done) {
    if (!is_valid_user_id(user)) return done("{}");  // no node of ours asks that
    caf::anon_send(here, inspect_user{user, within, [self, done = std::move(done)](const user_view& found) { done(to_json(found, self)); }});
  };
}

}  // namespace herald::app
