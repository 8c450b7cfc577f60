#include "app/operator/capacity_api.hpp"
#include "app/operator/answers.hpp"

#include <doctest/doctest.h>

using namespace herald;
using namespace herald::app;
using namespace std::chrono_literals;

namespace {

/// A node that has measured: 100 MB, of which 60 are for connections of 10,000 bytes.
capacity_inputs loaded_node() {
  capacity_inputs in;
  in.connections = 20'000;
  in.memory_limit_bytes = 100'000'000;
  in.base_bytes = 20'000'000;
  in.reserve_bytes = 10'000'000;
  in.measured_connections = 1000;
  in.bytes_a_connection = 10'000 - kernel_bytes_a_connection;
  in.cpu_us_a_delivery = 10;
  in.deliveries_per_s_a_connection = 1;
  in.cpus = 2;
  in.max_connections = 50'000;
  return in;
}

std::string at(std::string text, std::initializer_list<std::string_view> path) {
  for (const auto name : path) text = member_text(text, name);
  return text;
}

std::string refusal(std::string_view query) {
  const auto read = read_capacity_query(query, {});
  const auto* why = std::get_if<failure>(&read);
  return why == nullptr ? "" : why->field;
}

}  // namespace

TEST_SUITE("capacity") {

TEST_CASE("pods by the old rule, and no fewer than carry them all when one is lost") {
  auto in = loaded_node();
  auto plan = plan_capacity(in);
  CHECK(plan.least.by == "memory");
  CHECK(plan.least.connections == 6'000);
  CHECK(plan.by_rule == 6);        // ceil(20,000 ÷ 6,000) × 1.5
  CHECK(plan.with_one_lost == 5);
  CHECK(plan.pods == 6);
  CHECK(plan.hpa_connections == 4'000);  // 6,000 ÷ 1.5
  in.connections = 3'000;
  plan = plan_capacity(in);
  CHECK(plan.by_rule == 2);
  CHECK(plan.pods == 2);
  CHECK(plan.hpa_connections == 2'727);  // with 10 % more on each of two, one alone holds 6,000
}

TEST_CASE("at the HPA's last step, tolerance and all, the others hold what a lost pod had") {
  for (const std::uint64_t wanted : {1, 100, 5'999, 6'000, 6'001, 20'000, 123'456, 1'000'000'000}) {
    auto in = loaded_node();
    in.connections = wanted;
    const auto plan = plan_capacity(in);
    CAPTURE(wanted);
    const auto each = 1.1 * static_cast<double>(plan.hpa_connections);
    const auto pods = static_cast<double>(plan.pods);
    CHECK(each * pods <= 6'000 * (pods - 1) + 1);
    CHECK(static_cast<double>(wanted) <= 6'000 * (pods - 1));
  }
}

TEST_CASE("the CPU is the limit where it is the least") {
  auto in = loaded_node();
  in.deliveries_per_s = 20'000 * 50.0;  // 50 a second each, 10 µs: 2,000 a CPU
  const auto plan = plan_capacity(in);
  CHECK(plan.least.by == "cpu");
  CHECK(plan.least.connections == 2'800);
}

TEST_CASE("without a limit and without load the setting is the limit") {
  auto in = loaded_node();
  in.memory_limit_bytes.reset();
  in.deliveries_per_s_a_connection = 0;
  const auto plan = plan_capacity(in);
  CHECK(plan.least.by == "max_connections");
  CHECK(plan.least.connections == 50'000);
}

TEST_CASE("too little to measure: it says so and takes the benchmark's figures") {
  auto in = loaded_node();
  in.bytes_a_connection.reset();
  in.cpu_us_a_delivery.reset();
  in.measured_connections = 3;
  const auto text = capacity_json(in);
  CHECK(at(text, {"is_measured"}) == "false");
  CHECK(at(text, {"figures", "bytes_a_connection"}) == "8400.0");
  CHECK(at(text, {"figures", "bytes_a_connection_from"}) == "\"default\"");
  CHECK(at(text, {"figures", "cpu_us_a_delivery_from"}) == "\"default\"");
  CHECK(text.find("it takes 500 at once, and there were at most 3") != std::string::npos);
  in.has_tls = true;
  CHECK(plan_capacity(in).bytes_a_connection == 24'600);
  CHECK(at(capacity_json(loaded_node()), {"is_measured"}) == "true");
  CHECK(at(capacity_json(loaded_node()), {"notes"}) == "[]");
}

TEST_CASE("a limit without room for connections is said, and nothing is divided by it") {
  auto in = loaded_node();
  in.memory_limit_bytes = 30'000'000;
  const auto text = capacity_json(in);
  CHECK(at(text, {"a_pod", "connections"}) == "0");
  CHECK(text.find("raise it, or lower outbox-budget") != std::string::npos);
}

TEST_CASE("the memory request keeps the HPA's memory metric quiet until connections are over") {
  const auto in = loaded_node();
  const auto plan = plan_capacity(in);
  const auto used = 30'000'000 + 1.1 * 4'000 * 10'000;
  CHECK(used / static_cast<double>(plan.request_bytes) <= 0.77);
  CHECK(used / static_cast<double>(plan.request_bytes - (1 << 20)) > 0.77);
}

TEST_CASE("bad input is refused with the name of what is wrong") {
  CHECK(refusal("") == "connections");
  for (const auto* bad : {"0", "-1", "1e4", "", "20%20", "99999999999"}) CHECK_MESSAGE(refusal("connections=" + std::string{bad}) == "connections", bad);
  CHECK(refusal("connections=1&deliveries_per_s=x") == "deliveries_per_s");
  CHECK(refusal("connections=1&memory_limit=1MiB") == "memory_limit");
  CHECK(refusal("connections=1&memory_limit=1Gi") == "memory_limit");
  CHECK(refusal("connections=1&pods=3") == "pods");
  const auto read = read_capacity_query("connections=20000&deliveries_per_s=0&memory_limit=1GiB", {});
  const auto& in = std::get<capacity_inputs>(read);
  CHECK(in.connections == 20'000);
  CHECK(in.deliveries_per_s == 0);
  CHECK(in.memory_limit_bytes == 1u << 30);
}

}

TEST_SUITE("load_record") {

TEST_CASE("memory a connection is taken when there are most, from what the node took before the first") {
  load_record load;
  load.see({0, 10'000'000, 0, 0us, 2s});
  load.see({499, 15'000'000, 0, 0us, 2s});
  CHECK_FALSE(load.bytes_a_connection());
  load.see({1'000, 18'000'000, 0, 0us, 2s});
  CHECK(load.bytes_a_connection() == 8'000);
  load.see({950, 19'500'000, 0, 0us, 2s});
  CHECK(load.bytes_a_connection() == 10'000);
  load.see({10, 19'000'000, 0, 0us, 2s});   // the allocator has kept what those had that left
  load.see({0, 19'000'000, 0, 0us, 2s});
  CHECK(load.bytes_a_connection() == 10'000);
  CHECK(load.base_bytes() == 10'000'000);
}

TEST_CASE("CPU a delivery is taken under load: what an idle night costs is not in it") {
  load_record load;
  load.see({100, 1, 50, 1'000'000us, 2s});
  CHECK_FALSE(load.cpu_us_a_delivery());
  load.see({100, 1, 20'000, 200'000us, 2s});
  CHECK(load.cpu_us_a_delivery() == 10);
  CHECK(load.deliveries_per_s_a_connection() == 100);
  for (int i = 0; i < 2'000; ++i) load.see({100, 1, 20'000, 400'000us, 2s});
  CHECK(*load.cpu_us_a_delivery() > 19.5);
}

}
