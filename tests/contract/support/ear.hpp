#pragma once

#include "actors/messages.hpp"
#include "actors/pinned.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace herald::contract {

/// What a directory heard from its bridge. Written by the directory's thread, read by the test's.
class ear {
public:
  struct item {
    std::string channel;
    notification what;
  };

  static constexpr std::chrono::seconds patience{20};

  // -- the test's side ---
  /// Whether `is_true` became true of what was heard, before the test's patience ends.
  bool wait(const std::function<bool()>& is_true);

  /// Waits until the last item of a channel has this id.
  bool wait_for_last(std::string_view channel, std::string_view id);

  /// Waits for so many items in all, and gives them.
  std::vector<item> items(std::size_t count);
  std::vector<item> items_of(std::string_view channel) const;
  std::vector<std::string> data_of(std::string_view channel) const;

  /// Waits until so many answers came for the channel, and gives them.
  std::vector<channel_status> changes(const channel& of, std::size_t count);
  std::vector<channel_status> changes_so_far(const channel& of) const;

  /// From now on, what comes is kept to itself, as by a node that is behind …
  void hold();
  /// … until here: then it is passed on.
  void release(const bridge_actor& bridge);

  std::size_t bytes() const;
  std::size_t largest_run() const;
  std::size_t largest_run_bytes() const;

  // -- the directory's side ---
  void hear(const channel_changed& change);
  /// What to tell the bridge; no runs if nothing now.
  forwarded hear(const deliver& what);

private:
  std::vector<channel_status> changes_locked(const channel& of) const;

  mutable std::recursive_mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<item> items_;
  std::vector<channel_status> changes_;
  std::size_t bytes_ = 0;
  std::size_t largest_run_ = 0;
  std::size_t largest_run_bytes_ = 0;
  bool holding_ = false;
  forwarded held_{0, 0};
};

/// Stands where a shard's directory stands: subscribes, hears, and says what it has passed on.
class hearing_directory : public pinned<directory_actor, actor_kind::directory> {
public:
  hearing_directory(caf::actor_config& cfg, bridge_actor bridge, std::shared_ptr<ear> heard);
  behavior_type make_behavior() override;
  void on_exit() override;

private:
  bridge_actor bridge_;
  std::shared_ptr<ear> heard_;
};

}  // namespace herald::contract
