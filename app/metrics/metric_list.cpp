#include "app/metrics/metric_list.hpp"

#include <prometheus/text_serializer.h>

namespace herald::app {

void metric_list::histogram(std::string name, std::string help) {
  families_.push_back({std::move(name), std::move(help), type::Histogram, {}});
}

void metric_list::add(type what, std::string name, std::string help, const std::vector<metric_sample>& values) {
  prometheus::MetricFamily family{std::move(name), std::move(help), what, {}};
  for (const auto& one : values) {
    prometheus::ClientMetric sample;
    sample.label = one.with;
    (what == type::Counter ? sample.counter.value : sample.gauge.value) = one.value;
    family.metric.push_back(std::move(sample));
  }
  families_.push_back(std::move(family));
}

std::string metric_list::text() const {
  return prometheus::TextSerializer{}.Serialize(families_);
}

}  // namespace herald::app
