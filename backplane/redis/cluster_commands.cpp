#include "backplane/redis/cluster_commands.hpp"

#include "backplane/redis/cluster_server.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace herald::backplane {
namespace {

using namespace std::chrono_literals;

/// Between two tries while a slot is on the move, once it was sent elsewhere that often.
constexpr auto retry_pause = 20ms;
constexpr unsigned quick_redirections = 2;
/// How often it is looked after masters that do not answer …
constexpr auto look_pause = 250ms;
/// … and after a map that nobody complains of.
constexpr auto refresh_pause = 10s;
/// A server that owns nothing any more is left after that.
constexpr auto unused_time = 5s;

bool is_asking(std::string_view error) { return error.starts_with("TRYAGAIN"); }

}  // namespace

/// A script or a command on its way: what is needed to send it elsewhere.
struct cluster_commands::job {
  std::uint64_t number;  ///< In the order of the calls.
  std::uint16_t slot;
  std::optional<script> which;
  std::vector<std::string> words;
  wire::reply_handler done;
  clock::time_point deadline;
  std::optional<address> ask{};  ///< Where it is to be asked for just this once.
  address sent_to{};
  unsigned redirections = 0;
};

struct cluster_commands::server {
  server(boost::asio::io_context& context, const redis_options& all, const address& at, ready_handler on_ready)
    : where(at), options(options_for(all, at)), through(context, options, std::move(on_ready)) {}

  bool is_ready() const { return through.is_ready({}); }

  address where;
  redis_options options;
  clock::time_point used = clock::now();
  server_commands through;
};

cluster_commands::cluster_commands(boost::asio::io_context& context, const redis_options& options, ready_handler on_ready)
  : context_(context),
    options_(options),
    on_ready_(std::move(on_ready)),
    view_(context, options, [this](bool answered) { if (answered) on_map(); }),
    timer_(context) {}

cluster_commands::~cluster_commands() {
  on_ready_ = [](bool) {};
  // What waits was promised an answer, too.
  for (auto& [slot, lane] : lanes_)
    for (auto& [number, what] : std::exchange(lane.waiting, {}))
      if (auto done = std::exchange(what->done, {})) done(wire::outcome::lost, nullptr);
  const auto ending = std::move(servers_);  // nothing can be sent to them any more
}

void cluster_commands::start() {
  view_.refresh();
  schedule_tick();
}

// -- out ----------------------------------------------------------------------

bool cluster_commands::is_ready(std::string_view slot_key) const {
  const auto* to = owner_of(slot_of(slot_key));
  return to != nullptr && to->is_ready();
}

void cluster_commands::run(script which, std::string_view slot_key, std::span<const std::string_view> arguments,
                           wire::reply_handler done) {
  submit(std::make_shared<job>(job{++jobs_, slot_of(slot_key), which, {arguments.begin(), arguments.end()}, std::move(done),
                                   clock::now() + options_.command_timeout}));
}

void cluster_commands::command(std::string_view slot_key, std::span<const std::string_view> words, wire::reply_handler done) {
  submit(std::make_shared<job>(job{++jobs_, slot_of(slot_key), std::nullopt, {words.begin(), words.end()}, std::move(done),
                                   clock::now() + options_.command_timeout}));
}

void cluster_commands::replace(std::string_view slot_key, std::string_view why) {
  if (auto* to = owner_of(slot_of(slot_key))) to->through.replace(slot_key, why);
  view_.refresh();
}

void cluster_commands::submit(job_ptr what) {
  auto& lane = lanes_[what->slot];
  if (lane.blocked)
    lane.waiting.emplace(what->number, std::move(what));
  else
    send(what);
}

void cluster_commands::send(const job_ptr& what) {
  auto* to = what->ask ? &at(*what->ask) : owner_of(what->slot);
  if (to == nullptr || !to->is_ready()) return wait(what, retry_pause);
  ++lanes_[what->slot].in_flight;
  what->sent_to = to->where;
  to->used = clock::now();
  const std::vector<std::string_view> words{what->words.begin(), what->words.end()};
  auto done = [this, what](wire::outcome outcome, const redisReply* reply) { on_reply(what, outcome, reply); };
  if (what->ask) to->through.command({}, std::array<std::string_view, 1>{"ASKING"}, {});
  if (what->which)
    to->through.run(*what->which, {}, words, std::move(done));
  else
    to->through.command({}, words, std::move(done));
}

// -- in -----------------------------------------------------------------------

void cluster_commands::on_reply(const job_ptr& what, wire::outcome outcome, const redisReply* reply) {
  const auto slot = what->slot;
  auto& lane = lanes_[slot];
  --lane.in_flight;
  const auto was_first = std::exchange(lane.probing, false);
  if (outcome != wire::outcome::replied || !is_to_be_sent_again(what, *reply)) {
    if (was_first && outcome == wire::outcome::replied && !what->ask) release(lane);
    if (auto done = std::exchange(what->done, {})) done(outcome, reply);
  }
  advance(slot);
}

