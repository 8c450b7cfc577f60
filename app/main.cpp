#include "actors/log.hpp"
#include "app/access.hpp"
#include "app/auth_options.hpp"
#include "app/backplane_options.hpp"
#include "app/config.hpp"
#include "app/node.hpp"
#include "app/tls.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <string>

#include <sys/resource.h>

namespace {

using namespace herald;

/// Every client is a file descriptor: as many as this process may have.
void raise_open_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

sigset_t block_stop_signals() {
  sigset_t result;
  sigemptyset(&result);
  sigaddset(&result, SIGTERM);
  sigaddset(&result, SIGINT);
  pthread_sigmask(SIG_BLOCK, &result, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return result;
}

int run(const app::loaded& config) {
  const auto& values = config.values;
  const auto stop_signals = block_stop_signals();  // before any thread starts, so that all of them inherit it
  log::start(values.log_format, values.log_level);
  for (const auto& warning : config.warnings) log::warn("config", {{"warning", warning}});

  app::node node{values, config.shown};
  if (const auto why = node.load()) {
    log::stop();
    std::fprintf(stderr, "herald: %s\n", why->c_str());
    return 2;
  }
  if (const auto why = node.start()) {
    log::error("start_failed", {{"why", *why}});
    log::stop();
    return 1;
  }
  log::info("listening", {{"listen", to_string(app::endpoint{values.listen.host, node.public_port()})},
                          {"admin_listen", to_string(app::endpoint{values.admin_listen.host, node.admin_port()})},
                          {"node", values.node_name},
                          {"version", app::version()}});
  int which = 0;
  sigwait(&stop_signals, &which);
  // SIGTERM is a cluster's word, which lets clients move on little by little; somebody at a keyboard does not wait for that.
  const std::string by = which == SIGINT ? "SIGINT" : "SIGTERM";
  log::info("stopping", {{"signal", by}});
  node.stop({.by = by, .at_once = which == SIGINT, .hurry = [&] {
    const timespec now{};
    return sigtimedwait(&stop_signals, nullptr, &now) > 0;  // asked twice
  }});
  log::info("stopped");
  log::stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  auto inputs = herald::app::inputs_of_process(argc, argv);
  inputs.check_files = [](const herald::app::settings& from) {
    auto found = herald::app::check_tls_files(from);
    for (auto& one : herald::app::check_keys_file(from)) found.push_back(std::move(one));
    for (auto& one : herald::app::check_key_files(from)) found.push_back(std::move(one));
    for (auto& one : herald::app::check_redis_files(from)) found.push_back(std::move(one));
    return found;
  };
  const auto parsed = herald::app::parse(inputs);
  if (const auto* end = std::get_if<herald::app::early_exit>(&parsed)) {
    std::fputs(end->out.c_str(), stdout);
    std::fputs(end->err.c_str(), stderr);
    return end->code;
  }
  raise_open_files();
  return run(std::get<herald::app::loaded>(parsed));
}
