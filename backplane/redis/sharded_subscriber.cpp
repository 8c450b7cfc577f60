#include "backplane/redis/sharded_subscriber.hpp"

#include "actors/log.hpp"
#include "backplane/redis/sharded_ear.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace herald::backplane {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t names_a_turn = 4096;
/// How often it is looked after masters that are not there …
constexpr auto look_pause = 250ms;
/// … and after a map that nobody complains of.
constexpr std::chrono::milliseconds refresh_pause = 10s;

}  // namespace

sharded_subscriber::sharded_subscriber(boost::asio::io_context& context, const redis_options& options, listener& told)
  : context_(context),
    options_(options),
    listener_(told),
    view_(context, options, [this](bool answered) { if (answered) on_map(); }),
    timer_(context) {}

sharded_subscriber::~sharded_subscriber() = default;

void sharded_subscriber::start() {
  view_.refresh();
  schedule_tick();
}

// -- what is wanted -----------------------------------------------------------

void sharded_subscriber::listen_also(std::string channel) {
  touch(channel).wanted = true;
  also_.push_back(std::move(channel));
}

void sharded_subscriber::want(std::string_view name) {
  auto& what = touch(name);
  if (std::exchange(what.wanted, true)) return;
  ++wanted_;
  if (what.live) ++live_;
}

void sharded_subscriber::drop(std::string_view name) {
  auto found = names_.find(name);
  if (found == names_.end() || !found->second.wanted) return;
  auto& what = touch(name);
  what.wanted = false;
  --wanted_;
  if (what.live) --live_;
}

bool sharded_subscriber::is_live(std::string_view name) const {
  auto found = names_.find(name);
  return found != names_.end() && found->second.wanted && found->second.live;
}

sharded_subscriber::entry& sharded_subscriber::touch(std::string_view name) {
  auto found = names_.find(name);
  if (found == names_.end()) found = names_.try_emplace(std::string{name}, entry{.slot = slot_of(name)}).first;
  mark(found->first, found->second);
  return found->second;
}

void sharded_subscriber::mark(const std::string& name, entry& what) {
  if (!std::exchange(what.dirty, true)) dirty_.push_back(name);
}

bool sharded_subscriber::flush() {
  for (auto left = std::min(names_a_turn, dirty_.size()); left > 0; --left) {
    const auto name = std::move(dirty_.back());
    dirty_.pop_back();
    auto found = names_.find(name);
    if (found == names_.end()) continue;
    auto& what = found->second;
    what.dirty = false;
    if (what.wanted && what.at == nullptr) ask(name, what);
    if (!what.wanted) leave(name, what);
    if (!what.wanted) names_.erase(found);
  }
  return !dirty_.empty();
}

/// Without a connection to its owner it is asked for when that is there.
void sharded_subscriber::ask(const std::string& name, entry& what) {
  auto* to = owner_of(what.slot);
  if (to == nullptr || !to->is_up() || is_refused(name)) return;
  what.at = to;
  what.generation = ++generations_;
  to->tell(true, name, what.generation);
}

void sharded_subscriber::leave(const std::string& name, entry& what) {
  if (auto* from = std::exchange(what.at, nullptr); from != nullptr && from->is_up()) from->tell(false, name, 0);
}

/// It is not heard where it was: to be asked for again.
void sharded_subscriber::unhear(const std::string& name, entry& what) {
  what.at = nullptr;
  mark(name, what);
  schedule_flush();
  if (!std::exchange(what.live, false) || !what.wanted) return;
  if (!is_also(name)) --live_;
  listener_.on_deaf(name);
}

// -- from the ears ------------------------------------------------------------

void sharded_subscriber::on_up(ear& who) {
  if (paused_) who.pause();
  for (auto& [name, what] : names_)
    if (what.wanted && what.at == nullptr && owner_of(what.slot) == &who) mark(name, what);
  schedule_flush();
  tell();
}

void sharded_subscriber::on_down(ear& who) {
  for (auto& [name, what] : names_)
    if (what.at == &who) unhear(name, what);
  view_.refresh();
  tell();
}

void sharded_subscriber::on_confirmed(ear& who, const std::string& name, std::uint64_t generation) {
  auto found = names_.find(name);
  if (found == names_.end()) return;
  auto& what = found->second;
  if (what.at != &who || what.generation != generation || std::exchange(what.live, true) || !what.wanted) return;
  if (!is_also(name)) ++live_;
  listener_.on_live(name);
}

