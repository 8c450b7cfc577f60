// What nearly every file of the folder includes and is slow to parse.
#include <caf/typed_event_based_actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <string>
#include <vector>
