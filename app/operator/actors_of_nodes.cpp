#include "app/operator/actors_of_nodes.hpp"

#include "actors/actor_meter.hpp"
#include "app/operator/answers.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>
#include <vector>

namespace herald::app {
namespace {

using transport::json::writer;

constexpr std::size_t most_stuck = 256;
constexpr auto rank_of_stuck = std::numeric_limits<std::uint64_t>::max();

struct found_row {
  std::uint64_t rank = 0;
  std::string text;
};

/// A node that has answered with a list.
struct node_part {
  node_id by;
  std::string body;
  std::string rows;
  bool complete = false;
};

std::uint64_t number_of(std::string_view text) {
  std::uint64_t result = 0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

/// Sorts the answers into lists and those that are none.
std::vector<node_part> parts_of(actors_of_nodes& what) {
  std::vector<node_part> result;
  for (auto& one : what.from.answers) {
    auto rows = member_text(one.body, "actors");
    // Whoever was not asked for says nothing; else it could not: of another version, or its answer was too large.
    if (!rows.empty()) {
      const bool complete = member_text(one.body, "complete") == "true";
      result.push_back({one.by, std::move(one.body), std::move(rows), complete});
    } else if (what.asked.all_nodes || one.by.name == what.asked.node) {
      what.from.unanswered.push_back(one.by);
    }
  }
  if (!what.asked.all_nodes) std::erase_if(what.from.unanswered, [&](const node_id& who) { return who.name != what.asked.node; });
  return result;
}

std::vector<found_row> first_rows(const std::vector<node_part>& parts, std::size_t limit) {
  std::vector<found_row> rows;
  for (const auto& part : parts) {
    auto texts = element_texts(part.rows);
    const auto ranks = element_texts(member_text(part.body, "ranks"));
    for (std::size_t i = 0; i < texts.size() && i < ranks.size(); ++i) rows.push_back({number_of(ranks[i]), std::move(texts[i])});
  }
  std::stable_sort(rows.begin(), rows.end(), [](const found_row& a, const found_row& b) { return a.rank > b.rank; });
  const auto stuck = static_cast<std::size_t>(std::ranges::count(rows, rank_of_stuck, &found_row::rank));
  if (const auto most = std::min(stuck, most_stuck) + limit; rows.size() > most) rows.resize(most);
  return rows;
}

void write_nodes(writer& out, const std::vector<node_part>& parts) {
  out.key("nodes").begin_array();
  for (const auto& one : parts) {
    out.begin_object().member("name", one.by.name).member("instance", one.by.instance).member("complete", one.complete);
    for (const std::string_view name : {"totals", "shards"})
      if (const auto value = member_text(one.body, name); !value.empty()) out.key(name).raw(value);
    out.end_object();
  }
  out.end_array();
}

}  // namespace

std::optional<std::string> to_json(actors_of_nodes what) {
  const auto parts = parts_of(what);
  if (parts.empty() && what.from.unanswered.empty()) return std::nullopt;
  writer out;
  out.begin_object().member("node", what.node).key("time").time(what.time_ms);
  out.member("sort", actor_order_names[static_cast<std::size_t>(what.asked.what.order)]);
  out.member("complete", what.from.unanswered.empty() && std::ranges::all_of(parts, &node_part::complete));
  out.member("recent_ms", static_cast<std::int64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(2 * actor_meter::window).count()));
  out.key("actors").begin_array();
  for (const auto& one : first_rows(parts, what.asked.what.limit)) out.raw(one.text);
  out.end_array();
  write_nodes(out, parts);
  write_unanswered(out, what.from.unanswered);
  return out.end_object().take();
}

}  // namespace herald::app
