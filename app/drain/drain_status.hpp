#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace herald::app {

/// How far a node is with letting its clients go.
///
///     serving ──drain──▶ leaving ──drain-delay──▶ closing ──no session left, or the time is up──▶ drained
///        ▲                  │                        │                                              │
///        └──────────────────┴────────────────cancel──┴──────────────────────────────────────────────┘
enum class drain_phase : std::uint8_t {
  serving,
  leaving,  ///< Not ready: balancers send nobody any more, and whoever still comes is served.
  closing,  ///< Sessions are told to go, little by little; who comes now is sent elsewhere.
  drained,
};

constexpr std::string_view to_string(drain_phase what) noexcept {
  switch (what) {
    case drain_phase::serving: return "serving";
    case drain_phase::leaving: return "leaving";
    case drain_phase::closing: return "closing";
    case drain_phase::drained: break;
  }
  return "drained";
}

/// Written by the drainer, read by any thread.
struct drain_status {
  std::atomic<drain_phase> phase{drain_phase::serving};
  std::atomic<std::int64_t> began_ms{0};           ///< Unix time; 0: it never did.
  std::atomic<std::int64_t> ends_ms{0};            ///< When the last session is to be told, as far as is known.
  std::atomic<std::size_t> sessions_at_begin{0};
  std::atomic<std::size_t> cut{0};                 ///< Sessions that did not answer the goodbye in time, all drains together.

  bool is_draining() const noexcept { return phase.load() != drain_phase::serving; }
};

}  // namespace herald::app
