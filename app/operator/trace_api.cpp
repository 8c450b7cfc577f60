#include "app/operator/trace_api.hpp"

#include "actors/unix_time.hpp"
#include "app/operator/answers.hpp"
#include "transport/http/revoke_json.hpp"
#include "transport/protocol/json_members.hpp"
#include "transport/protocol/json_writer.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <map>
#include <optional>

namespace herald::app {
namespace {

using transport::error_response;
using transport::http_reply;
using transport::http_request;
using transport::json::writer;
namespace json = transport::json;

constexpr std::string_view traces = "/admin/trace/";
constexpr std::size_t room_bytes = 900 * 1024;

constexpr std::string_view no_trace =
  "no node has a trace of it: it was not published with \"trace\":true nor picked by trace-sample, or it is so long ago that others "
  "have taken its place (trace-ring), or the nodes that knew of it have ended, or there was never one with this id";

/// What one node said, read once.
struct told {
  const fleet_text::answer* by;
  json::children in;

  std::string_view raw(std::string_view name) const {
    const auto* found = in.find(name);
    return found == nullptr ? std::string_view{} : found->raw;
  }
  std::int64_t number(std::string_view name) const {
    const auto* found = in.find(name);
    return found == nullptr || found->what != json::kind::number ? 0 : json::integer_of(*found).value_or(0);
  }
  bool has_record() const { return !raw("facts").empty(); }
};

told read(const fleet_text::answer& from) {
  auto parsed = json::read(from.body);
  auto* in = std::get_if<json::children>(&parsed);
  return {&from, in != nullptr && in->parent == json::kind::object ? std::move(*in) : json::children{}};
}

/// What a node that knows nothing of it is to be said to be.
std::string_view word_without_trace(const told& node, std::int64_t published_ms, std::int64_t now_ms) {
  if (node.number("started_ms") > published_ms) return "not_there_yet";
  const auto forgotten = node.number("forgotten_until_ms");
  if (node.in.members.empty() || node.by->cut || (forgotten != 0 && forgotten >= published_ms)) return "not_known";
  // Had anybody there been in its channel, its bridge would have heard it.
  return now_ms - published_ms > trace_settles_ms ? "nobody_here" : "on_its_way";
}

using word_totals = std::map<std::string, std::uint64_t>;

void add_words(word_totals& to, std::string_view words) {
  const auto parsed = json::read(words);
  const auto* in = std::get_if<json::children>(&parsed);
  if (in == nullptr || in->parent != json::kind::object) return;
  for (const auto& [name, value] : in->members)
    if (value.what == json::kind::number) to[name] += static_cast<std::uint64_t>(std::max<std::int64_t>(json::integer_of(value).value_or(0), 0));
}

/// Whether all that the node knows is shown.
bool write_node(writer& out, const told& node, std::optional<std::int64_t> published_ms, std::int64_t now_ms) {
  out.begin_object().member("name", node.by->by.name).member("instance", node.by->by.instance);
  if (!node.has_record()) {
    const auto word = published_ms ? word_without_trace(node, *published_ms, now_ms) : std::string_view{"no_trace"};
    out.member("last_word", word).key("steps").begin_array().end_array().key("sessions").begin_array().end_array();
    out.member("left_out", 0).key("missing").begin_array();
    if (word == "not_known") out.value("overwritten");
    out.end_array().end_object();
    return word != "not_known";
  }
  const auto sessions = node.raw("sessions");
  const bool has_room = out.size() + sessions.size() < room_bytes;
  for (const std::string_view name : {"last_word", "words", "steps", "left_out", "missing"})
    if (const auto value = node.raw(name); !value.empty() && (has_room || name != "missing")) out.key(name).raw(value);
  out.key("sessions").raw(has_room && !sessions.empty() ? sessions : "[]");
  if (!has_room) out.key("missing").begin_array().value("too_large").end_array();
  out.end_object();
  return has_room && node.raw("missing") == "[]";
}

/// The one that knows most of what is the same everywhere.
const told* best_known(const std::vector<told>& nodes) {
  const told* result = nullptr;
  for (const auto& one : nodes)
    if (one.has_record() && (result == nullptr || (result->raw("facts").find("\"cursor\"") == std::string_view::npos
                                                   && one.raw("facts").find("\"cursor\"") != std::string_view::npos)))
      result = &one;
  return result;
}

void write_facts(writer& out, std::string_view facts) {
  const auto parsed = json::read(facts);
  const auto* in = std::get_if<json::children>(&parsed);
  if (in == nullptr) return;
  for (const std::string_view name : {"to", "published_at", "data_bytes", "cursor", "traceparent"})
    if (const auto* value = in->find(name)) out.key(name).raw(value->raw);
}

}  // namespace

std::string trace_json(const std::string& id, const fleet_answers& from, std::int64_t now_ms) {
  std::vector<told> nodes;
  for (const auto& one : from.answers) nodes.push_back(read(one));
  const auto* known = best_known(nodes);
  writer out;
  out.begin_object().member("id", id).member("found", known != nullptr);
  std::optional<std::int64_t> published;
  word_totals words;
  if (known != nullptr) {
    write_facts(out, known->raw("facts"));
    published = known->number("published_ms");
    for (const auto& one : nodes) add_words(words, one.raw("words"));
  } else {
    out.member("why", no_trace);
  }
  out.key("words").begin_object();
  for (const auto& [name, count] : words) out.member(name, count);
  out.end_object().key("nodes").begin_array();
  bool is_complete = from.unanswered.empty();
  for (const auto& one : nodes) is_complete = write_node(out, one, published, now_ms) && is_complete;
  out.end_array().member("complete", is_complete);
  write_unanswered(out, from.unanswered);
  return out.end_object().take();
}

void trace_api::show(const http_request& request, http_reply reply) const {
  const auto id = transport::decoded_path(std::string_view{request.path}.substr(traces.size()));
  if (!is_valid_id(id))
    return reply(error_response(400, "bad_field", "id: not a notification's id: use 1-128 characters of A-Z a-z 0-9 _ - . : @ + = ~ / |", "id"));
  caf::anon_send(fleet_, ask_fleet{"trace", id, fleet_patience, [id, reply = std::move(reply)](const std::variant<fleet_answers, failure>& outcome) {
    if (const auto* why = std::get_if<failure>(&outcome)) return reply(error_response(*why));
    reply({200, trace_json(id, std::get<fleet_answers>(outcome), unix_ms())});
  }});
}

responder trace_api::answer_for(inspector_actor here) {
  return [here](const std::string& id, std::chrono::milliseconds within, std::function<void(std::string)> done) {
    if (!is_valid_id(id)) return done("{}");  // no node of ours asks that
    caf::anon_send(here, inspect_trace{id, within, [done = std::move(done)](const trace_view& found) { done(to_json(found, unix_ms())); }});
  };
}

}  // namespace herald::app
