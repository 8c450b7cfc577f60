#include "backplane/memory/kept_positions.hpp"

#include <algorithm>

namespace herald::backplane {
namespace {

/// No user or device has a space in its name.
std::string key_of(const std::string& user, const std::string& device) { return user + ' ' + device; }

}  // namespace

kept_positions::list kept_positions::of(const std::string& user, const std::string& device) const {
  const auto found = devices_.find(key_of(user, device));
  return found == devices_.end() ? list{} : found->second.places;
}

void kept_positions::keep(const std::string& user, const std::string& device, const std::string& channel, const cursor& at) {
  const auto key = key_of(user, device);
  auto [found, is_new] = devices_.try_emplace(key);
  auto& entry = found->second;
  if (is_new)
    entry.use = by_use_.insert(by_use_.begin(), key);
  else
    by_use_.splice(by_use_.begin(), by_use_, entry.use);
  const auto known = std::ranges::find(entry.places, channel, &list::value_type::first);
  if (known == entry.places.end())
    entry.places.emplace_back(channel, at);
  else if (!is_same_log(at, known->second) || is_after(at, known->second))
    known->second = at;
  if (devices_.size() <= max_devices) return;
  devices_.erase(by_use_.back());
  by_use_.pop_back();
}

}  // namespace herald::backplane
