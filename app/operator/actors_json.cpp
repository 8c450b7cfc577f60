#include "app/operator/actors_json.hpp"

#include "transport/protocol/json_writer.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace herald::app {
namespace {

using std::chrono::nanoseconds;
using transport::shard_row;
using transport::json::writer;

double ms(nanoseconds x) {
  return std::chrono::duration<double, std::milli>{x}.count();
}

std::int64_t whole_ms(nanoseconds x) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(x).count();
}

double us(nanoseconds x) {
  return std::chrono::duration<double, std::micro>{x}.count();
}

/// 2013 as "2,013".
std::string with_commas(std::int64_t number) {
  auto text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

std::string name_of(const shard_row& stuck) {
  if (!stuck.running) return "no actor: a socket's or a timer's handler";
  return std::string{to_string(stuck.running->kind)} + " " + std::to_string(stuck.running->id);
}

void write_totals(writer& out, const actors_answer& what) {
  out.key("totals").begin_object();
  for (std::size_t i = 0; i < actor_kinds; ++i) {
    home_actors::totals sum;
    for (const auto& one : what.survey.found) sum.mailbox += one.kinds[i].mailbox, sum.busy += one.kinds[i].busy;
    out.key(to_string(static_cast<actor_kind>(i))).begin_object();
    out.member("actors", what.running[i]).member("mailbox", sum.mailbox).member("busy_ms", ms(sum.busy)).end_object();
  }
  out.end_object();
}

void write_running(writer& out, const shard_row& shard) {
  out.key("running");
  if (!shard.running) return void(out.null());
  out.begin_object().member("kind", to_string(shard.running->kind)).member("id", shard.running->id).end_object();
}

void write_shards(writer& out, std::vector<shard_row> shards) {
  std::ranges::sort(shards, {}, &shard_row::shard);
  out.key("shards").begin_array();
  for (const auto& one : shards) {
    out.begin_object().member("shard", static_cast<std::uint64_t>(one.shard));
    out.member("answered", one.answered).member("stuck", one.stuck).member("since_turn_ms", ms(one.since_turn));
    out.member("last_turn_ms", ms(one.last_turn)).member("turn_ms_highest", ms(one.turn_highest));
    out.member("lag_ms_highest", ms(one.lag_highest));
    write_running(out, one);
    out.end_object();
  }
  out.end_array();
}

/// A row that stands for a shard: its actors can't be asked.
void write_stuck(writer& out, const shard_row& shard, std::string_view node) {
  const auto quiet_ms = whole_ms(shard.since_turn);
  out.begin_object().member("stuck", true).member("node", node).member("shard", static_cast<std::uint64_t>(shard.shard));
  out.member("kind", shard.running ? to_string(shard.running->kind) : std::string_view{"shard"});
  out.member("id", shard.running ? shard.running->id : 0).member("stuck_ms", quiet_ms);
  out.member("note", "shard " + std::to_string(shard.shard) + " has not turned for " + with_commas(quiet_ms) + " ms; it runs " + name_of(shard));
  out.member("blame", to_string(blame::handler)).end_object();
}

void write_position(writer& out, std::string_view name, std::string_view channel, const std::optional<cursor>& at) {
  out.key(name);
  if (!at) return void(out.null());
  out.begin_object().member("channel", channel).member("cursor", to_string(*at)).end_object();
}

void write_session(writer& out, const session_row& of) {
  out.key("session").begin_object().member("id", of.session_id).member("protocol", of.link.protocol).member("address", of.address);
  if (!of.device.empty()) out.member("device", of.device);
  out.key("connected_since").time(of.since_ms);
  out.member("outbox_messages", of.link.outbox_messages).member("outbox_messages_highest", of.link.outbox_messages_highest);
  out.member("outbox_bytes", of.link.outbox_bytes).member("outbox_bytes_highest", of.link.outbox_bytes_highest);
  out.member("stalled", of.link.is_stalled).member("slow", of.is_slow).member("bytes_out", of.link.bytes_out);
  out.key("ping_ms").value(of.link.ping ? std::optional{ms(*of.link.ping)} : std::nullopt);
  write_position(out, "sent", of.sent_channel, of.sent);
  write_position(out, "acknowledged", of.acknowledged_channel, of.acknowledged);
  out.member("dropped", of.dropped).end_object();
}

void write_actor(writer& out, const actor_row& row, std::string_view node) {
  out.begin_object().member("node", node).member("kind", to_string(row.kind)).member("id", row.id);
  if (!row.user.empty()) out.member("user", row.user);
  out.member("shard", static_cast<std::uint64_t>(row.shard)).member("age_ms", whole_ms(row.age)).member("idle_ms", whole_ms(row.idle));
  out.member("messages", row.messages);
  out.member("mailbox", static_cast<std::uint64_t>(row.mailbox));
  out.member("mailbox_highest", static_cast<std::uint64_t>(row.mailbox_highest));
  out.member("handling_us_mean", us(row.handling_mean)).member("handling_us_highest", us(row.handling_highest));
  out.member("busy_ms", ms(row.busy));
  out.key("recent").begin_object().member("mailbox_highest", static_cast<std::uint64_t>(row.recent_mailbox));
  out.member("handling_us_highest", us(row.recent_handling)).member("busy_ms", ms(row.recent_busy)).end_object();
  if (row.session) write_session(out, *row.session);
  out.member("blame", to_string(blame_of(row))).end_object();
}

/// What an actor's place goes by; what stands still comes before all of them.
using ranks = std::vector<std::uint64_t>;

/// Everything but the object's end.
ranks write_answer(writer& out, actors_answer what) {
  out.begin_object().member("node", what.node).key("time").time(what.time_ms);
  out.member("sort", actor_order_names[static_cast<std::size_t>(what.asked.order)]);
  out.member("complete", std::ranges::all_of(what.survey.shards, &shard_row::answered));
  out.member("recent_ms", whole_ms(2 * actor_meter::window));
  write_totals(out, what);
  out.key("actors").begin_array();
  ranks result;
  for (const auto& one : what.survey.shards) {
    if (!one.stuck) continue;
    write_stuck(out, one, what.node);
    result.push_back(std::numeric_limits<std::uint64_t>::max());
  }
  for (const auto& one : first_of(what.survey.found, what.asked.limit)) {
    write_actor(out, one.row, what.node);
    result.push_back(one.rank);
  }
  out.end_array();
  write_shards(out, std::move(what.survey.shards));
  return result;
}

}  // namespace

std::string to_json(actors_answer what) {
  writer out;
  write_answer(out, std::move(what));
  return out.end_object().take();
}

std::string to_json_with_ranks(actors_answer what) {
  writer out;
  const auto all = write_answer(out, std::move(what));
  out.key("ranks").begin_array();
  for (const auto one : all) out.value(one);
  return out.end_array().end_object().take();
}

}  // namespace herald::app
