#include "tests/contract/support/sentinel_group.hpp"

#include "tests/contract/support/patience.hpp"

#include <fstream>
#include <stdexcept>

namespace herald::contract {
namespace {

constexpr auto master_name = "contract";
constexpr int replica_count = 2;
constexpr int sentinel_count = 3;

/// The value after a name, of what `redis_server::command` makes of an array of names and values.
std::string value_of(const std::string& name, const std::string& text) {
  auto at = text.find('|' + name + '|');
  if (at == std::string::npos) return {};
  at += name.size() + 2;
  return text.substr(at, text.find('|', at) - at);
}

}  // namespace

sentinel_group::sentinel_group(std::string password) : password_(std::move(password)) {
  std::vector<std::string> common{"--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"};
  if (!password_.empty()) common.insert(common.end(), {"--requirepass", password_, "--masterauth", password_});
  servers_.push_back(std::make_unique<redis_server>(common, password_));
  auto replica = common;
  replica.insert(replica.end(), {"--replicaof", "127.0.0.1 " + servers_[0]->port()});
  for (int i = 0; i < replica_count; ++i) servers_.push_back(std::make_unique<redis_server>(replica, password_));
  wait_for([this] { return servers_[0]->command({"INFO", "replication"}).find("connected_slaves:2") != std::string::npos; },
           "the replicas do not come");
  for (int i = 0; i < sentinel_count; ++i)
    sentinels_.push_back(std::make_unique<redis_server>(std::vector<std::string>{write_sentinel_file(i), "--sentinel"},
                                                        password_));
  wait_for([this] { return is_settled(); }, "the Sentinels do not find each other");
}

std::string sentinel_group::write_sentinel_file(int number) const {
  auto path = directory_.file("sentinel-" + std::to_string(number) + ".conf");
  auto name = std::string{master_name};
  std::ofstream file{path};
  file << "sentinel monitor " << name << " 127.0.0.1 " << servers_[0]->port() << " 2\n"
       << "sentinel down-after-milliseconds " << name << " 1000\n"
       << "sentinel failover-timeout " << name << " 3000\n";
  if (!password_.empty())
    file << "sentinel auth-pass " << name << ' ' << password_ << "\nrequirepass " << password_ << '\n';
  if (!file.flush()) throw std::runtime_error{"a Sentinel's file can't be written"};
  return path;
}

bool sentinel_group::is_settled() {
  for (auto& one : sentinels_) {
    auto known = one->command({"SENTINEL", "MASTER", master_name});
    if (value_of("num-other-sentinels", known) != "2" || value_of("num-slaves", known) != "2") return false;
  }
  return true;
}

backplane::redis_options sentinel_group::options(backplane::redis_options::mode mode) const {
  backplane::redis_options options;
  options.kind = backplane::redis_options::shape::sentinel;
  for (const auto& one : sentinels_) options.hosts.push_back({"127.0.0.1", one->port()});
  options.master_name = master_name;
  options.password = password_;
  options.listen = mode;
  options.client_name = "contract";
  return options;
}

std::string sentinel_group::port_of_master() {
  for (auto& one : sentinels_) {
    if (!one->is_running()) continue;
    auto address = one->command({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", master_name});
    return address.substr(address.find('|') + 1);
  }
  throw std::runtime_error{"no Sentinel is left"};
}

redis_server& sentinel_group::master() {
  auto port = port_of_master();
  for (auto& one : servers_)
    if (one->port() == port) return *one;
  throw std::runtime_error{"the Sentinels name a server that is none of ours"};
}

std::vector<redis_server*> sentinel_group::replicas() {
  std::vector<redis_server*> result;
  auto port = port_of_master();
  for (auto& one : servers_)
    if (one->port() != port) result.push_back(one.get());
  return result;
}

void sentinel_group::wait_for_other_master(const redis_server& old) {
  wait_for([&] { return port_of_master() != old.port(); }, "no replica is made the master");
}

}  // namespace herald::contract
