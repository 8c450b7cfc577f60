#include "tests/contract/support/node.hpp"

#include <caf/actor_system_config.hpp>

#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

int main(int count, char** arguments) {
  caf::actor_system_config config;
  config.set("scheduler.max-threads", 1);
  caf::actor_system system{config};
  herald::contract::share(system);
  return doctest::Context{count, arguments}.run();
}
