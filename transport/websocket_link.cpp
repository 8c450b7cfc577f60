#include "transport/websocket_link.hpp"

#include "actors/log.hpp"
#include "transport/auth/authenticator.hpp"
#include "transport/close_codes.hpp"
#include "transport/deflater.hpp"
#include "transport/outbox_stream.hpp"
#include "transport/websocket_frame.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/zlib/error.hpp>

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <poll.h>

namespace herald::transport {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;

/// How much is asked of the socket at a time: a command is small, and the space is there for every idle connection.
constexpr std::size_t read_chunk_bytes = 128;

bool is_deflate_error(const beast::error_code& error) noexcept {
  return error.category() == beast::error_code{beast::zlib::error::general}.category();
}

/// The wire's name for what ended a read.
close_reason reason_of(const beast::error_code& error) noexcept {
  if (error == websocket::error::message_too_big || error == websocket::error::buffer_overflow)
    return close_reason::too_large;
  if (error == websocket::error::bad_frame_payload) return close_reason::bad_utf8;
  if (error == beast::error::timeout) return close_reason::silent;
  if (error == boost::asio::error::no_buffer_space) return close_reason::slow;
  if (error == boost::asio::error::message_size) return close_reason::abuse;
  if (error.category() == make_error_code(websocket::error::bad_opcode).category() && error != websocket::error::closed)
    return close_reason::bad_frame;
  return close_reason::client_left;
}

/// A WebSocket: Beast's stream for the handshake, reading, pings and closes; the outbox below it for what is sent.
/// Thread: its shard.   Ends: when both the read and the close have; every pending operation holds a reference.
/// Bound:  the outbox's; with more than twice its bytes (events, pongs that a client does not read) it ends as slow. A message
///         from a client is bounded by `message_max_bytes` after inflating.
///
/// `Deflates`: for clients that offer permessage-deflate. Beast negotiates it and inflates what they send; its state for that is why
/// other clients have a stream without. What is sent was compressed once for all.
template <bool Deflates>
class websocket_link final : public link, private outbox_owner, private last_words {
public:
  websocket_link(public_port& port, std::size_t shard_index, boost::asio::ip::tcp::socket socket, newcomer who)
    : slot_(std::move(who.slot)), port_(port), shard_(*port.shards[shard_index]), auth_(port.auth), codec_(*who.protocol),
      stream_(shard_, std::move(socket), port.options.outbox, std::move(who.tls), std::move(who.early)) {
    stream_.next_layer().outbox().owner(this);
    stream_.text(true);
    stream_.read_message_max(port.options.message_max_bytes);
    stream_.set_option(websocket::stream_base::timeout{port.options.close_timeout, port.options.ping_interval * 2, true});
    stream_.set_option(websocket::stream_base::decorator(
      [this, name = who.names_protocol ? codec_.subprotocol() : std::string_view{}](websocket::response_type& answer) {
        answer.set(beast::http::field::server, "herald");
        if (!name.empty()) answer.set(beast::http::field::sec_websocket_protocol, name);
        agree_to_deflate(answer);
      }));
    if constexpr (Deflates) {
      websocket::permessage_deflate option;
      option.server_enable = option.server_no_context_takeover = option.client_no_context_takeover = true;
      stream_.set_option(option);
    }
  }

  /// Pings and pongs are read as long as they come: they can only be counted.
  void count_control_frames() {
    stream_.control_callback([this](websocket::frame_type what, beast::string_view) {
      if (what == websocket::frame_type::pong) stream_.next_layer().pings().answered();
      if (!closing_) stream_.next_layer().came_to_something();
      const auto& limits = port_.options.inbound;
      if (!limits.none() && !pace_.took_message(limits, token_bucket::clock::now())) end_as_abuse();
    });
  }

  void open(const upgrade_request& request, std::shared_ptr<hello> who, directory_actor directory) {
    stream_.async_accept(request, [self = self(), who = std::move(who), directory = std::move(directory)](
                                    const beast::error_code& error) mutable {
      self->on_accepted(error, std::move(who), directory);
    });
  }

  // -- link ---

