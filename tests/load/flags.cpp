#include "flags.hpp"

#include "flag_values.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>

namespace herald::load {

const char* name_of(traffic_mode mode) {
  constexpr std::array names{"unicast", "group", "broadcast", "mixed", "idle"};
  return names[static_cast<std::size_t>(mode)];
}

namespace {

/// One flag: its name, what its value is called (empty: a switch), its help, and how it is taken. A failure is returned as
/// text ("needs …"), success as an empty one.
struct flag {
  std::string_view name;
  std::string_view value;
  std::string_view help;
  std::function<std::string(options&, std::string_view)> take;
};

std::string take_node(options& to, std::string_view text) {
  auto node = parse_node(text);
  if (!node)
    return "needs host:port or wss://host:port, with a port of 1 to 65535 and a host that resolves to IPv4";
  to.nodes.push_back(std::move(*node));
  return {};
}

std::string take_sources(options& to, std::string_view text) {
  auto addresses = parse_address_range(text);
  if (!addresses)
    return "needs an IPv4 address or a range of at most 256, like 127.0.0.1-127.0.0.4";
  to.source_addresses = std::move(*addresses);
  return {};
}

std::string take_publish(options& to, std::string_view text) {
  to.publish = parse_publish_target(text);
  if (!to.publish)
    return "needs redis://[user:password@]host:port or http://host:port";
  to.publish_targets.push_back(*to.publish);
  return {};
}

auto kind(run_kind which) {
  return [=](options& to, std::string_view) { return to.kind = which, std::string{}; };
}

std::string take_mode(options& to, std::string_view text) {
  for (const auto mode : {traffic_mode::unicast, traffic_mode::group, traffic_mode::broadcast, traffic_mode::mixed, traffic_mode::idle})
    if (text == name_of(mode)) {
      to.mode = mode;
      return {};
    }
  return "needs one of unicast, group, broadcast, mixed, idle";
}

std::string take_pid(options& to, std::string_view text) {
  pid_t pid = 0;
  auto problem = take_number(pid, text, 1, 1 << 22);
  if (problem.empty())
    to.cpu_of.push_back(pid);
  return problem;
}

template <class T>
auto number(T options::*member, double low, double high) {
  return [=](options& to, std::string_view text) { return take_number(to.*member, text, low, high); };
}

auto duration(nanos options::*member, nanos low, nanos high) {
  return [=](options& to, std::string_view text) { return take_duration(to.*member, text, low, high); };
}

auto name_prefix(std::string options::*member) {
  return [=](options& to, std::string_view text) { return take_name(to.*member, text); };
}

auto turn(bool options::*member, bool value) {
  return [=](options& to, std::string_view) { return to.*member = value, std::string{}; };
}

const std::vector<flag>& all_flags() {
  using o = options;
  static const std::vector<flag> flags{
    {"--node", "HOST:PORT", "a node's client port, wss://HOST:PORT over TLS; repeatable, sessions are spread over them", take_node},
    {"--users", "N", "users to connect (1000; 200 with --chaos)", number(&o::users, 1, 1'000'000)},
    {"--sessions-per-user", "N", "sessions of each user (1)", number(&o::sessions_per_user, 1, 1'000)},
    {"--groups", "G", "groups there are (0)", number(&o::groups, 0, 100'000)},
    {"--groups-per-user", "N", "groups each user joins, if there are any (1)", number(&o::groups_per_user, 1, 64)},
    {"--user-prefix", "TEXT", "user i is called TEXTi (u)", name_prefix(&o::user_prefix)},
    {"--group-prefix", "TEXT", "group i is called TEXTi (g)", name_prefix(&o::group_prefix)},
    {"--no-welcome", "", "a session is ready once upgraded: for the floors, which send no welcome", turn(&o::welcome, false)},
    {"--connect-rate", "R", "connects a second; 0: as fast as possible (0)", number(&o::connect_rate, 0, 1e6)},
    {"--connects-in-flight", "N", "unfinished connects at a time (1000)", number(&o::connects_in_flight, 1, 10'000)},
    {"--connect-timeout", "TIME", "for all connects together (30s)", duration(&o::connect_timeout, millisecond, 3600 * second)},
    {"--source-addresses", "A[-B]", "connect from these in turn: 28,000 ports each (the kernel's choice)", take_sources},
    {"--mode", "MODE", "unicast, group, broadcast, mixed (89:10:1) or idle: connect and hold (unicast)", take_mode},
    {"--publish", "URL", "redis://[user:password@]host:port, or http://host:port of a node's internal port; repeatable with --chaos", take_publish},
    {"--channel-prefix", "TEXT", "of the Redis channels (notification:)", [](o& to, std::string_view text) { return to.channel_prefix = text, std::string{}; }},
    {"--rate", "R", "messages a second, open loop; 0 with --count: a burst (1000 unless --count is given)", number(&o::rate, 0, 1e7)},
    {"--duration", "TIME", "how long to publish, or to hold when idle (10s)", duration(&o::duration, millisecond, 86'400 * second)},
    {"--count", "N", "how many messages to publish, instead of --duration", number(&o::count, 1, 1e9)},
    {"--payload-bytes", "N", "size of each message's JSON data (256)", number(&o::payload_bytes, 128, 262'144)},
    {"--batch", "N", "messages in one POST (1)", number(&o::batch, 1, 1'000)},
    {"--publish-connections", "N", "connections to POST on (1)", number(&o::publish_connections, 1, 256)},
    {"--durable", "", "publish durably; only through http://", turn(&o::durable, true)},
    {"--seed", "N", "of the choice of users and groups (1)", number(&o::seed, 1, 1e15)},
    {"--hold", "TIME", "rest between connecting and publishing (500ms)", duration(&o::hold, 0, 3600 * second)},
    {"--settle", "TIME", "give up on missing messages after this silence (5s; with --chaos: 30s after publishing ended)", duration(&o::settle, millisecond, 600 * second)},
    {"--timeout", "TIME", "for the whole run (120s)", duration(&o::timeout, millisecond, 90'000 * second)},
    {"--poll-us", "US", "rest after each poll, so that the next gathers more; 0: none (200)",
     [](o& to, std::string_view text) {
       std::uint32_t us = 0;
       auto problem = take_number(us, text, 0, 1e6);
       to.poll_pause = us * microsecond;
       return problem;
     }},
    {"--chaos", "", "clients come back with their cursors, publishers try again: what became of each message? (see the README)", kind(run_kind::chaos)},
    {"--reconnect-every", "TIME", "--chaos: each client leaves about so often, and comes back (never)", duration(&o::reconnect_every, millisecond, 3600 * second)},
    {"--broadcast-every", "TIME", "--chaos: a broadcast each TIME (by chance: one message in twenty)", duration(&o::broadcast_every, millisecond, 3600 * second)},
    {"--publish-timeout", "TIME", "--chaos: for one try (3s)", duration(&o::publish_timeout, 10 * millisecond, 600 * second)},
    {"--comeback", "", "everybody goes, misses messages, and comes back at once: how long until all are whole? (see the README)", kind(run_kind::comeback)},
    {"--missed", "N", "--comeback: messages that each client misses, half of them broadcasts (10)", number(&o::missed, 2, 1'000)},
    {"--away", "TIME", "--comeback: how long they are gone before the first of them (2s)", duration(&o::away, 0, 600 * second)},
    {"--cpu-of", "PID", "measure this process's CPU time and memory; repeatable", take_pid},
    {"--json", "FILE", "write the result there as JSON", [](o& to, std::string_view text) { return to.json_file = text, std::string{}; }},
    {"--quiet", "", "no progress lines", turn(&o::quiet, true)},
  };
  return flags;
}

std::string help_text() {
  std::string text = "herald-load: connects users to notification nodes, publishes, and checks that every session gets every\n"
                     "message that is due to it, once and in order.\n\nusage: herald-load --node HOST:PORT [--publish URL] [FLAG…]\n\n";
  for (const auto& flag : all_flags()) {
    std::string left = "  " + std::string{flag.name} + " " + std::string{flag.value};
    left.resize(std::max<std::size_t>(left.size() + 1, 30), ' ');
    text += left + std::string{flag.help} + "\n";
  }
  return text + "\nTIME is a number with us, ms, s, m or h (s when absent). Exit code: 0 all delivered exactly, 1 not, 2 a bad argument.\n";
}

/// What only chaos and comeback ask for.
std::string check_coming_back(options& o) {
  if (o.publish_targets.empty())
    return "--publish: at least one is needed";
  for (const auto& target : o.publish_targets)
    if (target.type != publish_target::kind::http)
      return "--publish: only http:// here: what came through a plain PUBLISH can't be come back for";
  for (const auto& node : o.nodes)
    if (node.tls)
      return "--node: wss:// only for a load";
  if (!o.welcome)
    return "--no-welcome: who comes back needs the welcome's cursors";
  if (o.rate <= 0)
    o.rate = 200;
  if (o.duration == 0)
    o.duration = 60 * second;
  o.durable = true;
  return {};
}

/// What no single flag can know. Empty when all is well.
std::string check_together(options& o) {
  const bool load = o.kind == run_kind::load;
  if (o.users == 0)
    o.users = o.kind == run_kind::chaos ? 200 : 1'000;
  if (o.settle == 0)
    o.settle = load ? 5 * second : 30 * second;
  if (o.nodes.empty())
    return "--node: at least one is needed";
  if (o.sessions() > 1'000'000)
    return "--users × --sessions-per-user: " + std::to_string(o.sessions()) + " is more than 1000000";
  if (o.groups > 0 && o.groups_per_user > o.groups)
    return "--groups-per-user: " + std::to_string(o.groups_per_user) + " is more than --groups " + std::to_string(o.groups);
  if (!load)
    return check_coming_back(o);
  if (o.publish_targets.size() > 1)
    return "--publish: only one, unless --chaos";
  if (o.mode == traffic_mode::group && o.groups == 0)
    return "--mode group: needs --groups of at least 1";
  if (o.count == 0 && o.duration == 0)
    o.duration = 10 * second;
  if (o.mode == traffic_mode::idle)
    return o.duration > 0 ? "" : "--mode idle: needs --duration";
  if (!o.publish)
    return "--publish: needed unless --mode idle";
  if (o.count > 0 && o.duration > 0)
    return "--count and --duration: only one of them";
  if (o.rate <= 0 && o.count == 0)
    o.rate = 1'000;
  const bool redis = o.publish->type == publish_target::kind::redis;
  if (redis && o.durable)
    return "--durable: a plain PUBLISH is not kept; publish through http:// instead";
  if (redis && (o.batch > 1 || o.publish_connections > 1))
    return "--batch and --publish-connections: only with --publish http://";
  return {};
}

/// Takes the argument at argv[at] and its value, and moves `at` past them. Empty when well.
std::string take_argument(options& to, int argc, const char* const* argv, int& at) {
  const std::string_view argument = argv[at++];
  const auto equals = argument.find('=');
  const auto name = argument.substr(0, equals);
  const auto& flags = all_flags();
  const auto found = std::find_if(flags.begin(), flags.end(), [&](const flag& f) { return f.name == name; });
  if (found == flags.end())
    return std::string{name} + ": no such flag (--help lists them)";
  std::string_view value;
  if (equals != std::string_view::npos)
    value = argument.substr(equals + 1);
  else if (!found->value.empty() && at < argc)
    value = argv[at++];
  if (found->value.empty() != (value.empty() && equals == std::string_view::npos))
    return std::string{name} + (found->value.empty() ? ": takes no value" : ": needs a value (" + std::string{found->value} + ")");
  const auto problem = found->take(to, value);
  return problem.empty() ? problem : std::string{name} + " " + std::string{value} + ": " + problem;
}

} // namespace

std::variant<options, early_exit> parse_flags(int argc, const char* const* argv) {
  options result;
  std::string problem;
  for (int at = 1; at < argc && problem.empty();) {
    if (std::string_view{argv[at]} == "--help" || std::string_view{argv[at]} == "-h")
      return early_exit{help_text(), 0};
    problem = take_argument(result, argc, argv, at);
  }
  if (problem.empty())
    problem = check_together(result);
  if (!problem.empty())
    return early_exit{"herald-load: " + problem + "\n", 2};
  return result;
}

} // namespace herald::load
