#include "transport/handshake.hpp"

#include "actors/log.hpp"
#include "transport/client_query.hpp"
#include "transport/http/beast_message.hpp"
#include "transport/port_stream.hpp"
#include "transport/websocket_link.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include <memory>
#include <optional>

namespace herald::transport {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

/// How long, and how much, a refused client may still send before its connection is cut: closing with unread bytes would
/// destroy the answer on its way (RFC 9112, section 9.6).
constexpr std::chrono::seconds drain_time{2};
constexpr std::size_t drain_bytes = 64 * 1024;

/// How much is asked for at first: most requests are smaller.
constexpr std::size_t first_read_bytes = 1024;
/// What TLS begins with (RFC 8446, section 5.1), and HTTP never does.
constexpr char tls_handshake = 0x16;

std::string_view view(beast::string_view text) noexcept {
  return {text.data(), text.size()};
}

/// One connection from its accept until its WebSocket opens or it is refused.
/// Thread: the shard that accepted it.   Ends: with its last pending operation.
class handshake : public std::enable_shared_from_this<handshake> {
public:
  handshake(public_port& port, std::size_t shard_index, tcp::socket socket)
    : port_(port), shard_index_(shard_index), slot_(port), stream_(std::move(socket)), timer_(stream_.get_executor()),
      buffer_(port.options.handshake_max_bytes) {
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(port.options.handshake_max_bytes));
    parser_->body_limit(boost::none);  // a body is not read at all
  }

  void start() {
    cancel_after(port_.options.handshake_timeout);
    if (port_.tls == nullptr) return read_first();
    stream_.secure(*port_.tls, [self = shared_from_this()](port_stream::secured how) { self->on_secured(how); });
  }

private:
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
    cancel_after(drain_time);  // what had just come was not cancelled, and reading goes on
  }

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
    const auto target = view(request_.target());
    path_end_ = std::min(target.find('?'), target.size());
    if (target.substr(0, path_end_) != "/ws")
      return error_response(404, "not_found", "there is nothing at this path: WebSockets open at /ws");
    if (request_.method() != http::verb::get) {
      auto answer = error_response(405, "bad_method", "a WebSocket opens with GET");
      answer.headers.emplace_back("Allow", "GET");
      return answer;
    }
    if (!beast::websocket::is_upgrade(request_) || request_[http::field::sec_websocket_version] != "13") {
      auto answer = error_response(426, "upgrade_required", "this is a WebSocket's address: upgrade to websocket, version 13");
      answer.headers = {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}};
      return answer;
    }
    if (request_[http::field::sec_websocket_key].size() != 24)
      return error_response(400, "bad_field", "Sec-WebSocket-Key must be 16 bytes in base64", "Sec-WebSocket-Key");
    if (port_.stopping || port_.connections > port_.options.max_connections)
      return error_response(503, "unavailable", port_.stopping ? "the node is stopping: connect again, to another one"
                                                               : "the node is full (max-connections): try again later");
    return choose_protocol();
  }

  std::optional<http_response> choose_protocol() {
    bool any = false;
    const auto [first, last] = request_.equal_range(http::field::sec_websocket_protocol);
    for (auto line = first; line != last; ++line)
      for (const auto& name : http::token_list{line->value()}) {
        any = true;
        names_protocol_ = names_protocol_ || view(name) == native_codec().subprotocol();
      }
    if (!any || names_protocol_) return std::nullopt;
    return error_response(400, "bad_field", "none of the sub-protocols offered is known: offer herald.v1, or none",
                          "Sec-WebSocket-Protocol");
  }

  void welcome() {
    auto query = view(request_.target()).substr(std::min(path_end_ + 1, request_.target().size()));
    auto read = read_client_query(query, port_.options.max_groups_per_session);
    if (const auto* why = std::get_if<failure>(&read)) return refuse(error_response(*why));
    auto& who = std::get<0>(read);
    who->may_publish = port_.options.clients_may_publish;
    const auto to = port_.shard_of(who->user);
    newcomer arrived{std::move(slot_), std::move(request_), beast::buffers_to_string(buffer_.data()),
                     &native_codec(), names_protocol_, std::move(who), stream_.take_tls()};
    if (to == shard_index_)
      open_websocket(port_, to, std::move(stream_.socket()), std::move(arrived));
    else
      move_to(to, std::move(arrived));
  }

  void move_to(std::size_t to, newcomer arrived) {
    beast::error_code error;
    const auto protocol = stream_.socket().local_endpoint(error).protocol();
    const auto handle = error ? -1 : stream_.socket().release(error);
    if (error) return;  // the client is gone
    auto& context = port_.shards[to]->context();
    // Owned again at once, so that a shard that stops closes it.
    tcp::socket moved{context, protocol, handle};
    asio::post(context, [&port = port_, to, socket = std::move(moved), arrived = std::move(arrived)]() mutable {
      open_websocket(port, to, std::move(socket), std::move(arrived));
    });
  }

  // -- refusing ---

  void refuse(http_response why) {
    port_.shards[shard_index_]->stats().handshakes_refused.add();
    log::limited(log::level::info, "handshake_refused", {{"status", why.status}, {"answer", why.body}});
    answer_.emplace(to_beast(std::move(why), 11, false));
    timed_out_ = false;
    cut_after(port_.options.handshake_timeout);
    http::async_write(stream_, *answer_, [self = shared_from_this()](const beast::error_code& error, std::size_t) {
      if (!error) self->say_end();
    });
  }

  void say_end() {
    stream_.say_end();
    cut_after(drain_time);
    buffer_.clear();
    drain();
  }

  void cut_after(std::chrono::milliseconds time) {
    timer_.expires_after(time);
    timer_.async_wait([self = shared_from_this()](const beast::error_code& error) {
      beast::error_code ignored;
      if (!error) self->stream_.socket().close(ignored);
    });
  }

  void drain() {
    // Whatever it is: not decrypted.
    stream_.socket().async_read_some(asio::buffer(drained_into_),
                                     [self = shared_from_this()](const beast::error_code& error, std::size_t count) {
                                       self->drained_ += count;
                                       if (!error && self->drained_ < drain_bytes) return self->drain();
                                       self->timer_.cancel();
                                     });
  }

  public_port& port_;
  std::size_t shard_index_;
  connection_slot slot_;
  port_stream stream_;
  asio::steady_timer timer_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::empty_body>> parser_;
  upgrade_request request_;
  std::size_t path_end_ = 0;
  bool names_protocol_ = false;
  bool timed_out_ = false;
  bool is_read_ = false;  ///< The timeout has nothing to cut any more.
  std::optional<http::response<http::string_body>> answer_;
  std::array<char, 1024> drained_into_;
  std::size_t drained_ = 0;
};

}  // namespace

void start_handshake(public_port& port, std::size_t shard_index, tcp::socket socket) {
  std::make_shared<handshake>(port, shard_index, std::move(socket))->start();
}

}  // namespace herald::transport
