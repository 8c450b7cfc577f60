#include "transport/handshake.hpp"

#include "actors/log.hpp"
#include "transport/address/forwarded_for.hpp"
#include "transport/auth/admission.hpp"
#include "transport/auth/authenticator.hpp"
#include "transport/auth/token_places.hpp"
#include "transport/client_query.hpp"
#include "transport/http/farewell.hpp"
#include "transport/limits/denial_answer.hpp"
#include "transport/move_socket.hpp"
#include "transport/port_stream.hpp"
#include "transport/proxy_read.hpp"
#include "transport/websocket_link.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>

#include <memory>
#include <optional>

namespace herald::transport {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

/// What had come just before the time was up is read still, for so long.
constexpr std::chrono::seconds last_read_time{2};

/// How much is asked for at first: most requests are smaller.
constexpr std::size_t first_read_bytes = 1024;
/// What TLS begins with (RFC 8446, section 5.1), and HTTP never does.
constexpr char tls_handshake = 0x16;

ip_address address_of(const asio::ip::address& from) noexcept {
  return from.is_v4() ? ip_address::v4(from.to_v4().to_bytes().data()) : ip_address::v6(from.to_v6().to_bytes().data());
}

/// One connection from its accept until its WebSocket opens or it is refused:
///
///     PROXY header, where one is expected ──▶ limits of its address ──▶ request ──▶ checks ──▶ limits of its user ──▶ its user's shard
///
/// Thread: the shard that accepted it.   Ends: with its last pending operation, or when it is cut because too many wait.
class handshake final : public std::enable_shared_from_this<handshake>, public unfinished::member {
public:
  handshake(public_port& port, std::size_t shard_index, tcp::socket socket)
    : port_(port), shard_index_(shard_index), slot_(port), stream_(std::move(socket)), timer_(stream_.get_executor()),
      buffer_(port.options.handshake_max_bytes) {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(port.options.handshake_max_bytes));
    parser_->body_limit(boost::none);  // a body is not read at all
    waiting().add(*this);
  }

  ~handshake() { waiting().remove(*this); }

  void start() {
    cancel_after(port_.options.handshake_timeout);
    beast::error_code error;
    const auto peer = stream_.socket().remote_endpoint(error);
    if (error) return end_reading();  // the client is gone
    address_ = address_of(peer.address());
    if (const auto wait = port_.gate.connect(token_bucket::clock::now()); wait > wait.zero()) {
      port_.limited.add(limit_kind::connect_rate);
      return refuse_early(limit_response(
        503, "unavailable", "the node takes no more connections just now (connect-rate): try again later", wait));
    }
    if (port_.options.expects_proxy_header)
      begin_proxy_header();
    else
      on_connection_known();
  }

  /// Too many wait: this one has had its time.
  void cut() override {
    port_.limited.add(limit_kind::unfinished_handshakes);
    log::limited(log::level::warn, "handshake_cut", {{"address", address_.to_string()}, {"limit", "max-unfinished-handshakes"}});
    is_cut_ = true;
    slot_.leave();
    close();
  }

private:
  unfinished& waiting() noexcept { return port_.waiting[shard_index_]; }

  void close() {
    end_reading();
    beast::error_code ignored;
    stream_.socket().close(ignored);
  }

  void cancel_after(std::chrono::milliseconds time) {
    timer_.expires_after(time);
    timer_.async_wait([self = shared_from_this()](const beast::error_code& error) {
      if (!error && !self->is_read_) self->on_timeout();
    });
  }

  void on_timeout() {
    timed_out_ = true;
    beast::error_code ignored;
    stream_.socket().cancel(ignored);
    cancel_after(last_read_time);  // what had just come was not cancelled, and reading goes on
  }

  // -- whose connection it is ---

  void begin_proxy_header() {
    if (!contains(port_.options.trusted_proxies, address_)) return drop("it is not from one of trusted-proxies");
    read_proxy_header(stream_.socket(), [self = shared_from_this()](const proxy::result& found) { self->on_proxy_header(found); });
  }

  void on_proxy_header(const proxy::result& found) {
    if (is_cut_) return;
    const auto* whose = std::get_if<proxy::client>(&found);
    if (timed_out_ || whose == nullptr)
      return drop(timed_out_ ? "it was not complete in time (handshake-timeout)" : std::get<proxy::broken>(found).why);
    if (whose->address) address_ = *whose->address;
    on_connection_known();
  }

