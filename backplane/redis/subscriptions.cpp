#include "backplane/redis/subscriptions.hpp"

#include <algorithm>

namespace herald::backplane {

void subscriptions::want(std::string_view name) {
  change(touch(name), [](entry& x) { x.wanted = true; });
}

void subscriptions::drop(std::string_view name) {
  if (entries_.contains(name)) change(touch(name), [](entry& x) { x.wanted = false; });
}

subscriptions::commands subscriptions::take(std::size_t max) {
  commands out;
  for (auto left = std::min(max, dirty_.size()); left > 0; --left) {
    auto name = std::move(dirty_.back());
    dirty_.pop_back();
    auto& x = entries_.find(name)->second;
    x.dirty = false;
    if (x.wanted == x.asked) {
      forget_if_unused(name);
      continue;
    }
    change(x, [](entry& y) {
      y.asked = y.wanted;
      if (y.asked) ++y.unconfirmed;
    });
    if (x.asked) ++unconfirmed_;
    (x.asked ? out.subscribe : out.unsubscribe).push_back(name);
    forget_if_unused(name);
  }
  return out;
}

bool subscriptions::confirm(std::string_view name) {
  auto found = entries_.find(name);
  if (found == entries_.end() || found->second.unconfirmed == 0) return false;
  --unconfirmed_;
  change(found->second, [](entry& x) { --x.unconfirmed; });
  auto is_live = found->second.is_live();
  forget_if_unused(name);
  return is_live;
}

void subscriptions::lose() {
  dirty_.clear();
  unconfirmed_ = 0;
  live_ = 0;
  std::erase_if(entries_, [](const auto& item) { return !item.second.wanted; });
  for (auto& [name, x] : entries_) {
    x = {.wanted = true, .dirty = true};
    dirty_.push_back(name);
  }
}

bool subscriptions::is_live(std::string_view name) const {
  auto found = entries_.find(name);
  return found != entries_.end() && found->second.is_live();
}

subscriptions::entry& subscriptions::touch(std::string_view name) {
  auto found = entries_.find(name);
  if (found == entries_.end()) found = entries_.try_emplace(std::string{name}).first;
  if (!found->second.dirty) {
    found->second.dirty = true;
    dirty_.emplace_back(name);
  }
  return found->second;
}

void subscriptions::forget_if_unused(std::string_view name) {
  auto found = entries_.find(name);
  const auto& x = found->second;
  if (!x.wanted && !x.asked && !x.dirty && x.unconfirmed == 0) entries_.erase(found);
}

template <class Change>
void subscriptions::change(entry& what, Change how) {
  live_ -= what.is_live() ? 1 : 0;
  how(what);
  live_ += what.is_live() ? 1 : 0;
}

}  // namespace herald::backplane
