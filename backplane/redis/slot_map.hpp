#pragma once

#include "backplane/redis/options.hpp"
#include "backplane/redis/slot.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

struct redisReply;

namespace herald::backplane {

/// Which master owns which slot of a Cluster.
/// Bound: a master for each slot at most; in truth a few.
class slot_map {
public:
  using address = redis_options::address;

  slot_map() { owners_.fill(nobody); }

  /// From the answer to `CLUSTER SLOTS`; a node that does not know its own name there is the one that was asked.
  /// Nothing if it is anything else.
  static std::optional<slot_map> read(const redisReply& reply, const address& asked);

  /// Null if nobody owns it.
  const address* owner(std::uint16_t slot) const;

  void assign(std::uint16_t slot, const address& to);

  /// Those that own a slot.
  std::vector<address> masters() const;

  /// Whether every slot has an owner.
  bool is_whole() const;

private:
  static constexpr std::uint16_t nobody = 0xffff;

  std::uint16_t index_of(const address& master);

  std::vector<address> masters_;  ///< That own a slot, or did so once.
  std::array<std::uint16_t, slot_count> owners_;
};

/// Where `MOVED 3999 127.0.0.1:6381` or `ASK …` points to; without a host it is the one that said so. Nothing if it is no such
/// error.
struct redirection {
  bool ask = false;
  std::uint16_t slot = 0;
  redis_options::address to;

  static std::optional<redirection> read(std::string_view error, const redis_options::address& from);
};

}  // namespace herald::backplane
