#pragma once

#include "backplane/string_map.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace herald::backplane {

/// What is wanted from Redis's pub/sub, what was asked for, and what Redis has confirmed. Knows no connection.
///
///     want ──▶ dirty ──▶ take: SUBSCRIBE ──▶ on the wire, unconfirmed ──▶ confirm ──▶ live
///
/// A name that is wanted, dropped and wanted again within a turn costs nothing. One that is wanted again while its
/// UNSUBSCRIBE is on the way is live only with the last confirmation: between the two nothing is heard.
/// Thread: the bridge's.   Bound: what is wanted, and what was not confirmed yet.
class subscriptions {
public:
  struct commands {
    std::vector<std::string> subscribe;
    std::vector<std::string> unsubscribe;
  };

  void want(std::string_view name);
  void drop(std::string_view name);

  /// The next commands for up to `max` names.
  commands take(std::size_t max);

  /// Redis has confirmed a SUBSCRIBE. Whether the name is live with it.
  bool confirm(std::string_view name);

  /// The connection is gone: everything wanted is to be asked for again.
  void lose();

  bool is_live(std::string_view name) const;
  std::size_t live() const noexcept { return live_; }

  /// Whether everything that is wanted was asked for and confirmed.
  bool is_settled() const noexcept { return dirty_.empty() && unconfirmed_ == 0; }
  bool has_commands() const noexcept { return !dirty_.empty(); }

private:
  struct entry {
    bool wanted = false;
    bool asked = false;           ///< The last command on the wire was a SUBSCRIBE.
    bool dirty = false;
    std::size_t unconfirmed = 0;  ///< SUBSCRIBEs.

    bool is_live() const noexcept { return wanted && asked && unconfirmed == 0; }
  };

  entry& touch(std::string_view name);
  void forget_if_unused(std::string_view name);
  template <class Change>
  void change(entry& what, Change how);

  string_map<entry> entries_;
  std::vector<std::string> dirty_;
  std::size_t unconfirmed_ = 0;
  std::size_t live_ = 0;
};

}  // namespace herald::backplane
