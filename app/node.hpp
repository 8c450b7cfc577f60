#pragma once

#include "app/config.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace herald::app {

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

  /// Tells the clients and ends: not ready, no new clients, a moment for what was accepted just before, `bye` to everybody,
  /// then whatever is left is cut. Takes up to eight seconds; less once `hurry` says so.
  void stop(const std::function<bool()>& hurry);

private:
  class parts;

  std::unique_ptr<parts> parts_;
};

}  // namespace herald::app