  /// No answer: whoever it is does not speak HTTP here yet.
  void drop(std::string_view why) {
    count_refusal();
    port_.limited.add(limit_kind::proxy_header);
    log::limited(log::level::warn, "proxy_header_refused", {{"address", address_.to_string()}, {"why", why}});
    close();
  }

  void on_connection_known() {
    // Behind a trusted proxy the request says whose it is.
    if (!contains(port_.options.trusted_proxies, address_))
      if (auto refusal = enter_from_address()) return refuse_early(std::move(*refusal));
    if (port_.tls == nullptr) return read_first();
    stream_.secure(*port_.tls, [self = shared_from_this()](port_stream::secured how) { self->on_secured(how); });
  }

  std::optional<http_response> enter_from_address() {
    auto answer = port_.gate.enter_from(address_, token_bucket::clock::now());
    if (auto* place = std::get_if<occupancy::seat>(&answer)) return slot_.keep_address(std::move(*place)), std::nullopt;
    return denied(std::get<admission::denial>(answer));
  }

  // -- what it asks for ---

  void on_secured(port_stream::secured how) {
    auto& stats = port_.shards[shard_index_]->stats();
    if (how == port_stream::secured::yes) {
      stats.tls_handshakes.add();
      return read_header();
    }
    stats.tls_handshakes_failed.add();
    end_reading();
    if (how == port_stream::secured::not_tls && !timed_out_)
      refuse(error_response(400, "bad_request", "this port speaks TLS: connect with wss:// or https://"));
  }

  /// A TLS client on a plain port would wait for an answer to what is no request.
  void read_first() {
    stream_.async_read_some(buffer_.prepare(std::min(first_read_bytes, buffer_.max_size())),
                            [self = shared_from_this()](const beast::error_code& error, std::size_t count) {
                              self->on_first(error, count);
                            });
  }

  void on_first(const beast::error_code& error, std::size_t count) {
    if (error) return on_header(error);
    buffer_.commit(count);
    if (*static_cast<const char*>(buffer_.cdata().data()) != tls_handshake) return read_header();
    end_reading();
    refuse(error_response(400, "bad_request", "this port does not speak TLS: connect with ws:// or http://"));
  }

