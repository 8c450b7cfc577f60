#include "actors/grant.hpp"

#include <algorithm>

namespace herald {
namespace {

bool any_matches(const std::vector<std::string>& patterns, std::string_view text) {
  return std::ranges::any_of(patterns, [&](const std::string& pattern) { return matches(pattern, text); });
}

}  // namespace

bool matches(std::string_view pattern, std::string_view text) noexcept {
  if (!pattern.ends_with('*')) return pattern == text;
  pattern.remove_suffix(1);
  return text.starts_with(pattern);
}

bool grant::may_join(const channel& group) const { return any_matches(groups, group.id()); }

bool grant::may_publish(const channel& to) const {
  // A user's channel is called by the id alone, which could look like any pattern.
  return any_matches(publish, to.kind() == channel_kind::user ? "user:" + to.name() : to.name());
}

}  // namespace herald
