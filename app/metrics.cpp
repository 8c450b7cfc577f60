#include "app/metrics.hpp"

namespace herald::app {

std::string metrics::text() const {
  metric_list all;
  for (auto* add : {add_clients, add_ledger, add_slow_clients, add_backplane, add_security, add_node, add_operators}) add(all, from_);
  return all.text();
}

}  // namespace herald::app
