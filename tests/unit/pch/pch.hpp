// What nearly every test includes and is slow to parse.
#include "actors/messages.hpp"
#include "actors/pinned.hpp"

#include <caf/actor_system.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>
