#include "transport/limits/address_rates.hpp"

#include "actors/random.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace herald::transport {
namespace {

constexpr std::size_t part_count = 64;
constexpr std::size_t sets_of_part = 32;
constexpr std::size_t places_of_set = 8;

/// Two rounds of a multiplication that mixes well (splitmix64's), with a seed that nobody outside knows.
std::uint64_t hash_of(const ip_address& whose, std::uint64_t seed) noexcept {
  std::array<std::uint64_t, 2> words;
  std::memcpy(words.data(), whose.raw().data(), sizeof words);
  std::uint64_t result = seed;
  for (const auto word : words) {
    result ^= word;
    result = (result ^ (result >> 30)) * 0xbf58476d1ce4e5b9u;
    result = (result ^ (result >> 27)) * 0x94d049bb133111ebu;
    result ^= result >> 31;
  }
  return result;
}

}  // namespace

struct address_rates::entry {
  ip_address whose;
  token_bucket bucket;
};

struct address_rates::part {
  std::mutex mutex;
  std::array<std::array<entry, places_of_set>, sets_of_part> sets;
};

address_rates::address_rates(rate_limit limit)
  : limit_(limit), seed_(random_bits()), parts_(limit.is_unlimited() ? nullptr : std::make_unique<part[]>(part_count)) {}

address_rates::~address_rates() = default;

token_bucket::duration address_rates::try_take(const ip_address& whose, token_bucket::time_point now) {
  if (!parts_) return token_bucket::duration::zero();
  const auto key = whose.counted();
  const auto hash = hash_of(key, seed_);
  auto& mine = parts_[hash % part_count];
  const std::lock_guard lock{mine.mutex};
  auto& set = mine.sets[(hash / part_count) % sets_of_part];
  auto place = std::ranges::find(set, key, &entry::whose);
  if (place == set.end()) {
    place = std::ranges::min_element(set, {}, [](const entry& one) { return one.bucket.full_at(); });
    *place = {key, {}};
  }
  return place->bucket.try_take(limit_, now);
}

}  // namespace herald::transport
