#pragma once

#include "actors/grant.hpp"
#include "actors/order.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace herald {

/// The tokens that are refused although they are signed and have not expired.
/// Thread: any. It is asked once a connection and token.
/// Bound:  100,000 orders, as many as the backplane keeps; of more, those that end soonest are forgotten first.
class revocations {
public:
  static constexpr std::size_t max_orders = 100'000;

  /// Takes a revocation; an order of another kind changes nothing. `now_s`: Unix time; what has ended by then is forgotten.
  void add(const order& what, std::int64_t now_s);

  /// Whether the token was revoked. A token that does not say when it was issued counts as old.
  bool covers(const grant& what, std::int64_t now_s) const;

  std::size_t size() const;

private:
  struct entry {
    std::int64_t issued_by_ms;
    std::int64_t until_s;
  };
  using table = std::unordered_map<std::string, entry>;

  void make_room(std::int64_t now_s);

  mutable std::mutex mutex_;
  table users_;
  table tokens_;
};

}  // namespace herald