  void read_header() {
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = shared_from_this()](const beast::error_code& error, std::size_t) {
                              self->on_header(error);
                            });
  }

  void end_reading() {
    is_read_ = true;
    timer_.cancel();
  }

  void on_header(const beast::error_code& error) {
    end_reading();
    if (is_cut_) return;
    if (timed_out_)
      return refuse(error_response(408, "timeout", "the request was not complete in time (handshake-timeout)"));
    if (error == http::error::header_limit || error == http::error::buffer_overflow)
      return refuse(error_response(431, "too_large", "the request's header is too large (handshake-max-bytes)"));
    if (error.category() == http::make_error_code(http::error::bad_method).category() && error != http::error::end_of_stream
        && error != http::error::partial_message)
      return refuse(error_response(400, "bad_request", "not an HTTP request: " + error.message()));
    if (error) return;  // the client is gone
    request_ = parser_->release();
    if (auto why = check_request())
      refuse(std::move(*why));
    else
      welcome();
  }

  /// What is wrong with the request; nothing if it may come in.
  std::optional<http_response> check_request() {
    if (contains(port_.options.trusted_proxies, address_)) {
      address_ = client_behind(address_, values_of(request_, "X-Forwarded-For"), port_.options.trusted_proxies);
      if (auto refusal = enter_from_address()) return refusal;
    }
    auto refusal = check_upgrade(request_, port_.options.upgrade, terms_);
    if (terms_.bad_origin) port_.limited.add(limit_kind::origin);
    if (terms_.many_headers) port_.limited.add(limit_kind::headers);
    if (refusal) return refusal;
    if (port_.stopping) return error_response(503, "unavailable", "the node is draining: connect again, to another one");
    return std::nullopt;
  }

  void welcome() {
    auto read = read_client_query(terms_.query, port_.options.max_groups_per_session, port_.auth == nullptr);
    if (const auto* why = std::get_if<failure>(&read)) {
      if (why->code == errc::too_many_groups) port_.limited.add(limit_kind::groups_per_session);
      return refuse(error_response(*why));
    }
    who_ = std::get<0>(std::move(read));
    who_->may_publish = port_.options.clients_may_publish;
    who_->address = address_.to_string();
    if (port_.auth != nullptr) return authenticate();
    enter();
  }

  /// Who it is, and what it may, is for its token to say.
  void authenticate() {
    auto found = find_token(values_of(request_, "Authorization"), terms_.query, offered_protocols(request_));
    if (const auto* why = std::get_if<failure>(&found)) return refuse(error_response(*why));
    auto& here = *port_.shards[shard_index_];
    port_.auth->check(std::get<std::string>(found), here.context(), here.stats(),
                      [self = shared_from_this()](authenticator::outcome outcome) {
                        if (self->is_cut_) return;
                        if (auto why = admit(std::move(outcome), *self->who_))
                          self->refuse(std::move(*why));
                        else
                          self->enter();
                      });
  }

  /// Who it is is known: what they have a share of, and then in.
  void enter() {
    if (is_cut_) return;
    auto who = std::move(who_);
    auto place = port_.gate.enter_as(who->user);
    if (const auto* denial = std::get_if<admission::denial>(&place)) return refuse(denied(*denial));
    slot_.keep_user(std::move(std::get<occupancy::seat>(place)));
    if (!slot_.come_in())
      return limited(limit_kind::connections, error_response(503, "unavailable", "the node is full (max-connections): try again later"));
    waiting().remove(*this);
    const auto to = port_.shard_of(who->user);
    newcomer arrived{std::move(slot_), std::move(request_), beast::buffers_to_string(buffer_.data()),
                     &native_codec(), terms_.names_protocol, std::move(who), stream_.take_tls()};
    if (to == shard_index_) return open_websocket(port_, to, std::move(stream_.socket()), std::move(arrived));
    move_socket(stream_.socket(), port_.shards[to]->context(),
                [&port = port_, to, arrived = std::move(arrived)](tcp::socket socket) mutable {
                  open_websocket(port, to, std::move(socket), std::move(arrived));
                });
  }

  // -- refusing ---

  void count_refusal() { port_.shards[shard_index_]->stats().handshakes_refused.add(); }

  void limited(limit_kind which, http_response why) {
    port_.limited.add(which);
    refuse(std::move(why));
  }

  http_response denied(const admission::denial& from) {
    port_.limited.add(from.which);
    return answer_to(from);
  }

  /// Before anything is read. A client that begins with TLS would not understand the answer, and TLS is the work that is to
  /// be saved: its connection is closed.
  void refuse_early(http_response why) {
    end_reading();
    if (port_.tls == nullptr) return refuse(std::move(why));
    count_refusal();
    log::limited(log::level::info, "handshake_refused", {{"address", address_.to_string()}, {"answer", why.body}});
    close();
  }

  void refuse(http_response why) {
    count_refusal();
    log::limited(log::level::info, "handshake_refused",
                 {{"status", why.status}, {"address", address_.to_string()}, {"answer", why.body}});
    goodbye_.emplace(stream_, std::move(why));
    goodbye_->say(port_.options.handshake_timeout, shared_from_this());
  }

  public_port& port_;
  std::size_t shard_index_;
  connection_slot slot_;
  port_stream stream_;
  asio::steady_timer timer_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::empty_body>> parser_;
  upgrade_request request_;
  upgrade_terms terms_;
  std::shared_ptr<hello> who_;
  ip_address address_;  ///< Whose it is, as far as that is known.
  bool timed_out_ = false;
  bool is_read_ = false;  ///< The timeout has nothing to cut any more.
  bool is_cut_ = false;
  std::optional<farewell> goodbye_;  ///< Once it is refused.
};

}  // namespace

void start_handshake(public_port& port, std::size_t shard_index, tcp::socket socket) {
  auto& waiting = port.waiting[shard_index];
  while (waiting.size() >= port.max_unfinished_of_shard() && waiting.cut_oldest()) {}
  std::make_shared<handshake>(port, shard_index, std::move(socket))->start();
}

}  // namespace herald::transport
