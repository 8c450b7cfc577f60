#include "backplane/redis/wire.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace herald::backplane {
namespace {

constexpr std::size_t first_read_bytes = 16 * 1024;
constexpr std::size_t max_read_bytes = 1024 * 1024;

/// A buffer that was large once is not kept for ever.
constexpr std::size_t kept_write_bytes = 256 * 1024;

std::string describe(const boost::system::error_code& error) {
  if (error == boost::asio::error::eof) return "closed by Redis";
  return error.message();
}

/// Of the answer to ROLE.
bool is_replica(const redisReply& role) {
  auto parts = elements_of(role);
  return !parts.empty() && text_of(*parts[0]) == "slave";
}

/// Of the answer to `INFO server`: lines of `name:value`.
std::string run_id_of(const redisReply& info) {
  constexpr std::string_view name = "\r\nrun_id:";
  auto text = text_of(info);
  auto at = text.find(name);
  if (is_error(info) || at == std::string_view::npos) return "-";
  text.remove_prefix(at + name.size());
  return std::string{text.substr(0, text.find('\r'))};
}

std::string seconds(std::chrono::milliseconds time) { return std::to_string(time.count()) + " ms"; }

}  // namespace

wire::wire(boost::asio::io_context& context, std::unique_ptr<stream> bytes, const redis_options& options, role as,
           owner& told)
  : context_(context),
    bytes_(std::move(bytes)),
    options_(options),
    role_(as),
    owner_(&told),
    timer_(context),
    replies_(options.max_reply_bytes),
    in_(first_read_bytes) {}

// -- life ---------------------------------------------------------------------

void wire::open(const redis_options::address& to) {
  watch();
  bytes_->connect(to, [self = shared_from_this()](boost::system::error_code error) {
    if (!self->open_) return;
    if (error) return self->fail(describe(error));
    self->handshake();
    self->read();
  });
}

void wire::handshake() {
  authenticate();
  if (role_ != role::inquiry && options_.db != 0) must({"SELECT", std::to_string(options_.db)});
  // Only for the eyes of operators: a user without the right to it may go on.
  auto name = options_.client_name + (role_ == role::commands ? "-cmd" : role_ == role::subscriber ? "-sub" : "-ask");
  command({"CLIENT", "SETNAME", name}, {});
  if (role_ != role::inquiry) greet_server();
  // Shows a Redis that wants a password, or that is loading its data still.
  command({"PING"}, [this](outcome what, const redisReply* reply) { on_handshake_over(what, reply); });
}

void wire::greet_server() {
  ask_role();
  if (role_ != role::commands) return;
  command({"INFO", "server"}, [this](outcome, const redisReply* reply) {
    if (reply != nullptr) run_id_ = run_id_of(*reply);
  });
}

void wire::authenticate() {
  if (options_.password.empty()) return;
  std::vector<std::string_view> words{"AUTH"};
  if (!options_.user.empty()) words.push_back(options_.user);
  words.push_back(options_.password);
  command(words, [this](outcome, const redisReply* reply) {
    // A Sentinel without a password says no to any; one that wants another will say so to what comes next.
    if (reply != nullptr && is_error(*reply) && role_ != role::inquiry) fail(std::string{text_of(*reply)});
  });
}

void wire::must(std::initializer_list<std::string_view> arguments) {
  command(arguments, [this](outcome, const redisReply* reply) {
    if (reply != nullptr && is_error(*reply)) fail(std::string{text_of(*reply)});
  });
}

/// A replica takes no publish, and one that lost its master is silent for ever. Without the right to ask, go on.
void wire::ask_role() {
  command({"ROLE"}, [this](outcome, const redisReply* reply) {
    if (reply == nullptr) return;
    if (is_error(*reply)) may_ask_role_ = false;
    if (is_replica(*reply)) fail("a replica, not the master");
  });
}

void wire::on_handshake_over(outcome what, const redisReply* reply) {
  if (what != outcome::replied) return;  // the time for connecting runs out by itself
  if (is_error(*reply)) return fail(std::string{text_of(*reply)});
  ready_ = true;
  owner_->on_open();
}

void wire::close() {
  owner_ = nullptr;
  if (open_) end();
}

void wire::fail(const std::string& why) {
  if (!open_) return;
  end();
  if (auto* told = std::exchange(owner_, nullptr)) told->on_closed(why);
}

void wire::end() {
  open_ = false;
  bytes_->close();
  timer_.cancel();
  auto lost = std::exchange(pending_, {});
  expired_ = 0;
  for (auto& command : lost)
    if (command.done) command.done(outcome::lost, nullptr);
}

