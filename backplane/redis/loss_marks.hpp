#pragma once

#include "actors/channel.hpp"
#include "actors/cursor.hpp"
#include "backplane/bridge.hpp"
#include "backplane/redis/commands.hpp"
#include "backplane/redis/options.hpp"
#include "backplane/string_map.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace herald::backplane {

/// Writes down what Redis has lost: messages that this node knows were accepted, and that another server, which has taken over,
/// never had. A client that was away meanwhile can be told by that alone.
///
/// It knows of the last receipt a channel of this node's publishes, and is told what feeds had passed on.
/// Thread: the bridge's.
/// Bound:  receipts of the last minute (what is lost in a takeover was accepted just before), of 100,000 channels; as many checks that wait for a server.
class loss_marks {
public:
  static constexpr std::chrono::seconds memory{60};
  static constexpr std::size_t max_receipts = 100'000;

  loss_marks(const redis_options& options, const bridge_limits& limits, commands& with);

  /// This node has accepted it.
  void accepted(const channel& to, const cursor& at);

  /// Everything that was accepted lately is to be looked for: another server may answer now.
  void check_all();

  /// It was there, and is lost, if the log says so too.
  void check(const std::string& name, const cursor& at);

private:
  using clock = std::chrono::steady_clock;

  void forget_old(clock::time_point now);
  void check_again(const std::pair<std::string, cursor>& what);
  void send_next();

  const redis_options& options_;
  commands& with_;
  std::string age_s_;  ///< As long as `publish.lua` keeps the meta key.
  string_map<std::pair<cursor, clock::time_point>> receipts_;
  std::deque<std::pair<std::string, clock::time_point>> by_age_;  ///< A channel may be in it several times.
  std::deque<std::pair<std::string, cursor>> to_check_;
  std::vector<std::pair<std::string, cursor>> not_answered_;  ///< Its server was not there.
  std::size_t under_way_ = 0;
};

/// The message `herald1-lost` of `mark_lost.lua`: messages were accepted and are lost.
struct said_loss {
  std::uint64_t epoch = 0;       ///< Beyond the end of this one.
  cursor ended;                  ///< Where the log ends …
  std::uint64_t begun = 0;       ///< … and in which epoch it goes on from there.
  std::uint32_t losses = 0;      ///< As in `log_page`.
};

/// Nothing for any other message.
std::optional<said_loss> read_loss(std::string_view payload) noexcept;

}  // namespace herald::backplane
