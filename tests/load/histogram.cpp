#include "histogram.hpp"

#include <algorithm>
#include <cmath>

namespace herald::load {

nanos histogram::end_of(std::size_t bucket) {
  if (bucket < (std::size_t{2} << sub_bits))
    return static_cast<nanos>(bucket);
  const auto shift = (bucket >> sub_bits) - 1;
  const auto start = bucket - (shift << sub_bits);
  return static_cast<nanos>(((start + 1) << shift) - 1);
}

nanos histogram::quantile(double fraction) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(fraction * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < bucket_count; ++bucket) {
    seen += counts_[bucket];
    if (seen >= wanted && seen > 0)
      return std::min(end_of(bucket), max_);
  }
  return max_;
}

} // namespace herald::load
