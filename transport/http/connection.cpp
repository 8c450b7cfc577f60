#include "transport/http/connection.hpp"

#include "actors/log.hpp"
#include "transport/http/beast_message.hpp"
#include "transport/lingering_close.hpp"
#include "transport/port_stream.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>

namespace herald::transport {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

std::string text(beast::string_view from) {
  return {from.data(), from.size()};
}

/// Requests one after the other, each answered before the next is read.
/// Ends:   with its last pending operation. It is cut when there are too many and it keeps the server waiting; not while a request of
///         it is being handled.
class http_connection final : public std::enable_shared_from_this<http_connection>, public unfinished::member {
public:
  http_connection(std::shared_ptr<http_service> service, asio::ip::tcp::socket socket)
    : service_(std::move(service)), stream_(std::move(socket)), timer_(stream_.get_executor()) {
    ++service_->open;
    service_->strangers.add(*this);
    beast::error_code error;
    const auto from = stream_.socket().remote_endpoint(error);
    if (!error) peer_ = from.address().to_string();
  }

  ~http_connection() { leave(); }

  void start() {
    if (service_->tls == nullptr) return read_header();
    expires_after(service_->limits.request_timeout);
    stream_.secure(*service_->tls, [self = shared_from_this()](port_stream::secured how) { self->on_secured(how); });
  }

  void cut() override {
    service_->limited.add(limit_kind::admin_connections);
    log::limited(log::level::warn, "admin_connection_cut", {{"peer", peer_}, {"served_before", served_any_}});
    is_cut_ = true;
    leave();
    timer_.cancel();
    close();
  }

private:
  /// Its place is free again.
  void leave() {
    if (std::exchange(has_left_, true)) return;
    is_waited_for(false);
    --service_->open;
  }

  /// Whether what comes next has to come from the client.
  void is_waited_for(bool yes) {
    auto& those = served_any_ ? service_->waited_for : service_->strangers;
    if (yes)
      those.add(*this);
    else
      those.remove(*this);
  }

  void close() {
    beast::error_code ignored;
    stream_.socket().close(ignored);
  }

  void on_secured(port_stream::secured how) {
    if (is_cut_) return;
    if (how == port_stream::secured::yes) {
      service_->stats.tls_handshakes.add();
      return read_header();
    }
    service_->stats.tls_handshakes_failed.add();
    if (how == port_stream::secured::not_tls)
      answer(error_response(400, "bad_request", "this port speaks TLS: use https://"));
  }

