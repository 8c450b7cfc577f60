#pragma once

#include "backplane/redis/cluster_view.hpp"
#include "backplane/redis/listening.hpp"
#include "backplane/string_map.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace herald::backplane {

/// Listens to a Cluster's sharded pub/sub: to each channel at the master that owns its slot, over one connection a master.
///
///     want ──▶ dirty ──▶ SSUBSCRIBE at the owner ──▶ confirmed: live
///      ▲ on_deaf                                  └─▶ MOVED: dirty again, for the owner that it names
///      └──── `sunsubscribe` pushed, connection lost, or another owner in the map ◀──── live
///
/// What was published while a channel was between two masters is in its log: whoever listens reads it after `on_live`.
/// Thread: its home's.   Bound: what is wanted; 4,096 commands a turn; one read a connection.
class sharded_subscriber final : public listening {
public:
  sharded_subscriber(boost::asio::io_context& context, const redis_options& options, listener& told);
  ~sharded_subscriber() override;

  void start() override;
  void listen_also(std::string channel) override;
  void want(std::string_view name) override;
  void drop(std::string_view name) override;
  bool flush() override;
  /// Whether there is a connection to each master, and every slot has one.
  bool is_up() const noexcept override { return is_up_; }
  bool is_live(std::string_view name) const override;
  std::size_t live() const noexcept override { return live_; }
  void pause() override;
  void resume() override;
  void replace(std::string_view why) override;
  void describe(std::vector<backplane_connection>& to) const override;

private:
  using clock = std::chrono::steady_clock;
  using address = redis_options::address;

  class ear;
  struct entry {
    std::uint16_t slot = 0;
    bool wanted = false;
    bool dirty = false;
    bool live = false;             ///< Confirmed there.
    ear* at = nullptr;             ///< Where the last SSUBSCRIBE went, unless it is void.
    std::uint64_t generation = 0;  ///< Of that SSUBSCRIBE.
  };

  entry& touch(std::string_view name);
  void mark(const std::string& name, entry& what);
  void ask(const std::string& name, entry& what);
  void leave(const std::string& name, entry& what);
  void unhear(const std::string& name, entry& what);
  bool is_also(std::string_view name) const { return std::find(also_.begin(), also_.end(), name) != also_.end(); }
  bool is_refused(std::string_view name) const {
    return std::find(also_refused_.begin(), also_refused_.end(), name) != also_refused_.end();
  }

  // -- from the ears ---
  void on_up(ear& who);
  void on_down(ear& who);
  void on_confirmed(ear& who, const std::string& name, std::uint64_t generation);
  void on_refused(ear& who, const std::string& name, std::uint64_t generation, std::string_view error);
  void on_dismissed(ear& who, std::string_view name);
  void on_read();

  ear* find(const address& where) const;
  ear* owner_of(std::uint16_t slot) const;
  ear& at(const address& where);
  void on_map();
  void look_at_all();
  void forget_unused();
  void tell();
  void schedule_flush();
  void schedule_tick();
  void on_tick();

  boost::asio::io_context& context_;
  const redis_options& options_;
  listener& listener_;
  std::vector<std::string> also_;
  std::vector<std::string> also_refused_;
  string_map<entry> names_;
  std::vector<std::string> dirty_;
  std::vector<std::string> later_;  ///< To be tried again with the next tick.
  std::uint64_t generations_ = 0;
  std::size_t wanted_ = 0;
  std::size_t live_ = 0;
  bool is_up_ = false;
  bool settled_ = false;
  bool paused_ = false;
  bool flush_is_due_ = false;
  cluster_view view_;
  boost::asio::steady_timer timer_;
  clock::time_point looked_{};
  std::vector<std::unique_ptr<ear>> ears_;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace herald::backplane