  void attach(const caf::strong_actor_ptr& session) override {
    session_ = caf::actor_cast<session_actor>(session);
    count_control_frames();
    read();
  }

  bool deliver(const batch& run) override {
    if (closing_) return true;
    if (!out().try_push(encoded(run), run.items().size())) return false;
    if (run.is_traced()) [[unlikely]] watch(run);
    return true;
  }

  std::size_t begin_page(std::size_t least_bytes) override { return out().begin_page(least_bytes); }
  void end_page(std::size_t bytes) override { out().end_page(bytes); }
  void ask_room() override { out().ask_room(); }

  std::uint64_t written() const noexcept override { return stream_.next_layer().outbox().written(); }
  bool has_unsent() const noexcept override { return !stream_.next_layer().outbox().empty(); }

  std::uint64_t waiting() const noexcept override { return stream_.next_layer().outbox().bytes(); }

  link_row describe() const override {
    const auto& box = stream_.next_layer().outbox();
    return {codec_.subprotocol(), box.messages(), box.bytes(), box.highest_messages(), box.highest_bytes(), box.written(),
            box.is_stalled(), stream_.next_layer().pings().round_trip()};
  }

  void remind(std::chrono::milliseconds after) override {
    if (!reminder_) reminder_ = std::make_unique<boost::asio::steady_timer>(shard_.context());
    reminder_->expires_after(after);
    reminder_->async_wait([self = self()](const beast::error_code& error) {
      if (!error && self->session_) caf::anon_send(self->session_, token_due{});
    });
  }

  void send(const client_event& what) override {
    if (closing_) return;
    const auto* refused = std::get_if<event::refused>(&what.what);
    if (refused != nullptr && refused->why.code == errc::too_many_groups) port_.limited.add(limit_kind::groups_per_session);
    push(what);
    if (out().is_overfull()) ask_to_close(close_reason::slow, std::chrono::seconds{1});
  }

  void close(close_reason why, std::chrono::milliseconds reconnect_after) override {
    if (why == close_reason::shutdown && closing_) return finish(why_);
    if (std::exchange(closing_, true)) return;
    why_ = why;
    if (why == close_reason::slow) out().drop_unsent();
    push({event::bye{why, reconnect_after}, {}});
    const auto code = code_of(why);
    stream_.async_close({static_cast<websocket::close_code>(code.code), code.reason},
                        [self = self()](const beast::error_code&) { self->finish(self->why_); });
    if (why == close_reason::slow) out().flush_last_words();
    if (why != close_reason::shutdown) return;
    out().flush();  // what does not get out now never will
    finish(why);
  }

private:
  // -- outbox_owner ---

  void on_shed() override { ask_to_close(close_reason::slow, std::chrono::seconds{1}); }
  void on_room() override {
    if (session_) caf::anon_send(session_, link_ready{});
  }
  caf::ref_counted& counted() noexcept override { return *this; }

  // -- last_words ---

  void on_given_up() override { say_close(close_reason::silent); }

  // ---

  caf::intrusive_ptr<websocket_link> self() { return this; }
  outbox& out() noexcept { return stream_.next_layer().outbox(); }

  /// Beast has written its side of the negotiation into the answer, and will go by what it finds there.
  void agree_to_deflate(websocket::response_type& answer) {
    if constexpr (!Deflates) return;
    constexpr auto field = beast::http::field::sec_websocket_extensions;
    // A client that can't remember 32 KiB gets plain messages: what is compressed for all looks back as far as that.
    if (answer[field].find("server_max_window_bits") != beast::string_view::npos) answer.erase(field);
    compresses_ = answer.count(field) > 0;
    if (compresses_) shard_.stats().compressed_connections.add();
  }

  void on_accepted(const beast::error_code& error, std::shared_ptr<hello> who, const directory_actor& directory) {
    if (error) {
      shard_.stats().handshakes_refused.add();
      closing_ = finished_ = true;
      return;
    }
    shard_.stats().connections_opened.add();
    stream_.next_layer().before_cut(this);
    who->out = this;
    caf::anon_send(directory, connect{std::move(who)});
  }

  void read() {
    stream_.async_read_some(buffer_, read_chunk_bytes, [self = self()](const beast::error_code& error, std::size_t count) {
      self->on_read(error, count);
    });
  }