// -- in -----------------------------------------------------------------------

void wire::read() {
  if (!open_ || paused_ || std::exchange(reading_, true)) return;
  bytes_->read_some(boost::asio::buffer(in_),
                    [self = shared_from_this()](boost::system::error_code error, std::size_t count) {
                      self->on_bytes(error, count);
                    });
}

void wire::on_bytes(boost::system::error_code error, std::size_t count) {
  reading_ = false;
  if (!open_) return;
  if (error) return fail(describe(error));
  heard_ = clock::now();
  auto wrong = replies_.feed({in_.data(), count}, [this](const redisReply& reply) {
    on_reply(reply);
    return open_;
  });
  if (!wrong.empty()) fail(wrong);
  if (!open_) return;
  owner_->on_read();
  if (count == in_.size() && count < max_read_bytes) in_.resize(std::min(count * 4, max_read_bytes));
  read();
}

void wire::on_reply(const redisReply& reply) {
  if (!pending_.empty()) {
    auto command = std::move(pending_.front());
    pending_.pop_front();
    if (expired_ > 0) --expired_;
    if (command.done) command.done(outcome::replied, &reply);
    return;
  }
  // Answers to PING: a status, or an array once something is subscribed.
  auto parts = elements_of(reply);
  if (!is_error(reply) && (parts.empty() || text_of(*parts[0]) == "pong")) return;
  owner_->on_push(reply);
}

void wire::resume() {
  if (!std::exchange(paused_, false)) return;
  heard_ = clock::now();  // it was us who did not listen
  read();
}

// -- out ----------------------------------------------------------------------

void wire::command(std::span<const std::string_view> arguments, reply_handler done) {
  pending_.push_back({std::move(done), clock::now() + options_.command_timeout});
  tell(arguments);
}

void wire::command(std::initializer_list<std::string_view> arguments, reply_handler done) {
  command(std::span{arguments.begin(), arguments.size()}, std::move(done));
}

void wire::command_encoded(std::string_view bytes, reply_handler done) {
  pending_.push_back({std::move(done), clock::now() + options_.command_timeout});
  out_.append(bytes);
  schedule_flush();
}

void wire::tell(std::span<const std::string_view> arguments) {
  append_command(out_, arguments);
  schedule_flush();
}

void wire::schedule_flush() {
  if (writing_ || std::exchange(flush_is_due_, true)) return;
  boost::asio::post(context_, [self = shared_from_this()] {
    self->flush_is_due_ = false;
    self->flush();
  });
}

void wire::flush() {
  if (!open_ || writing_ || out_.empty()) return;
  writing_ = true;
  on_its_way_.swap(out_);
  bytes_->write(boost::asio::buffer(on_its_way_),
                [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                  self->writing_ = false;
                  if (!self->open_) return;
                  if (error) return self->fail(describe(error));
                  if (self->on_its_way_.capacity() > kept_write_bytes) self->on_its_way_ = {};
                  self->on_its_way_.clear();
                  self->flush();
                });
}

// -- time ---------------------------------------------------------------------

void wire::watch() {
  timer_.expires_after(options_.tick);
  timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (!error && self->open_) self->on_tick();
  });
}

void wire::on_tick() {
  auto now = clock::now();
  // After a long pause of this process, what came meanwhile has not been read yet: silence proves nothing.
  if (now - std::exchange(ticked_, now) > options_.ping_after) heard_ = now;
  if (!ready_ && now - born_ > options_.connect_timeout) return fail("no answer within " + seconds(options_.connect_timeout));
  expire(now);
  if (ready_ && !paused_) keep_awake(now);
  if (open_) watch();
}

void wire::expire(clock::time_point now) {
  for (; open_ && expired_ < pending_.size() && pending_[expired_].deadline <= now; ++expired_) {
    // Its place in the queue stays, for the reply that may come yet.
    if (auto done = std::exchange(pending_[expired_].done, {})) done(outcome::timed_out, nullptr);
  }
}

void wire::keep_awake(clock::time_point now) {
  if (now - heard_ > options_.silence_max) return fail("silent for " + seconds(options_.silence_max));
  // Its role is asked for also while it answers other things: a replica goes on to answer all that only reads.
  const auto asks_role = role_ == role::commands && may_ask_role_;
  if (now - (asks_role ? pinged_ : std::max(heard_, pinged_)) < options_.ping_after) return;
  pinged_ = now;
  if (asks_role) return ask_role();
  if (role_ == role::commands) return command({"PING"}, {});
  std::array<std::string_view, 1> ping{"PING"};
  tell(ping);
}

}  // namespace herald::backplane
