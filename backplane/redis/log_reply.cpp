#include "backplane/redis/log_reply.hpp"

#include "actors/log.hpp"
#include "backplane/redis/envelope.hpp"
#include "backplane/redis/replies.hpp"

#include <charconv>
#include <string_view>
#include <utility>

namespace herald::backplane {
namespace {

std::optional<std::uint64_t> number(std::string_view digits, int base = 10) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// A stream's id is `offset-0`.
std::optional<std::uint64_t> offset_of(std::string_view stream_id) { return number(stream_id.substr(0, stream_id.find('-'))); }

std::optional<cursor> head_of(std::string_view epoch, std::string_view offset, std::string_view id) {
  const auto era = number(epoch, 16);
  const auto place = number(offset);
  if (!era || !place) return std::nullopt;
  return cursor{*era, *place, id.empty() ? unknown_tag : tag_of(id)};
}

/// `epoch:offset epoch:offset`
std::vector<epoch_end> ends_of(std::string_view text) {
  std::vector<epoch_end> all;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    const auto colon = word.find(':');
    if (colon == std::string_view::npos) continue;
    const auto epoch = number(word.substr(0, colon), 16);
    const auto offset = number(word.substr(colon + 1));
    if (epoch && offset) all.push_back({*epoch, *offset, false});
  }
  return all;
}

std::optional<log_entry> entry_of(std::string_view payload) {
  auto what = parse_envelope(payload);
  if (!what || !what->position) return std::nullopt;
  auto trace = make_trace(what->is_traced, std::move(what->traceparent));
  return log_entry{{what->position, std::move(what->id), what->time_ms, std::string{what->body}, std::move(trace)}, what->expires_ms};
}

std::vector<log_entry> entries_of(const redisReply& reply, shard_stats& counts) {
  std::vector<log_entry> all;
  const auto parts = elements_of(reply);
  all.reserve(parts.size() / 2);
  for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
    auto entry = entry_of(text_of(*parts[i + 1]));
    if (entry && entry->what.position->offset == offset_of(text_of(*parts[i]))) {
      all.push_back(std::move(*entry));
      continue;
    }
    counts.count_dropped(drop_reason::bad_json);
    log::limited(log::level::warn, "bad_log_entry", {{"entry", text_of(*parts[i])}});
  }
  return all;
}

}  // namespace

std::optional<log_head> read_head(const redisReply& reply) {
  const auto parts = elements_of(reply);
  if (parts.size() != 4) return std::nullopt;
  const auto head = head_of(text_of(*parts[0]), text_of(*parts[1]), text_of(*parts[2]));
  if (!head) return std::nullopt;
  return log_head{*head, losses_in(text_of(*parts[3]))};
}

std::uint32_t losses_in(std::string_view list) noexcept { return list.empty() ? 0 : tag_of(list) | 1; }

std::optional<log_reply> read_log_reply(const redisReply& reply, shard_stats& counts) {
  const auto parts = elements_of(reply);
  if (parts.size() != 9) return std::nullopt;
  log_reply result;
  result.state.head = head_of(text_of(*parts[0]), text_of(*parts[1]), text_of(*parts[2]));
  if (!result.state.head) return result;
  result.state.ends = ends_of(text_of(*parts[3]));
  for (const auto& lost : ends_of(text_of(*parts[7])))
    for (auto& end : result.state.ends) end.lost_some |= end.epoch == lost.epoch;
  result.state.losses = losses_in(text_of(*parts[7]));
  result.state.first = offset_of(text_of(*parts[4])).value_or(0);
  if (const auto id = text_of(*parts[5]); !id.empty()) result.state.tag = tag_of(id);
  result.state.is_taken_over = integer_of(*parts[6]) == 1;
  result.entries = entries_of(*parts[8], counts);
  if (const auto read = elements_of(*parts[8]); read.size() >= 2) {
    result.begin = offset_of(text_of(*read.front())).value_or(0);
    result.end = offset_of(text_of(*read[read.size() / 2 * 2 - 2])).value_or(0);
  }
  return result;
}

}  // namespace herald::backplane