void sharded_subscriber::on_refused(ear& who, const std::string& name, std::uint64_t generation, std::string_view error) {
  auto found = names_.find(name);
  if (found == names_.end() || found->second.at != &who || found->second.generation != generation) return;
  auto& what = found->second;
  what.at = nullptr;
  if (auto to = redirection::read(error, who.where)) {
    view_.assign(to->slot, to->to);
    at(to->to);
    view_.refresh();
    mark(name, what);
    return schedule_flush();
  }
  if (error.starts_with("CLUSTERDOWN") || error.starts_with("TRYAGAIN")) return later_.push_back(name);
  // What can't be subscribed to would be silent for ever, so the connection is not good.
  if (!is_also(name)) return who.fail(error);
  also_refused_.push_back(name);
  log_refused(name, error);
}

/// The server has ended the subscription: its slot went elsewhere.
void sharded_subscriber::on_dismissed(ear& who, std::string_view name) {
  auto found = names_.find(name);
  if (found == names_.end() || found->second.at != &who) return;
  view_.refresh();
  unhear(found->first, found->second);
}

void sharded_subscriber::on_read() {
  if (!settled_ && is_up_ && live_ == wanted_) {
    settled_ = true;
    listener_.on_settled();
  }
  listener_.on_read_over();
}

void sharded_subscriber::pause() {
  paused_ = true;
  for (auto& one : ears_) one->pause();
}

void sharded_subscriber::resume() {
  paused_ = false;
  for (auto& one : ears_) one->resume();
}

void sharded_subscriber::replace(std::string_view why) {
  for (auto& one : ears_) one->fail(why);
}

// -- the masters --------------------------------------------------------------

void sharded_subscriber::describe(std::vector<backplane_connection>& to) const {
  for (const auto& one : ears_) one->describe(to);
}

sharded_subscriber::ear* sharded_subscriber::find(const address& where) const { return find_at(ears_, where); }

sharded_subscriber::ear* sharded_subscriber::owner_of(std::uint16_t slot) const { return find_owner(ears_, view_, slot); }

sharded_subscriber::ear& sharded_subscriber::at(const address& where) {
  if (auto* known = find(where)) return *known;
  ears_.push_back(std::make_unique<ear>(context_, options_, where, *this));
  return *ears_.back();
}

void sharded_subscriber::on_map() {
  for (const auto& where : view_.map().masters()) at(where);
  look_at_all();
  tell();
}

/// A master that is cut off tells nobody that its slots went elsewhere: the map does.
void sharded_subscriber::look_at_all() {
  for (auto& [name, what] : names_) {
    auto* owner = owner_of(what.slot);
    if (!what.wanted || what.at == owner) continue;
    if (what.at != nullptr && what.at->is_up()) what.at->tell(false, name, 0);
    unhear(name, what);
  }
}

/// In a turn of its own: none of its handlers is under way.
void sharded_subscriber::forget_unused() {
  const auto masters = view_.map().masters();
  std::erase_if(ears_, [&](const auto& one) {
    return std::find(masters.begin(), masters.end(), one->where) == masters.end()
        && std::none_of(names_.begin(), names_.end(), [&](const auto& item) { return item.second.at == one.get(); });
  });
}

void sharded_subscriber::tell() {
  const auto masters = view_.map().masters();
  const bool now = view_.map().is_whole() && std::all_of(masters.begin(), masters.end(), [this](const address& where) {
    const auto* one = find(where);
    return one != nullptr && one->is_up();
  });
  if (std::exchange(is_up_, now) == now) return;
  settled_ = false;
  now ? listener_.on_subscriber_up() : listener_.on_unsettled();
}

// -- time ---------------------------------------------------------------------

void sharded_subscriber::schedule_flush() {
  if (std::exchange(flush_is_due_, true)) return;
  boost::asio::post(context_, [this, alive = std::weak_ptr{alive_}] {
    if (alive.expired()) return;
    flush_is_due_ = false;
    if (flush()) schedule_flush();
  });
}

void sharded_subscriber::schedule_tick() {
  timer_.expires_after(look_pause);
  timer_.async_wait([this, alive = std::weak_ptr{alive_}](boost::system::error_code error) {
    if (!error && !alive.expired()) on_tick();
  });
}

void sharded_subscriber::on_tick() {
  schedule_tick();
  for (const auto& name : std::exchange(later_, {}))
    if (auto found = names_.find(name); found != names_.end()) mark(name, found->second);
  if (!dirty_.empty()) schedule_flush();
  const auto now = clock::now();
  if (now - looked_ < (is_up_ && settled_ ? refresh_pause : look_pause)) return;
  looked_ = now;
  view_.refresh();
  forget_unused();
}

}  // namespace herald::backplane
