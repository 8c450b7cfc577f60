#pragma once

#include "actors/home.hpp"
#include "actors/messages.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

/// What every backplane promises. `tests/contract/` holds each of them to it.
///
/// A bridge is an actor of interface `bridge_actor` and promises:
///
/// 1. `subscribe{channel, directory}` is answered with `channel_changed` to that directory: `live:true` once whatever is
///    published to the channel from then on will be delivered; `live:false` at once while the backplane is away, and
///    another one, `live:true`, when it is back. Subscribing twice is answered twice and delivers once.
/// 2. What is published to a subscribed channel, by whomever on whichever node, comes to each subscribed directory once,
///    as `deliver` with a run of consecutive notifications of that channel, in the order of the log. Runs are bounded
///    (`max_run_items`, `max_run_bytes`).
/// 3. After `unsubscribe{channel, directory}` nothing more of that channel is sent to that directory, save what is on its way.
/// 4. `publish` is answered with a receipt only after the backplane has the notification; otherwise, at once and within the
///    bridge's timeout, with `errc::unavailable` (or `too_large`, `bad_field` for what it would never take). The bridge that publishes delivers it like every other: once.
/// 5. The same id on the same channel within the idempotency window is answered with the first receipt (`repeated`)
///    and not sent again.
/// 6. `forwarded` gives back what directories have passed on. With more than `bridge_limits::ingress_max_bytes` of data on
///    its way, a bridge takes nothing more from its backplane until less than half is left.
/// 7. `spread_order` is answered once every node that hears will be told (`order_handler`), and those that do not hear now when they do;
///    with `errc::unavailable`, and nothing done, while the backplane is away. Its own node is not told.
/// 8. `say` comes to every other node that hears at the moment, or to those with that name, at most once (`said_handler`). Nothing is
///    kept, and nobody learns whether it was heard; the answer, within the bridge's timeout, says whether the backplane took it.
/// 9. It never throws, never blocks its home, and outlives an absent backplane: it tries again with full jitter.
namespace herald::backplane {

inline constexpr std::size_t max_run_items = 64;
inline constexpr std::size_t max_run_bytes = 64 * 1024;

/// Told of an order that another node gave, or that was given while this one did not hear. On the bridge's thread; perhaps twice.
using order_handler = std::function<void(const order&)>;

/// Told what another node has said. On the bridge's thread; the text may be anybody's who may write to the backplane.
using said_handler = std::function<void(std::string_view text)>;

/// Limits of every bridge.
struct bridge_limits {
  std::size_t ingress_max_bytes = 32u << 20;
  std::size_t log_max_entries = 1000;
  std::chrono::seconds log_max_age = std::chrono::hours{24 * 7};
  std::chrono::seconds idempotency_window = std::chrono::minutes{10};
  std::uint64_t trace_share = 0;  ///< Of what is published through it, so much is traced unasked: see `is_picked`.
};

/// What a bridge tells the probes and the metrics. Written by the bridge's thread, read by any.
struct bridge_status {
  std::atomic<bool> publishing{false};   ///< A publish can be accepted now.
  std::atomic<bool> subscribed{false};   ///< What is published arrives now.
  std::atomic<bool> reached{false};      ///< Both of the above held at one time already.
  std::atomic<std::int64_t> away_since_ms{0};  ///< Steady clock; 0 while publishing and subscribed.
  std::atomic<std::int64_t> behind_since_ms{0};  ///< Steady clock; 0 unless so much is on its way that nothing more is taken.
  counter reconnects;
  counter messages;       ///< Pub/sub messages read from the backplane, all kinds.
  counter subscriptions;  ///< Channels subscribed now.
  counter ingress_bytes;  ///< Bytes of data on their way to sessions now.
  counter healing;        ///< Channels whose log is being read now, because their live stream lacks something.
  counter canary_us;      ///< Round trip of what this node last published to itself; 0 before the first.
  counter pauses;         ///< How often ingress was stopped because the node was behind.
};

}  // namespace herald::backplane
