#pragma once

#include "actors/actor_walk.hpp"
#include "actors/errors.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace herald::app {

/// Which actors, and of which nodes: this one's, all nodes', or those of the node that is named.
struct actors_question {
  actor_query what;
  bool all_nodes = false;
  std::string node;  ///< Empty: none is named.

  bool is_for_fleet() const noexcept { return all_nodes || !node.empty(); }
};

/// Reads `kind=session&sort=outbox&limit=20&nodes=all`, or `node=NAME`; each may lack: all kinds, `mailbox`, 20, this node.
/// Errors: `bad_field`, with the field's name and what is allowed.
std::variant<actors_question, failure> read_actors_question(std::string_view query);

/// What `read_actors_question` reads, for other nodes.
std::string to_query(const actors_question& what);

}  // namespace herald::app
