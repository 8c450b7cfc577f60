#pragma once

#include "backplane/redis/inquiry.hpp"
#include "backplane/redis/slot_map.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace herald::backplane {

/// Knows a Cluster's slot map, as one of its nodes tells it: each time another one, so that none that is cut off from the
/// others is believed for ever.
/// Thread: its home's.   Bound: one connection, and a question each 100 ms.
class cluster_view {
public:
  using address = redis_options::address;

  /// Whether a node has answered, or all were silent.
  using answer_handler = std::function<void(bool answered)>;

  /// The options' hosts are asked, and whatever masters they name.
  cluster_view(boost::asio::io_context& context, const redis_options& options, answer_handler on_answer);
  ~cluster_view();
  cluster_view(const cluster_view&) = delete;
  cluster_view& operator=(const cluster_view&) = delete;

  /// Asks soon; one question serves whoever asks before it is put.
  void refresh();

  const slot_map& map() const noexcept { return map_; }

  /// What a node has said by the way (`MOVED`).
  void assign(std::uint16_t slot, const address& to) { map_.assign(slot, to); }

private:
  using clock = std::chrono::steady_clock;

  void begin();
  void ask_one();
  void on_map(slot_map found);
  void on_silence();
  void end_question();
  void over();

  boost::asio::io_context& context_;
  const redis_options options_;
  answer_handler on_answer_;
  slot_map map_;
  std::vector<address> nodes_;  ///< That are asked this time.
  std::size_t turn_ = 0;
  std::size_t left_ = 0;
  bool busy_ = false;  ///< A question is under way, or waits for its time.
  bool again_ = false;
  clock::time_point asked_{};
  boost::asio::steady_timer timer_;
  std::unique_ptr<inquiry> question_;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace herald::backplane
