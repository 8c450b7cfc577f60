#pragma once

#include "actors/histogram.hpp"

#include <prometheus/metric_family.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace herald::app {

using metric_labels = std::vector<prometheus::ClientMetric::Label>;

struct metric_sample {
  double value = 0;
  metric_labels with;

  metric_sample(double x, metric_labels labels = {}) : value(x), with(std::move(labels)) {}
  metric_sample(std::uint64_t x, metric_labels labels = {}) : metric_sample(static_cast<double>(x), std::move(labels)) {}
};

/// Numbers on their way to Prometheus's text format.
///
/// prometheus-cpp's families and its serializer, without its registry: the numbers are counted where they arise, by one thread each and
/// without a lock, and a scrape reads them. A registry would count them a second time, with locked instructions.
/// Thread: one.
class metric_list {
public:
  void gauge(std::string name, std::string help, metric_sample value) { add(type::Gauge, std::move(name), std::move(help), {std::move(value)}); }
  void gauges(std::string name, std::string help, const std::vector<metric_sample>& values) { add(type::Gauge, std::move(name), std::move(help), values); }

  /// A counter: its name ends with `_total`.
  void total(std::string name, std::string help, metric_sample value) { add(type::Counter, std::move(name), std::move(help), {std::move(value)}); }
  void totals(std::string name, std::string help, const std::vector<metric_sample>& values) { add(type::Counter, std::move(name), std::move(help), values); }

  /// Begins a histogram, whose parts follow.
  void histogram(std::string name, std::string help);

  /// A part of the last histogram: what several threads have counted, added up.
  template <const auto& Bounds>
  void part(const std::vector<const herald::histogram<Bounds>*>& of, metric_labels with = {}) {
    prometheus::ClientMetric result;
    result.label = std::move(with);
    auto& to = result.histogram;
    for (const auto* one : of) to.sample_sum += seconds(one->sum());
    for (std::size_t i = 0; i < herald::histogram<Bounds>::buckets; ++i) {
      for (const auto* one : of) to.sample_count += one->count(i);
      to.bucket.push_back({to.sample_count, i < Bounds.size() ? seconds(Bounds[i]) : std::numeric_limits<double>::infinity()});
    }
    families_.back().metric.push_back(std::move(result));
  }

  std::string text() const;

private:
  using type = prometheus::MetricType;

  static double seconds(std::chrono::nanoseconds x) { return std::chrono::duration<double>{x}.count(); }

  void add(type what, std::string name, std::string help, const std::vector<metric_sample>& values);

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace herald::app
