#pragma once

#include "actors/channel.hpp"
#include "actors/cursor.hpp"
#include "actors/trace.hpp"

#include <caf/intrusive_ptr.hpp>
#include <caf/make_counted.hpp>
#include <caf/ref_counted.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace herald {

/// One message to one channel, as it was published.
struct notification {
  std::optional<cursor> position;  ///< Its place in the log; nothing for what is live only.
  std::string id;                  ///< Empty for what came through a plain PUBLISH.
  std::int64_t time_ms = 0;        ///< When it was published (or received, for a plain PUBLISH): Unix time.
  std::string data;                ///< Valid JSON, byte for byte as the publisher sent it.
  trace_ptr trace{};               ///< Null but where it is traced, or came with a traceparent.
};

/// Bytes that many outboxes share.
class shared_bytes : public caf::ref_counted {
public:
  explicit shared_bytes(std::string bytes) : bytes_(std::move(bytes)) {}
  const std::string& str() const noexcept { return bytes_; }

private:
  std::string bytes_;
};

using shared_bytes_ptr = caf::intrusive_ptr<const shared_bytes>;

/// A run of notifications of one channel, in order: what travels from the bridge to the sessions.
///
/// Most hold one. Under load the bridge joins what came together, so that a broadcast costs an actor message and
/// a buffer a run instead of a notification.
/// Thread: any (immutable). Encoded at most once per protocol (twice if two shards race for the first use).
class batch : public caf::ref_counted {
public:
  /// Client protocols that have encoded bytes of their own.
  static constexpr std::size_t max_encodings = 4;

  batch(channel to, std::vector<notification> items);
  ~batch() override;

  const channel& to() const noexcept { return to_; }
  const std::vector<notification>& items() const noexcept { return items_; }

  /// The position of the last item that has one; nothing if none has.
  std::optional<cursor> last_position() const noexcept;

  /// Whether any of its items is traced: for all others, that is all that tracing costs.
  bool is_traced() const noexcept { return is_traced_; }

  /// Bytes of data in all items.
  std::size_t data_bytes() const noexcept { return data_bytes_; }

  /// Roughly what an item takes besides its data.
  static constexpr std::size_t item_overhead_bytes = 160;

  /// The bytes of encoding `slot`, made by `encode(*this)` at the first use and shared from then on.
  template <class Encode>
  shared_bytes_ptr encoded(std::size_t slot, Encode&& encode) const {
    if (auto* known = encodings_[slot].load(std::memory_order_acquire)) return shared_bytes_ptr{known};
    return remember(slot, caf::make_counted<const shared_bytes>(encode(*this)));
  }

private:
  shared_bytes_ptr remember(std::size_t slot, shared_bytes_ptr bytes) const;

  channel to_;
  std::vector<notification> items_;
  std::size_t data_bytes_ = 0;
  bool is_traced_ = false;
  mutable std::array<std::atomic<const shared_bytes*>, max_encodings> encodings_{};
};

using batch_ptr = caf::intrusive_ptr<const batch>;

/// How many items these runs hold.
std::size_t items_in(const std::vector<batch_ptr>& runs) noexcept;

/// Some of a run's items, from the place `from` up to before `end`.
batch_ptr part_of(const batch& run, std::size_t from, std::size_t end);

/// What a publisher asks for.
struct publication {
  channel to;
  std::string data;                  ///< Valid JSON.
  std::string id;                    ///< Never empty: whoever takes the request makes one.
  bool durable = true;               ///< Kept in the channel's log.
  std::optional<std::int64_t> ttl_s; ///< How long it is worth keeping, in seconds.
  bool trace = false;                ///< Write down each step of its way.
  std::string traceparent{};         ///< As `read_traceparent` gave it; empty: none.
};

/// What a publisher is told once its message was accepted.
struct receipt {
  std::string id;
  std::optional<cursor> position;  ///< Nothing for `durable:false`.
  bool repeated = false;           ///< The id was seen before: this is the first receipt again.
};

}  // namespace herald
