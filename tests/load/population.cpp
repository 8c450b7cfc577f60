#include "population.hpp"

#include <charconv>

namespace herald::load {

namespace {

/// The number behind `prefix`, if it is below `limit` and written as we write it.
std::optional<std::uint32_t> number_behind(std::string_view prefix, std::string_view name, std::uint32_t limit) {
  if (name.size() <= prefix.size() || name.compare(0, prefix.size(), prefix) != 0)
    return std::nullopt;
  std::uint32_t number = 0;
  const auto* end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data() + prefix.size(), end, number);
  if (error != std::errc{} || stop != end || number >= limit)
    return std::nullopt;
  return number;
}

} // namespace

population::population(const options& given)
  : users_(given.users), sessions_per_user_(given.sessions_per_user), groups_(given.groups),
    groups_per_user_(given.groups == 0 ? 0 : given.groups_per_user), user_prefix_(given.user_prefix),
    group_prefix_("group:" + given.group_prefix) {}

channel_id population::channel_at(session_id session, std::uint32_t slot) const {
  if (slot == 0)
    return broadcast();
  const auto owner = user_of(session);
  if (slot == 1)
    return user(owner);
  return group(static_cast<std::uint32_t>((std::uint64_t{owner} * groups_per_user_ + slot - 2) % groups_));
}

std::optional<std::uint32_t> population::slot_of(session_id session, channel_id channel) const {
  if (channel == broadcast())
    return 0;
  const auto owner = user_of(session);
  if (!is_group(channel))
    return channel == user(owner) ? std::optional<std::uint32_t>{1} : std::nullopt;
  const auto first = std::uint64_t{owner} * groups_per_user_ % groups_;
  const auto distance = (channel - 1 + groups_ - first) % groups_;
  return distance < groups_per_user_ ? std::optional{static_cast<std::uint32_t>(distance) + 2} : std::nullopt;
}

std::uint64_t population::fan_out(channel_id channel) const {
  if (channel == broadcast())
    return sessions();
  if (!is_group(channel))
    return sessions_per_user_;
  // Memberships 0, 1, 2, … go round the groups in turn; group g has every `groups`th of them, from the gth on.
  const auto memberships = std::uint64_t{users_} * groups_per_user_;
  const auto index = channel - 1;
  return memberships <= index ? 0 : ((memberships - index - 1) / groups_ + 1) * sessions_per_user_;
}

std::string population::name_of(channel_id channel) const {
  if (channel == broadcast())
    return "broadcast";
  if (is_group(channel))
    return group_prefix_ + std::to_string(channel - 1);
  return user_prefix_ + std::to_string(channel - 1 - groups_);
}

std::optional<channel_id> population::channel_named(std::string_view name) const {
  if (const auto index = number_behind(user_prefix_, name, users_))
    return user(*index);
  if (const auto index = number_behind(group_prefix_, name, groups_))
    return group(*index);
  return name == "broadcast" ? std::optional{broadcast()} : std::nullopt;
}

std::string population::target_of(session_id session) const {
  auto target = "/ws?user=" + name_of(user(user_of(session)));
  for (std::uint32_t slot = 2; slot < slots(); ++slot)
    target += (slot == 2 ? "&groups=" : ",") + name_of(channel_at(session, slot)).substr(std::string_view{"group:"}.size());
  return target;
}

} // namespace herald::load
