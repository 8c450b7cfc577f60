#pragma once

#include "actors/unix_time.hpp"
#include "backplane/bridge.hpp"

namespace herald::backplane {

/// Keeps what a bridge's status says about being there or away.
/// Thread: the bridge's.
class availability {
public:
  explicit availability(bridge_status& status) : status_(status) { tell(); }

  void publishing(bool now) {
    status_.publishing = now;
    tell();
  }

  void subscribed(bool now) {
    status_.subscribed = now;
    tell();
  }

  bool is_publishing() const noexcept { return status_.publishing; }

private:
  /// "Away since" is the moment the first of the two was lost, and stays until both are back.
  void tell() {
    if (status_.publishing && status_.subscribed) {
      status_.reached = true;
      status_.away_since_ms = 0;
    } else if (status_.away_since_ms == 0) {
      status_.away_since_ms = steady_ms();
    }
  }

  bridge_status& status_;
};

}  // namespace herald::backplane
