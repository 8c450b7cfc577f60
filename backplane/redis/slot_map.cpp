#include "backplane/redis/slot_map.hpp"

#include "backplane/redis/replies.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace herald::backplane {
namespace {

/// Of one range: first slot, last slot, master, replicas.
struct range {
  long long first = 0;
  long long last = 0;
  redis_options::address master;
};

std::optional<range> read_range(const redisReply& reply, const redis_options::address& asked) {
  auto parts = elements_of(reply);
  if (parts.size() < 3) return std::nullopt;
  auto master = elements_of(*parts[2]);
  auto first = integer_of(*parts[0]), last = integer_of(*parts[1]);
  if (!first || !last || master.size() < 2) return std::nullopt;
  auto port = integer_of(*master[1]);
  if (!port || *first < 0 || *last < *first || *last >= static_cast<long long>(slot_count)) return std::nullopt;
  auto host = std::string{text_of(*master[0])};
  if (host.empty() || host == "?") host = asked.host;
  return range{*first, *last, {std::move(host), std::to_string(*port)}};
}

}  // namespace

std::optional<slot_map> slot_map::read(const redisReply& reply, const address& asked) {
  if (!is_array(reply)) return std::nullopt;
  slot_map result;
  for (const auto* part : elements_of(reply)) {
    auto found = read_range(*part, asked);
    if (!found) return std::nullopt;
    auto owner = result.index_of(found->master);
    for (auto slot = found->first; slot <= found->last; ++slot) result.owners_[static_cast<std::size_t>(slot)] = owner;
  }
  return result;
}

const slot_map::address* slot_map::owner(std::uint16_t slot) const {
  auto found = owners_[slot];
  return found == nobody ? nullptr : &masters_[found];
}

void slot_map::assign(std::uint16_t slot, const address& to) { owners_[slot] = index_of(to); }

bool slot_map::is_whole() const {
  return std::none_of(owners_.begin(), owners_.end(), [](auto owner) { return owner == nobody; });
}

std::vector<slot_map::address> slot_map::masters() const {
  std::vector<bool> owns(masters_.size());
  for (auto owner : owners_)
    if (owner != nobody) owns[owner] = true;
  std::vector<address> result;
  for (std::size_t i = 0; i < owns.size(); ++i)
    if (owns[i]) result.push_back(masters_[i]);
  return result;
}

std::uint16_t slot_map::index_of(const address& master) {
  auto found = std::find(masters_.begin(), masters_.end(), master);
  if (found == masters_.end()) found = masters_.insert(found, master);
  return static_cast<std::uint16_t>(found - masters_.begin());
}

std::optional<redirection> redirection::read(std::string_view error, const redis_options::address& from) {
  redirection result;
  if (error.starts_with("ASK "))
    result.ask = true;
  else if (!error.starts_with("MOVED "))
    return std::nullopt;
  error.remove_prefix(error.find(' ') + 1);
  auto [stop, wrong] = std::from_chars(error.data(), error.data() + error.size(), result.slot);
  error.remove_prefix(static_cast<std::size_t>(stop - error.data()));
  auto colon = error.rfind(':');  // an IPv6 address has others before it
  if (wrong != std::errc{} || result.slot >= slot_count || !error.starts_with(' ') || colon == std::string_view::npos)
    return std::nullopt;
  auto host = error.substr(1, colon - 1), port = error.substr(colon + 1);
  if (port.empty()) return std::nullopt;
  result.to = {host.empty() || host == "?" ? from.host : std::string{host}, std::string{port}};
  return result;
}

}  // namespace herald::backplane
