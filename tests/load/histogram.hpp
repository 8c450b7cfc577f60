#pragma once

#include "clock.hpp"

#include <array>
#include <bit>
#include <cstdint>

namespace herald::load {

/// Counts durations in log-linear buckets (as HDR histograms do): 128 equal buckets for each doubling, so that a value is
/// known to within 0.8 %, from 1 ns to 4.6 hours (longer is counted as that).
class histogram {
public:
  void record(nanos duration, std::uint64_t times = 1) {
    const auto value = duration < 0 ? 0 : static_cast<std::uint64_t>(duration);
    counts_[bucket_of(value)] += times;
    count_ += times;
    sum_ += static_cast<double>(value) * static_cast<double>(times);
    max_ = duration > max_ ? duration : max_;
  }

  std::uint64_t count() const { return count_; }
  nanos max() const { return max_; }
  double mean() const { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }

  /// The smallest duration that `fraction` (0 to 1) of all do not exceed, rounded up to its bucket's end; 0 when empty.
  nanos quantile(double fraction) const;

private:
  static constexpr unsigned sub_bits = 7;
  static constexpr unsigned max_bits = 44;
  static constexpr std::size_t bucket_count = std::size_t{max_bits - sub_bits + 2} << sub_bits;

  static std::size_t bucket_of(std::uint64_t value) {
    const unsigned bits = static_cast<unsigned>(std::bit_width(value));
    if (bits <= sub_bits)
      return value;
    if (bits > max_bits)
      return bucket_count - 1;
    const unsigned shift = bits - sub_bits - 1;
    return (std::size_t{shift} << sub_bits) + (value >> shift);
  }

  static nanos end_of(std::size_t bucket);

  std::array<std::uint64_t, bucket_count> counts_{};
  std::uint64_t count_ = 0;
  double sum_ = 0;
  nanos max_ = 0;
};

} // namespace herald::load