/// Whether the slot is elsewhere, or not there yet: then it waits for its turn again.
bool cluster_commands::is_to_be_sent_again(const job_ptr& what, const redisReply& reply) {
  if (!is_error(reply)) return false;
  const auto error = text_of(reply);
  if (error.starts_with("CLUSTERDOWN")) view_.refresh();
  const auto to = redirection::read(error, what->sent_to);
  if ((!to && !is_asking(error)) || clock::now() >= what->deadline) return false;
  what->ask = to && to->ask ? std::optional{to->to} : std::nullopt;
  if (to && !to->ask) {
    view_.assign(to->slot, to->to);
    at(to->to);
    view_.refresh();
  }
  // Whoever is sent in a circle goes slowly.
  wait(what, to && ++what->redirections <= quick_redirections ? 0ms : retry_pause);
  return true;
}

// -- lanes --------------------------------------------------------------------

void cluster_commands::wait(const job_ptr& what, std::chrono::milliseconds pause) {
  auto& lane = lanes_[what->slot];
  lane.next_try = clock::now() + pause;
  lane.waiting.emplace(what->number, what);
  if (std::exchange(lane.blocked, true)) return;
  if (++blocked_ == 1) schedule_tick();
}

/// Sends the first one that waits, alone.
void cluster_commands::advance(std::uint16_t slot) {
  for (;;) {
    auto found = lanes_.find(slot);
    if (found == lanes_.end() || found->second.in_flight > 0) return;
    auto& lane = found->second;
    if (lane.waiting.empty()) {
      if (lane.blocked) --blocked_;
      lanes_.erase(found);
      return;
    }
    auto first = lane.waiting.begin()->second;
    const auto now = clock::now();
    if (now < first->deadline && now < lane.next_try) return;
    lane.waiting.erase(lane.waiting.begin());
    if (now < first->deadline) {
      lane.probing = true;
      send(first);
      if (lane.in_flight == 0) lane.probing = false;
      return;
    }
    if (auto done = std::exchange(first->done, {})) done(wire::outcome::timed_out, nullptr);
  }
}

/// Nothing is in its way any more.
void cluster_commands::release(slot_lane& of) {
  if (std::exchange(of.blocked, false)) --blocked_;
  for (auto& [number, what] : std::exchange(of.waiting, {}))
    of.blocked ? static_cast<void>(of.waiting.emplace(number, what)) : send(what);
}

// -- servers ------------------------------------------------------------------

void cluster_commands::describe(std::vector<backplane_connection>& to) const {
  for (const auto& one : servers_) one->through.describe(to);
}

cluster_commands::server* cluster_commands::find(const address& where) const { return find_at(servers_, where); }

cluster_commands::server* cluster_commands::owner_of(std::uint16_t slot) const { return find_owner(servers_, view_, slot); }

cluster_commands::server& cluster_commands::at(const address& where) {
  if (auto* known = find(where)) return *known;
  servers_.push_back(std::make_unique<server>(context_, options_, where, [this](bool ready) {
    if (!ready) view_.refresh();
    tell();
  }));
  servers_.back()->through.start();
  return *servers_.back();
}

void cluster_commands::on_map() {
  for (const auto& where : view_.map().masters()) at(where).used = clock::now();
  tell();
}

/// Those that own nothing. Commands that are under way there have been answered, or given up, long since.
void cluster_commands::forget_unused() {
  const auto masters = view_.map().masters();
  std::vector<std::unique_ptr<server>> unused;
  for (auto& one : servers_) {
    if (std::find(masters.begin(), masters.end(), one->where) != masters.end()) one->used = clock::now();
    if (clock::now() - one->used > unused_time) unused.push_back(std::move(one));
  }
  std::erase(servers_, nullptr);
}

bool cluster_commands::is_whole() const {
  const auto masters = view_.map().masters();
  return view_.map().is_whole() && std::all_of(masters.begin(), masters.end(), [this](const address& where) {
    const auto* one = find(where);
    return one != nullptr && one->is_ready();
  });
}

void cluster_commands::tell() {
  const auto now = is_whole();
  if (std::exchange(was_ready_, now) != now) on_ready_(now);
}

// -- time ---------------------------------------------------------------------

void cluster_commands::schedule_tick() {
  timer_.expires_after(blocked_ > 0 ? std::chrono::milliseconds{retry_pause} : look_pause);
  timer_.async_wait([this, alive = std::weak_ptr{alive_}](boost::system::error_code error) {
    if (!error && !alive.expired()) on_tick();
  });
}

void cluster_commands::on_tick() {
  std::vector<std::uint16_t> slots;
  for (const auto& [slot, lane] : lanes_)
    if (lane.blocked) slots.push_back(slot);
  schedule_tick();
  for (auto slot : slots) advance(slot);
  const auto now = clock::now();
  const auto pause = is_whole() ? std::chrono::milliseconds{refresh_pause} : look_pause;
  if (now - looked_ < pause) return;
  looked_ = now;
  view_.refresh();
  forget_unused();
  tell();
}

}  // namespace herald::backplane
