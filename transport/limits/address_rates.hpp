#pragma once

#include "transport/address/ip_address.hpp"
#include "transport/limits/token_bucket.hpp"

#include <cstdint>
#include <memory>
#include <mutex>

namespace herald::transport {

/// How often each address may do something. In fixed memory: under a flood from more addresses than there is room for, the one
/// whose bucket is fullest is forgotten, which is the one that has used least of it.
/// Thread: any; one of 64 locks.
/// Bound:  16,384 addresses in 512 KiB, whatever comes; none for a rate without limit.
class address_rates {
public:
  explicit address_rates(rate_limit limit);
  ~address_rates();
  address_rates(const address_rates&) = delete;
  address_rates& operator=(const address_rates&) = delete;

  /// Zero if the address may, else for how long it may not.
  token_bucket::duration try_take(const ip_address& whose, token_bucket::time_point now);

private:
  struct entry;
  struct part;

  rate_limit limit_;
  std::uint64_t seed_;  ///< So that nobody can choose addresses that share a place.
  std::unique_ptr<part[]> parts_;
};

}  // namespace herald::transport
