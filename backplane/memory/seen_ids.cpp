#include "backplane/memory/seen_ids.hpp"

namespace herald::backplane {
namespace {

/// No id or channel has a space in it.
std::string key_of(const channel& to, const std::string& id) { return to.name() + ' ' + id; }

}  // namespace

std::optional<seen_ids::first> seen_ids::find(const channel& to, const std::string& id, time_point now) {
  expire(now);
  auto found = ids_.find(key_of(to, id));
  return found == ids_.end() ? std::nullopt : std::optional{found->second};
}

void seen_ids::remember(const channel& to, const std::string& id, first what, time_point now) {
  auto [place, is_new] = ids_.try_emplace(key_of(to, id), what);
  if (is_new) in_order_.push_back({now + window_, &place->first});
  expire(now);
}

void seen_ids::expire(time_point now) {
  while (!in_order_.empty() && (in_order_.front().until <= now || ids_.size() > max_ids)) {
    auto key = ids_.find(*in_order_.front().key);
    in_order_.pop_front();
    ids_.erase(key);
  }
}

}  // namespace herald::backplane
