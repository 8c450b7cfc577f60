#pragma once

#include "clock.hpp"
#include "endpoint.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace herald::load {

enum class traffic_mode { unicast, group, broadcast, mixed, idle };

/// What is run: a load, clients that come back while something breaks, or everybody coming back at once.
enum class run_kind { load, chaos, comeback };

/// What a run is to do. Every limit is checked before anything starts; `flags.cpp` has the table of flags.
struct options {
  run_kind kind = run_kind::load;

  // -- who connects ----------------------------------------------------------------------------------------------------
  std::vector<endpoint> nodes;
  std::uint32_t users = 0;                 ///< 0: 1,000, and 200 with --chaos
  std::uint32_t sessions_per_user = 1;
  std::uint32_t groups = 0;
  std::uint32_t groups_per_user = 1;
  std::string user_prefix = "u";
  std::string group_prefix = "g";
  bool welcome = true; ///< wait for each `welcome`; the floors send none

  // -- how they connect ------------------------------------------------------------------------------------------------
  double connect_rate = 0;                 ///< a second; 0: as fast as possible
  std::uint32_t connects_in_flight = 1'000;
  nanos connect_timeout = 30 * second;     ///< for all of them
  std::vector<in_addr> source_addresses;   ///< empty: the kernel chooses

  // -- what is published -----------------------------------------------------------------------------------------------
  traffic_mode mode = traffic_mode::unicast;
  std::optional<publish_target> publish;
  std::vector<publish_target> publish_targets; ///< all that were named; a load has one
  std::string channel_prefix = "notification:";
  double rate = 0;                         ///< messages a second; 0: a burst
  nanos duration = 0;
  std::uint64_t count = 0;                 ///< messages; 0: by duration
  std::uint32_t payload_bytes = 256;
  std::uint32_t batch = 1;                 ///< messages in a POST
  std::uint32_t publish_connections = 1;   ///< for POST; a channel keeps to one, so that its order holds
  bool durable = false;
  std::uint64_t seed = 1;

  // -- how it is watched -----------------------------------------------------------------------------------------------
  nanos hold = 500 * millisecond;          ///< between the last connect and the first publish
  nanos settle = 0;                        ///< how long to wait for deliveries when none arrive any more; 0: 5 s, and 30 s with --chaos
  nanos timeout = 120 * second;            ///< for the whole run
  nanos poll_pause = 200 * microsecond;
  std::vector<pid_t> cpu_of;

  // -- chaos and comeback ------------------------------------------------------------------------------------------------
  nanos reconnect_every = 0;               ///< how long a client stays, on average; 0: as long as it can
  nanos broadcast_every = 0;               ///< 0: by chance, one message in twenty
  nanos publish_timeout = 3 * second;      ///< for one try
  std::uint32_t missed = 10;               ///< messages that each client misses, half of them broadcasts
  nanos away = 2 * second;                 ///< between everybody's leaving and the first message that they miss

  std::string json_file;
  bool quiet = false;

  std::uint64_t sessions() const { return std::uint64_t{users} * sessions_per_user; }
};

const char* name_of(traffic_mode mode);

} // namespace herald::load
