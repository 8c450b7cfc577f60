#pragma once

#include "actors/log.hpp"
#include "actors/pinned.hpp"
#include "transport/http/message.hpp"

#include <caf/typed_actor.hpp>

#include <chrono>
#include <functional>
#include <optional>

namespace herald::app {

// -- its messages -------------------------------------------------------------

/// `for_so_long`: then the level is again what it was before; nothing: until it is set again.
struct set_log_level {
  log::level to;
  std::optional<std::chrono::milliseconds> for_so_long;
  std::string by;    ///< Whose key it was.
  std::string peer;  ///< From where it came.
  transport::http_reply reply;
};

struct log_level_over { std::uint64_t generation; };

using log_keeper_actor = caf::typed_actor<
  // From the API: log more, or less.
  caf::reacts_to<set_log_level>,
  // From itself: it was for a while only.
  caf::reacts_to<log_level_over>>;

// -- the actor ----------------------------------------------------------------

/// Changes what is logged while the node runs, for a while or until it is told otherwise.
/// Thread: the API's.   Ends: with the node.
class log_keeper : public pinned<log_keeper_actor, actor_kind::log_keeper> {
public:
  log_keeper(caf::actor_config& cfg, log::level usual) : pinned(cfg), usual_(usual), now_(usual) {}

  behavior_type make_behavior() override;

private:
  void on_set(const set_log_level& asked);
  void on_over(const log_level_over& what);
  void change(log::level to, std::string_view by, std::string_view peer, std::chrono::milliseconds for_so_long);

  log::level usual_;
  log::level now_;
  std::uint64_t generation_ = 0;  ///< Changes with each change; tells whether an end is out of date.
};

/// `POST /admin/log-level?level=debug&for=10m`.
void ask_log_level(const log_keeper_actor& who, const transport::http_request& request, transport::http_reply reply);

}  // namespace herald::app

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::app::log_level_over)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::app::set_log_level)