  void read_header() {
    const auto& limits = service_->limits;
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(limits.max_header_bytes));
    parser_->body_limit(limits.max_body_bytes);
    expires_after(served_any_ ? limits.idle_timeout : limits.request_timeout);
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = shared_from_this()](const beast::error_code& error, std::size_t) {
                              self->on_header(error);
                            });
  }

  void on_header(const beast::error_code& error) {
    if (is_cut_) return;
    if (error) return on_error(error);
    expires_after(service_->limits.request_timeout);
    // Beast takes a coding that it does not know for none, and the body's length from elsewhere; whoever stands in front may
    // see another one, and so another end of this request (RFC 9112, section 6.1).
    if (parser_->get().count(http::field::transfer_encoding) > 0 && !parser_->chunked()) return on_error(http::error::bad_transfer_encoding);
    read_head();
    // Before the body: whoever may not come in must not fill memory.
    if (auto refusal = service_->gate(head_)) {
      keep_alive_ = false;
      return answer(std::move(*refusal));
    }
    if (parser_->content_length().value_or(0) > service_->limits.max_body_bytes) return on_error(http::error::body_limit);
    if (!beast::iequals(parser_->get()[http::field::expect], "100-continue")) return read_body();
    proceed_ = {http::status::continue_, parser_->get().version()};
    http::async_write(stream_, proceed_, [self = shared_from_this()](const beast::error_code& error2, std::size_t) {
      if (!error2 && !self->is_cut_) self->read_body();
    });
  }

  void read_head() {
    const auto& from = parser_->get();
    is_head_ = from.method() == http::verb::head;
    version_ = from.version();
    const auto target = text(from.target());
    const auto path_end = std::min(target.find('?'), target.size());
    head_ = {is_head_ ? "GET" : text(from.method_string()), target.substr(0, path_end),
             target.substr(std::min(path_end + 1, target.size()))};
    head_.is_certified = stream_.tls() != nullptr && stream_.tls()->has_peer_certificate();
    head_.key = key_of(from);
    head_.traceparent = text(from["traceparent"]);
    head_.peer = peer_;
  }

  template <class Request>
  static std::string key_of(const Request& from) {
    constexpr std::string_view scheme = "bearer ";
    const auto said = from[http::field::authorization];
    if (said.size() > scheme.size() && beast::iequals(said.substr(0, scheme.size()), {scheme.data(), scheme.size()}))
      return text(said.substr(said.find_first_not_of(' ', scheme.size() - 1)));
    return text(from["X-API-Key"]);
  }

  void read_body() {
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](const beast::error_code& error, std::size_t) {
                       if (self->is_cut_) return;
                       if (error) return self->on_error(error);
                       self->keep_alive_ = self->parser_->keep_alive();  // the parser minds every Connection field
                       self->on_request(self->parser_->release());
                     });
  }

  /// Cuts the connection then, unless it is said anew.
  void expires_after(std::chrono::milliseconds time) {
    timer_.expires_after(time);
    timer_.async_wait([weak = weak_from_this()](const beast::error_code& error) {
      const auto self = weak.lock();
      if (!error && self && self->timer_.expiry() <= asio::steady_timer::clock_type::now()) self->close();
    });
  }

  void expires_never() { timer_.expires_at(asio::steady_timer::time_point::max()); }

  void on_error(const beast::error_code& error) {
    keep_alive_ = false;
    is_head_ = false;
    if (error == http::error::body_limit)
      return answer(error_response(413, "too_large",
                                   "the body may have up to " + std::to_string(service_->limits.max_body_bytes)
                                     + " bytes (publish-batch-max-bytes)"));
    if (error == http::error::header_limit || error == http::error::buffer_overflow)
      return answer(error_response(431, "too_large", "the request's header is too large"));
    const bool is_http = error.category() == http::make_error_code(http::error::bad_method).category();
    if (is_http && error != http::error::end_of_stream && error != http::error::partial_message)
      answer(error_response(400, "bad_request", "not an HTTP request: " + error.message()));
  }

  void on_request(http::request<http::string_body> from) {
    is_waited_for(false);  // a request is never dropped in the middle
    served_any_ = true;
    keep_alive_ = keep_alive_ && !service_->stopping;
    if (is_from_another_origin(from))
      return answer_whole(error_response(403, "not_allowed", "a web page of another origin may not use this port", "Origin"));
    head_.body = std::move(from.body());
    expires_never();  // it is the handler's turn
    service_->handler(std::move(head_), [self = shared_from_this()](http_response what) {
      asio::dispatch(self->stream_.get_executor(), [self, what = std::move(what)]() mutable { self->answer_whole(std::move(what)); });
    });
  }

  /// A browser says where a page is from; nobody else sets it. Without this, any web page that a developer
  /// opens could publish through a node on the same machine.
  static bool is_from_another_origin(const http::request<http::string_body>& from) {
    const auto origin = text(from[http::field::origin]);
    if (origin.empty()) return false;
    const auto host = text(from[http::field::host]);
    return origin != "http://" + host && origin != "https://" + host;
  }

  /// To a whole request.
  void answer_whole(http_response what) {
    is_waited_for(true);  // who does not take its answer is no better than who does not ask
    answer(std::move(what));
  }

  void answer(http_response what) {
    answer_.emplace(to_beast(std::move(what), version_, keep_alive_));
    if (is_head_) answer_->body().clear();  // its length stays in the header
    expires_after(service_->limits.request_timeout);
    http::async_write(stream_, *answer_, [self = shared_from_this()](const beast::error_code& error, std::size_t) {
      if (error || self->is_cut_) return;
      if (self->keep_alive_) return self->read_header();
      self->end();
    });
  }

  void end() {
    stream_.say_end();
    expires_never();
    buffer_.clear();
    // Whatever still comes: not decrypted.
    async_lingering_close(stream_.socket(), [self = shared_from_this()](const beast::error_code&) {});
  }

  std::shared_ptr<http_service> service_;
  port_stream stream_;
  asio::steady_timer timer_;
  std::string peer_;
  http_request head_;  ///< The one that is being read.
  beast::flat_buffer buffer_{64 * 1024};
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::empty_body> proceed_;
  std::optional<http::response<http::string_body>> answer_;
  unsigned version_ = 11;
  bool keep_alive_ = false;
  bool is_head_ = false;
  bool served_any_ = false;
  bool is_cut_ = false;
  bool has_left_ = false;
};

}  // namespace

void serve_http(std::shared_ptr<http_service> service, asio::ip::tcp::socket socket) {
  std::make_shared<http_connection>(std::move(service), std::move(socket))->start();
}

}  // namespace herald::transport
