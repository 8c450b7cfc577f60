#include "app/operator/load_record.hpp"

#include <algorithm>

namespace herald::app {

void load_record::see(const interval& what) noexcept {
  if (most_ == 0 && what.connections == 0) base_bytes_ = what.memory_bytes;
  most_ = std::max(most_, what.connections);
  if (what.connections > 0 && what.connections * 10 >= most_ * 9) {
    connections_ = what.connections;
    memory_bytes_ = what.memory_bytes;
  }
  const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(what.length.count(), 1));
  if (what.deliveries * 1'000'000 / us < load_per_s) return;
  if (deliveries_ >= forgotten_after) {
    deliveries_ /= 2;
    cpu_ /= 2;
    connection_s_ /= 2;
  }
  deliveries_ += what.deliveries;
  cpu_ += what.cpu;
  connection_s_ += static_cast<double>(us) / 1e6 * static_cast<double>(what.connections);
}

std::optional<double> load_record::bytes_a_connection() const noexcept {
  if (connections_ < least_connections || memory_bytes_ <= base_bytes_) return std::nullopt;
  return static_cast<double>(memory_bytes_ - base_bytes_) / static_cast<double>(connections_);
}

std::optional<double> load_record::cpu_us_a_delivery() const noexcept {
  if (deliveries_ < least_deliveries) return std::nullopt;
  return static_cast<double>(cpu_.count()) / static_cast<double>(deliveries_);
}

double load_record::deliveries_per_s_a_connection() const noexcept {
  return connection_s_ > 0 ? static_cast<double>(deliveries_) / connection_s_ : 0;
}

}  // namespace herald::app
