#include "backplane/redis/connection.hpp"

#include "actors/log.hpp"
#include "actors/unix_time.hpp"

#include <utility>

namespace herald::backplane {
namespace {

std::string_view to_string(wire::role role) noexcept {
  switch (role) {
    case wire::role::commands: return "commands";
    case wire::role::subscriber: return "subscriber";
    case wire::role::inquiry: break;
  }
  return "sentinel";
}

}  // namespace

connection::connection(boost::asio::io_context& context, const redis_options& options, wire::role as, user& told)
  : connection(context, options, as, told, make_address_source(context, options)) {}

connection::connection(boost::asio::io_context& context, const redis_options& options, wire::role as, user& told,
                       std::unique_ptr<address_source> from)
  : context_(context),
    options_(options),
    role_(as),
    user_(told),
    addresses_(std::move(from)),
    backoff_(options.backoff_base, options.backoff_cap),
    timer_(context) {}

connection::~connection() {
  if (wire_) wire_->close();
}

void connection::start() {
  addresses_->watch([this](const redis_options::address& to) { follow(to); });
  attempt();
}

void connection::attempt() {
  addresses_->next([this, alive = std::weak_ptr{alive_}](std::optional<redis_options::address> found) {
    if (alive.expired()) return;
    if (found)
      open(*found);
    else
      retry("no server is known");
  });
}

void connection::open(const redis_options::address& to) {
  address_ = to;
  wire::owner& self = *this;
  wire_ = std::make_shared<wire>(context_, make_stream(context_, options_), options_, role_, self);
  wire_->open(to);
}

void connection::follow(const redis_options::address& to) {
  if (to == address_ && wire_) return;
  backoff_.reset();
  if (wire_) return wire_->fail("the master is another one now");
  if (!std::exchange(waiting_, false)) return;
  timer_.cancel();
  attempt();
}

void connection::on_open() {
  up_since_ = clock::now();
  log::info("redis_connected", {{"connection", to_string(role_)}, {"address", where()}});
  user_.on_up();
}

void connection::on_closed(const std::string& why) {
  wire_.reset();
  auto since = std::exchange(up_since_, std::nullopt);
  // One that breaks at once again and again (a server that refuses what is asked of it) must not be tried at full speed.
  if (since && clock::now() - *since > options_.backoff_cap) backoff_.reset();
  if (since) {
    ++times_lost_;
    log::limited(log::level::warn, "redis_lost",
                 {{"connection", to_string(role_)}, {"address", where()}, {"why", why}});
    user_.on_down();
  }
  retry(since ? std::string{} : why);
}

void connection::retry(const std::string& why) {
  auto pause = backoff_.next();
  if (!why.empty())
    log::limited(log::level::warn, "redis_unreachable",
                 {{"connection", to_string(role_)}, {"address", where()}, {"why", why}, {"retry_in_ms", pause}});
  waiting_ = true;
  timer_.expires_after(pause);
  timer_.async_wait([this, alive = std::weak_ptr{alive_}](boost::system::error_code error) {
    // Once it has expired it can't be cancelled any more.
    if (!error && !alive.expired() && std::exchange(waiting_, false)) attempt();
  });
}

void connection::describe(std::vector<backplane_connection>& to) const {
  backplane_connection self;
  self.role = to_string(role_);
  self.address = where();
  self.is_up = up() != nullptr;
  self.times_lost = times_lost_;
  if (up_since_) self.up_since_ms = unix_ms() - std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - *up_since_).count();
  to.push_back(std::move(self));
  addresses_->describe(to);
}

}  // namespace herald::backplane
