#pragma once

#include "actors/messages.hpp"
#include "backplane/redis/commands.hpp"
#include "backplane/redis/options.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>

namespace herald::backplane {

/// Orders to every node: kept in Redis until they end, and said on a channel that all nodes hear.
///
///     warden ──spread──▶ keep_order.lua: kept, and said ──▶ heard, by every node
///     subscribed (again) ──▶ load: what was said while this node could not hear
///
/// An order of this node's own is left to whoever gave it, unless Redis did not answer but said it all the same.
/// Thread: the bridge's.
/// Bound:  100,000 orders, in Redis and in the list of what was carried out; 500 a page. More are refused.
class order_book {
public:
  static constexpr std::size_t max_orders = 100'000;
  static constexpr std::size_t page = 500;

  using carry_out = std::function<void(const order&)>;
  using told = std::function<void(order_spread)>;

  order_book(const redis_options& options, commands& with, carry_out act);

  /// Where orders are said. Not under the users' prefix.
  const std::string& channel() const noexcept { return channel_; }

  /// Answered at once: with Redis away, with a failure, and nothing was done.
  void spread(const order& what, told done);

  /// Something was said on the channel.
  void heard(std::string_view payload);

  /// Reads what is kept, as soon as Redis is there: this node has just begun to hear.
  void load();

  /// Goes on with what waits for Redis.
  void pump();

private:
  void on_kept(const std::string& id, const order& what, const told& done, wire::outcome outcome, const redisReply* reply);
  void ask_page();
  void on_page(wire::outcome outcome, const redisReply* reply);
  void take(const std::string& text, std::int64_t until_s);

  const redis_options& options_;
  commands& with_;
  carry_out act_;
  std::string channel_;
  std::string key_;
  std::string name_;                           ///< Of this process, among those that say orders.
  std::uint64_t orders_ = 0;
  std::map<std::string, bool> own_;            ///< Without an answer yet, and whether each was heard.
  std::unordered_set<std::string> known_;      ///< Carried out, or left to whoever gave it.
  std::unordered_set<std::string> loaded_;     ///< Of the load under way.
  bool is_loading_ = false;
  bool load_is_due_ = false;
  std::size_t next_ = 0;                       ///< Rank of the next page, from the one that ends last.
};

}  // namespace herald::backplane
