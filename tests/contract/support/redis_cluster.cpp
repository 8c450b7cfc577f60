#include "tests/contract/support/redis_cluster.hpp"

#include "backplane/redis/slot.hpp"
#include "tests/contract/support/patience.hpp"

#include <sstream>
#include <stdexcept>

namespace herald::contract {
namespace {

constexpr std::size_t master_count = 3;

std::string slot_text(std::string_view key) { return std::to_string(backplane::slot_of(key)); }

struct node_line {
  std::string id;
  std::string port;
  std::string flags;
  std::string master;
  std::vector<std::pair<int, int>> slots;

  bool is_healthy_master() const { return flags.find("master") != std::string::npos && flags.find("fail") == std::string::npos; }
  bool owns(int slot) const {
    for (auto [first, last] : slots)
      if (slot >= first && slot <= last) return true;
    return false;
  }
};

/// A line of CLUSTER NODES: id ip:port@bus flags master ping pong epoch link slots…
node_line read_node(const std::string& line) {
  node_line result;
  std::istringstream words{line};
  std::string address, ping, pong, epoch, link, range;
  words >> result.id >> address >> result.flags >> result.master >> ping >> pong >> epoch >> link;
  auto colon = address.find(':');
  result.port = address.substr(colon + 1, address.find('@') - colon - 1);
  while (words >> range) {
    if (range.front() == '[') continue;
    auto dash = range.find('-');
    auto first = std::stoi(range);
    result.slots.emplace_back(first, dash == std::string::npos ? first : std::stoi(range.substr(dash + 1)));
  }
  return result;
}

std::vector<node_line> nodes_of(redis_server& by) {
  std::vector<node_line> result;
  std::istringstream lines{by.command({"CLUSTER", "NODES"})};
  for (std::string line; std::getline(lines, line);)
    if (!line.empty()) result.push_back(read_node(line));
  return result;
}

std::string id_of(redis_server& server) { return server.command({"CLUSTER", "MYID"}); }

}  // namespace

redis_cluster::redis_cluster() {
  for (std::size_t i = 0; i < 2 * master_count; ++i)
    servers_.push_back(std::make_unique<redis_server>(std::vector<std::string>{
      "--cluster-enabled", "yes", "--cluster-port", free_port(), "--cluster-node-timeout", "1500",
      "--repl-diskless-sync-delay", "0", "--cluster-replica-validity-factor", "0", "--repl-ping-replica-period", "1"}));
  form();
  wait_for([this] { return is_settled(); }, "the Cluster does not come together");
}

void redis_cluster::form() {
  const int each = static_cast<int>(backplane::slot_count / master_count);
  for (std::size_t i = 0; i < master_count; ++i) {
    const auto first = static_cast<int>(i) * each;
    const auto last = i + 1 == master_count ? static_cast<int>(backplane::slot_count) - 1 : first + each - 1;
    servers_[i]->command({"CLUSTER", "ADDSLOTSRANGE", std::to_string(first), std::to_string(last)});
    servers_[i]->command({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
  }
  for (auto& one : servers_)
    if (one != servers_[0])
      one->command({"CLUSTER", "MEET", "127.0.0.1", servers_[0]->port(), servers_[0]->bus_port()});
  for (std::size_t i = master_count; i < servers_.size(); ++i) {
    auto id = id_of(*servers_[i - master_count]);
    wait_for([&] {
      for (const auto& node : nodes_of(*servers_[i]))
        if (node.id == id && node.flags.find("handshake") == std::string::npos) return true;
      return false;
    }, "the Cluster's nodes do not meet");
    servers_[i]->command({"CLUSTER", "REPLICATE", id});
  }
}

bool redis_cluster::is_settled() {
  for (auto& one : servers_) {
    if (!one->is_running()) continue;
    if (one->command({"CLUSTER", "INFO"}).find("cluster_state:ok") == std::string::npos) return false;
    const auto nodes = nodes_of(*one);
    if (nodes.size() != servers_.size()) return false;
    std::size_t replicas = 0;
    for (const auto& node : nodes) replicas += node.flags.find("slave") != std::string::npos ? 1 : 0;
    if (replicas != servers_.size() - master_count) return false;
  }
  for (auto* master : masters())
    if (master->command({"INFO", "replication"}).find("state=online") == std::string::npos) return false;
  return true;
}

backplane::redis_options redis_cluster::options(backplane::redis_options::mode mode) const {
  backplane::redis_options options;
  options.kind = backplane::redis_options::shape::cluster;
  options.hosts = {{"127.0.0.1", servers_.back()->port()}};
  options.listen = mode;
  options.client_name = "contract";
  return options;
}

redis_server& redis_cluster::at_port(const std::string& port) {
  for (auto& one : servers_)
    if (one->port() == port) return *one;
  throw std::runtime_error{"the Cluster names a server that is none of ours"};
}

std::vector<redis_server*> redis_cluster::masters() {
  for (auto& one : servers_) {
    if (!one->is_running()) continue;
    std::vector<redis_server*> result;
    for (const auto& node : nodes_of(*one))
      if (node.is_healthy_master() && !node.slots.empty()) result.push_back(&at_port(node.port));
    return result;
  }
  throw std::runtime_error{"no node is left"};
}

redis_server& redis_cluster::owner(std::string_view key) {
  for (auto* one : masters())
    for (const auto& node : nodes_of(*one))
      if (node.is_healthy_master() && node.owns(backplane::slot_of(key))) return at_port(node.port);
  throw std::runtime_error{"nobody owns the slot"};
}

redis_server& redis_cluster::other_master(std::string_view key) {
  auto& one = owner(key);
  for (auto* other : masters())
    if (other != &one) return *other;
  throw std::runtime_error{"there is no other master"};
}

redis_server& redis_cluster::replica_of(redis_server& master) {
  const auto id = id_of(master);
  for (const auto& node : nodes_of(master))
    if (node.master == id) return at_port(node.port);
  throw std::runtime_error{"it has no replica"};
}

void redis_cluster::wait_for_other_owner(std::string_view key, const redis_server& old) {
  wait_for([&] {
    for (auto& one : servers_) {
      if (!one->is_running() || one.get() == &old) continue;
      if (one->command({"CLUSTER", "INFO"}).find("cluster_state:ok") == std::string::npos) return false;
      for (const auto& node : nodes_of(*one))
        if (node.owns(backplane::slot_of(key)) && node.port == old.port()) return false;
    }
    return true;
  }, "no other node takes the slot");
}

void redis_cluster::open_slot(std::string_view key, redis_server& from, redis_server& to) {
  to.command({"CLUSTER", "SETSLOT", slot_text(key), "IMPORTING", id_of(from)});
  from.command({"CLUSTER", "SETSLOT", slot_text(key), "MIGRATING", id_of(to)});
}

void redis_cluster::move_keys(std::string_view key, redis_server& from, redis_server& to) {
  for (;;) {
    auto some = from.command({"CLUSTER", "GETKEYSINSLOT", slot_text(key), "1"});
    if (some.empty()) return;
    from.command({"MIGRATE", "127.0.0.1", to.port(), some, "0", "5000"});
  }
}

void redis_cluster::close_slot(std::string_view key, redis_server& from, redis_server& to) {
  const auto id = id_of(to);
  to.command({"CLUSTER", "SETSLOT", slot_text(key), "NODE", id});
  from.command({"CLUSTER", "SETSLOT", slot_text(key), "NODE", id});
}

std::size_t redis_cluster::count_errors(const std::string& word) {
  std::size_t result = 0;
  const auto line = "errorstat_" + word + ":count=";
  for (auto& one : servers_) {
    if (!one->is_running()) continue;
    const auto text = one->command({"INFO", "errorstats"});
    if (auto at = text.find(line); at != std::string::npos) result += std::stoul(text.substr(at + line.size()));
  }
  return result;
}

void redis_cluster::clear() {
  wait_for([this] { return is_settled(); }, "the Cluster is not as it was");
  for (auto* one : masters()) one->command({"FLUSHALL"});
}

}  // namespace herald::contract
