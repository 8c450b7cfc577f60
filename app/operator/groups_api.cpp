#include "app/operator/groups_api.hpp"

#include "app/operator/answers.hpp"
#include "app/operator/channel_question.hpp"
#include "app/operator/users_api.hpp"
#include "app/setting_value.hpp"
#include "transport/http/revoke_json.hpp"
#include "transport/protocol/json_members.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <unordered_map>

namespace herald::app {
namespace {

using transport::error_response;
using transport::http_reply;
using transport::http_request;
using transport::json::writer;
namespace json = transport::json;

constexpr std::string_view groups = "/admin/groups/";
constexpr std::size_t usual_limit = 50;
constexpr std::size_t most_a_node = 5000;
constexpr std::size_t room_bytes = 900 * 1024;

/// A group on one node, as that has said it.
struct place {
  node_id where;
  std::uint64_t users = 0;
  bool is_live = false;
};

struct group_row {
  std::string id;
  std::uint64_t users = 0;
  std::vector<place> places;
};

/// All nodes' groups, those with most users first.
std::vector<group_row> merged(const fleet_answers& from) {
  std::unordered_map<std::string, group_row> by_id;
  for (const auto& node : from.answers)
    for (const auto& text : element_texts(member_text(node.body, "groups"))) {
      const auto read = json::read(text);
      const auto* in = std::get_if<json::children>(&read);
      const auto* id = in == nullptr ? nullptr : in->find("id");
      const auto* users = in == nullptr ? nullptr : in->find("users");
      if (id == nullptr || id->what != json::kind::string || users == nullptr || users->what != json::kind::number) continue;
      const auto count = static_cast<std::uint64_t>(std::max<std::int64_t>(json::integer_of(*users).value_or(0), 0));
      const auto* live = in->find("live");
      auto& row = by_id[json::text_of(*id)];
      row.users += count;
      row.places.push_back({node.by, count, live != nullptr && live->raw == "true"});
    }
  std::vector<group_row> result;
  for (auto& [id, row] : by_id) {
    row.id = id;
    result.push_back(std::move(row));
  }
  std::ranges::sort(result, [](const group_row& a, const group_row& b) { return a.users != b.users ? a.users > b.users : a.id < b.id; });
  return result;
}

void write_row(writer& out, const group_row& what) {
  out.begin_object().member("id", what.id).member("users", what.users).key("nodes").begin_array();
  for (const auto& one : what.places)
    out.begin_object().member("name", one.where.name).member("instance", one.where.instance).member("users", one.users)
      .member("live", one.is_live).end_object();
  out.end_array().end_object();
}

std::string list_json(const fleet_answers& from, std::size_t limit) {
  const auto rows = merged(from);
  bool is_complete = from.unanswered.empty();
  writer out;
  out.begin_object().key("groups").begin_array();
  for (std::size_t i = 0; i < std::min(limit, rows.size()); ++i) write_row(out, rows[i]);
  out.end_array().key("nodes").begin_array();
  for (const auto& node : from.answers) {
    out.begin_object().member("name", node.by.name).member("instance", node.by.instance);
    for (const std::string_view name : {"groups_in_all", "stuck_shards"})
      if (const auto value = member_text(node.body, name); !value.empty()) out.key(name).raw(value);
    out.end_object();
    is_complete = is_complete && member_text(node.body, "complete") == "true";
  }
  out.end_array().member("complete", is_complete);
  write_unanswered(out, from.unanswered);
  return out.end_object().take();
}

std::string one_json(const std::string& id, const channel_facts& log, const fleet_answers& from) {
  const auto rows = merged(from);
  const auto found = std::ranges::find(rows, id, &group_row::id);
  writer out;
  out.begin_object().key("group");
  write_row(out, found != rows.end() ? *found : group_row{id, 0, {}});
  write_log(out, log);
  write_unanswered(out, from.unanswered);
  return out.end_object().take();
}

}  // namespace

std::string to_json(const groups_view& what) {
  writer out;
  bool is_complete = what.is_complete && what.stuck_shards.empty();
  out.begin_object().member("groups_in_all", static_cast<std::uint64_t>(what.groups_in_all));
  out.key("stuck_shards").begin_array();
  for (const auto shard : what.stuck_shards) out.value(static_cast<std::uint64_t>(shard));
  out.end_array().key("groups").begin_array();
  for (const auto& one : what.top) {
    if (out.size() > room_bytes) {
      is_complete = false;
      break;
    }
    out.begin_object().member("id", one.id).member("users", static_cast<std::uint64_t>(one.users)).member("live", one.is_live).end_object();
  }
  return out.end_array().member("complete", is_complete).end_object().take();
}

void groups_api::list(const http_request& request, http_reply reply) const {
  std::size_t limit = usual_limit;
  if (const auto given = query_value(request.query, "limit")) {
    const auto number = parse_count(*given);
    if (!number || *number == 0 || *number > max_limit)
      return reply(error_response(400, "bad_field", "limit: must be 1 to " + std::to_string(max_limit), "limit"));
    limit = static_cast<std::size_t>(*number);
  }
  // Each node says more than is shown: what is large in all need not be among the largest of each.
  const auto of_each = std::clamp<std::size_t>(limit * 10, 1000, most_a_node);
  caf::anon_send(fleet_, ask_fleet{"groups", std::to_string(of_each), fleet_patience,
                                   [limit, reply = std::move(reply)](const std::variant<fleet_answers, failure>& outcome) {
    if (const auto* why = std::get_if<failure>(&outcome)) return reply(error_response(*why));
    reply({200, list_json(std::get<fleet_answers>(outcome), limit)});
  }});
}

void groups_api::show(const http_request& request, http_reply reply) const {
  const auto id = transport::decoded_path(std::string_view{request.path}.substr(groups.size()));
  if (auto why = explain_bad_group_id(id); !why.empty()) return reply(error_response(400, "bad_field", "group: " + why, "group"));
  ask_of_channel(fleet_, inspector_, {"group", id, channel::group(id)},
                 [id](const channel_facts& log, const fleet_answers& answers) { return one_json(id, log, answers); }, std::move(reply));
}

responder groups_api::answer_list(inspector_actor here) {
  return [here](const std::string& many, std::chrono::milliseconds within, std::function<void(std::string)> done) {
    const auto most = std::clamp<std::uint64_t>(parse_count(many).value_or(1), 1, most_a_node);
    caf::anon_send(here, inspect_groups{static_cast<std::size_t>(most), {}, within,
                                        [done = std::move(done)](const groups_view& found) { done(to_json(found)); }});
  };
}

responder groups_api::answer_one(inspector_actor here) {
  return [here](const std::string& id, std::chrono::milliseconds within, std::function<void(std::string)> done) {
    if (!is_valid_id(id)) return done("{}");
    caf::anon_send(here, inspect_groups{1, id, within, [done = std::move(done)](const groups_view& found) { done(to_json(found)); }});
  };
}

}  // namespace herald::app
