#pragma once

#include "app/config.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace herald::app {

/// How a node is to end.
struct stop_order {
  std::string by;               ///< For the log.
  bool at_once = false;         ///< All sessions are told to go now.
  std::function<bool()> hurry;  ///< Asked again and again: whether it is to be at once after all.
};

/// A whole herald node: what is started in which order, and how it ends.
/// Thread: the one that made it, for all of its functions.
class node {
public:
  /// `shown`: the settings as operators may see them. Both have to outlive it.
  node(const settings& from, const std::vector<shown_setting>& shown);
  ~node();

  /// Reads the keys that settings name. Nothing if that worked, else what is wrong with which setting. Before `start`.
  std::optional<std::string> load();

  /// Starts everything and opens both ports. Nothing if that worked, else one sentence.
  std::optional<std::string> start();

  std::uint16_t public_port() const;
  std::uint16_t admin_port() const;

  /// Drains, then ends: see `drain_status`. Takes up to `drain-delay`, `drain-window` and seven seconds.
  void stop(const stop_order& how);

private:
  class parts;

  std::unique_ptr<parts> parts_;
};

}  // namespace herald::app
