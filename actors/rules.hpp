#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace herald {

class revocations;
class token_index;

/// What the settings say to the actors. Immutable; outlives them.
struct actor_rules {
  std::string node = "node";
  std::chrono::milliseconds ping_interval{25'000};
  std::chrono::milliseconds user_linger{10'000};
  std::chrono::milliseconds publish_timeout{5'000};
  /// How long a welcome waits for the log to say whether a client can go on from its cursors; then it says that it does not know yet.
  std::chrono::milliseconds welcome_patience{1'000};
  /// A client that is behind and takes nothing at all for so long is closed.
  std::chrono::milliseconds stall_timeout{30'000};
  std::size_t max_groups_per_session = 100;
  /// How many bad messages within a minute end a session.
  std::size_t max_bad_messages = 10;
  /// How many routers a directory sends to before it lets others run.
  std::size_t fan_out_slice = 512;
  /// After how many bytes a directory tells the bridge what it has passed on.
  std::size_t forwarded_chunk_bytes = 64 * 1024;
  /// How long before its token ends a client is told so; half of what is left, if that is less.
  std::chrono::milliseconds expiry_warning{30'000};
  /// Null where sessions come without tokens.
  token_index* tokens = nullptr;
  const revocations* revoked = nullptr;
};

}  // namespace herald