  /// Reads when the client may send more.
  void read_in_time() {
    const auto& limits = port_.options.inbound;
    if (limits.none() || closing_) return read();
    const auto next = pace_.before_read(limits, token_bucket::clock::now());
    if (next.what == inbound_pace::verdict::in_order) return read();
    port_.limited.add(limit_kind::message_rate);
    if (next.what == inbound_pace::verdict::warn) warn_of_pace();
    if (next.what == inbound_pace::verdict::abuse) {
      end_as_abuse();
      return read();
    }
    if (!pause_) pause_ = std::make_unique<boost::asio::steady_timer>(stream_.get_executor());
    pause_->expires_after(next.wait);
    pause_->async_wait([self = self()](const beast::error_code&) { self->on_pause_over(); });
  }

  void on_pause_over() {
    if (finished_) return;
    // What it had sent before is still there to be read, and would be, slowly, for nobody.
    pollfd connection{out().socket().native_handle(), 0, 0};
    const bool is_broken = ::poll(&connection, 1, 0) > 0 && (connection.revents & (POLLERR | POLLHUP)) != 0;
    if (is_broken) return finish(closing_ ? why_ : close_reason::client_left);
    read();
  }

  void warn_of_pace() {
    shard_.stats().client_errors.add();
    send({event::refused{{errc::rate_limited,
                          "more than a client may send (client-message-rate, client-byte-rate): send less, or this session ends", {}}},
          {}});
  }

  void end_as_abuse() {
    if (closing_ || is_abusive_) return;
    count_abuse();
    ask_to_close(close_reason::abuse);
  }

  void count_abuse() {
    if (std::exchange(is_abusive_, true)) return;
    port_.limited.add(limit_kind::message_rate_abuse);
    log::limited(log::level::warn, "client_floods", {{"limit", "client-message-rate, client-byte-rate"}});
  }

  void on_read(const beast::error_code& error, std::size_t count) {
    if (error && is_deflate_error(error)) say_close(close_reason::bad_frame);
    if (error == boost::asio::error::message_size && !closing_) {
      count_abuse();
      say_close(close_reason::abuse);
    }
    if (error) return finish(closing_ ? why_ : reason_of(error));
    if (!closing_) stream_.next_layer().came_to_something();
    pace_.took_bytes(port_.options.inbound, token_bucket::clock::now(), count);
    if (!stream_.got_text()) {
      ask_to_close(close_reason::binary);
      return read();  // until the close is answered
    }
    if (stream_.is_message_done()) {
      if (!closing_) on_message();
      buffer_ = beast::flat_buffer{};
    }
    read_in_time();
  }

  void on_message() {
    pace_.took_message(port_.options.inbound, token_bucket::clock::now());
    const auto bytes = buffer_.cdata();
    auto what = codec_.decode({static_cast<const char*>(bytes.data()), bytes.size()});
    const auto* asked = auth_ != nullptr ? std::get_if<command::authenticate>(&what.what) : nullptr;
    if (asked != nullptr)
      verify(*asked, std::move(what.ref));
    else
      caf::anon_send(session_, std::move(what));
  }

  /// Whether a token is good is for the transport to find out; the session is told.
  void verify(const command::authenticate& asked, request_ref ref) {
    auth_->check(asked.token, shard_.context(), shard_.stats(),
                 [self = self(), ref = std::move(ref)](authenticator::outcome outcome) {
                   command::renew told;
                   if (const auto* why = std::get_if<token_failure>(&outcome))
                     told.outcome = to_failure(*why);
                   else
                     told.outcome = std::get<grant_ptr>(std::move(outcome));
                   if (self->session_) caf::anon_send(self->session_, client_command{std::move(told), ref});
                 });
  }

  /// Closing is up to the session, which knows then that nothing more is delivered.
  void ask_to_close(close_reason why, std::chrono::milliseconds reconnect_after = {}) {
    if (!closing_) caf::anon_send(session_, close_session{why, reconnect_after});
  }

