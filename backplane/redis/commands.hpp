#pragma once

#include "actors/descriptions.hpp"
#include "backplane/redis/scripts.hpp"
#include "backplane/redis/wire.hpp"

#include <functional>
#include <span>
#include <string_view>
#include <vector>

namespace herald::backplane {

/// Runs scripts on the server that owns their keys: one server, or a Cluster's masters.
///
/// Each server is given all scripts before it is used, and again when it has lost them (`SCRIPT FLUSH`). A script gets, as its
/// last argument, the `run_id` of the server that runs it (`INFO server`; `-` where it may not be asked): with it the publish
/// script notices that another server has taken over.
/// Thread: its home's.   Bound: none of its own; whoever runs scripts bounds how many are without an answer.
class commands {
public:
  /// Told whenever all keys can be reached, and whenever they no longer can.
  using ready_handler = std::function<void(bool)>;

  virtual ~commands() = default;
  virtual void start() = 0;

  /// Whether a script for keys in this slot would be sent now: its server is there, and answers.
  /// `slot_key` is any of the script's keys: all of them are in one slot.
  virtual bool is_ready(std::string_view slot_key) const = 0;

  /// Runs a script: `arguments` are the number of keys, the keys, and what else it takes. `done` is called once: at once, or
  /// within `command_timeout` and a tick (twice that where it had to be sent again). Scripts for one slot run in the order
  /// of the calls. @pre `is_ready(slot_key)`
  virtual void run(script which, std::string_view slot_key, std::span<const std::string_view> arguments,
                   wire::reply_handler done) = 0;

  /// Sends any other command (the canary's PUBLISH, PING) to the server of this slot. @pre `is_ready(slot_key)`
  virtual void command(std::string_view slot_key, std::span<const std::string_view> words, wire::reply_handler done) = 0;

  /// For operators: adds its connections.
  virtual void describe(std::vector<backplane_connection>& to) const = 0;

  /// Gives up the connection to the server of this slot, which answers what it should not (read-only, say).
  virtual void replace(std::string_view slot_key, std::string_view why) = 0;
};

}  // namespace herald::backplane