  /// The close frame that Beast does not send, when what came can't be inflated or nothing came.
  void say_close(close_reason why) {
    if (std::exchange(closing_, true)) return;
    why_ = why;
    const auto [code, reason, bye] = code_of(why);
    std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
    std::string frame;
    append_frame(frame, frame_kind::close, payload.append(reason));
    out().push(caf::make_counted<const shared_bytes>(std::move(frame)));
    out().flush();
  }

  /// The connection is over, for whichever reason came first.
  void finish(close_reason why) {
    if (std::exchange(finished_, true)) return;
    closing_ = true;
    stream_.next_layer().before_cut(nullptr);
    if (pause_) pause_->cancel();
    log::debug("connection_closed", {{"code", code_of(why).code}, {"reason", code_of(why).reason}});
    reminder_.reset();
    if (auto session = std::exchange(session_, nullptr)) caf::anon_send(session, link_closed{why});
    out().say_end();
    boost::system::error_code ignored;
    out().socket().close(ignored);
  }

  void watch(const batch& run) {
    auto& traces = shard_.traces();
    out().watch([&traces, which = traces.numbers_of(run), key = session_->id()] { traces.written(which, key); });
  }

  void push(const client_event& what) {
    auto text = codec_.encode(what);
    if (!text) return;
    std::string frame;
    frame.reserve(text->size() + 10);
    append_text_frame(frame, *text);
    out().push(caf::make_counted<const shared_bytes>(std::move(frame)));
  }

  shared_bytes_ptr encoded(const batch& run) const {
    if constexpr (Deflates)
      if (compresses_)
        return run.encoded(codec_.slot() + compressed_slots, [this](const batch& x) {
          return frames_of(x, [this](std::string& frames, std::string_view payload) { append_compressed(frames, payload); });
        });
    return run.encoded(codec_.slot(), [this](const batch& x) { return frames_of(x, append_text_frame); });
  }

  template <class Append>
  std::string frames_of(const batch& run, Append append) const {
    std::string frames, payload;
    frames.reserve(run.data_bytes() + run.items().size() * 192);
    for (const auto& item : run.items()) {
      payload.clear();
      codec_.encode(run.to(), item, payload);
      append(frames, payload);
    }
    return frames;
  }

  /// A message that compression does not shorten goes as it is, which a client that takes both understands.
  void append_compressed(std::string& frames, std::string_view payload) const {
    std::string shorter;
    if (!own_deflater().compress(payload, shorter)) return append_text_frame(frames, payload);
    append_frame(frames, frame_kind::compressed_text, shorter);
    auto& stats = shard_.stats();
    stats.compressions.add();
    stats.compressed_from_bytes.add(payload.size());
    stats.compressed_to_bytes.add(shorter.size());
  }

  connection_slot slot_;
  public_port& port_;
  shard& shard_;
  authenticator* auth_;  ///< Null where clients come without tokens.
  const codec& codec_;
  websocket::stream<outbox_stream, Deflates> stream_;
  beast::flat_buffer buffer_;
  inbound_pace pace_;
  std::unique_ptr<boost::asio::steady_timer> pause_;  ///< Once the client has sent too much.
  session_actor session_;
  std::unique_ptr<boost::asio::steady_timer> reminder_;  ///< Null without a token.
  close_reason why_ = close_reason::client_left;
  bool compresses_ = false;  ///< Messages to this client.
  bool closing_ = false;
  bool finished_ = false;
  bool is_abusive_ = false;
};

template <bool Deflates>
void open(public_port& port, std::size_t shard_index, boost::asio::ip::tcp::socket socket, newcomer who) {
  auto request = std::move(who.request);
  auto hello = std::move(who.who);
  auto opened = caf::make_counted<websocket_link<Deflates>>(port, shard_index, std::move(socket), std::move(who));
  opened->open(request, std::move(hello), port.directories[shard_index]);
}

}  // namespace

void open_websocket(public_port& port, std::size_t shard_index, boost::asio::ip::tcp::socket socket, newcomer who) {
  const bool may_compress = port.options.compression && who.request.count(beast::http::field::sec_websocket_extensions) > 0;
  (may_compress ? open<true> : open<false>)(port, shard_index, std::move(socket), std::move(who));
}

}  // namespace herald::transport
