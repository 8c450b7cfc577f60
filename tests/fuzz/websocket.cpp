#include "tests/fuzz/require.hpp"

#include "transport/limits/inbound_pace.hpp"
#include "transport/protocol/codec.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/beast/_experimental/test/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

#include <cstdint>
#include <string_view>

using namespace herald;
using namespace herald::transport;

namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;

constexpr std::string_view upgrade =
  "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
  "Sec-WebSocket-Version: 13\r\n\r\n";
constexpr std::size_t most_bytes = 4096;
constexpr std::size_t chunk_bytes = 128;

/// As `websocket_link` reads, but for the socket below and the session above.
class reader {
public:
  explicit reader(std::string_view frames) : client_(context_), stream_(context_) {
    stream_.next_layer().connect(client_);  // what is answered has to go somewhere
    stream_.next_layer().append({upgrade.data(), upgrade.size()});
    beast::error_code error;
    stream_.accept(error);
    fuzz::require(!error, "the handshake is in order");
    stream_.next_layer().append({frames.data(), frames.size()});
    stream_.next_layer().close_remote();
    stream_.text(true);
    stream_.read_message_max(most_bytes);
    stream_.control_callback([this](websocket::frame_type, beast::string_view) { pace_.took_message(limits_, now_); });
  }

  void run() {
    for (;;) {
      beast::error_code error;
      const auto count = stream_.read_some(buffer_, chunk_bytes, error);
      if (error) return;
      pace_.took_bytes(limits_, now_, count);
      fuzz::require(buffer_.size() <= most_bytes, "a message is bounded");
      if (stream_.got_text() && stream_.is_message_done()) on_message();
      now_ += pace_.before_read(limits_, now_).wait;
    }
  }

private:
  void on_message() {
    const auto bytes = buffer_.cdata();
    const auto got = native_codec().decode({static_cast<const char*>(bytes.data()), bytes.size()});
    if (const auto* bad = std::get_if<command::malformed>(&got.what))
      fuzz::require(native_codec().encode(client_event{event::refused{bad->why}, got.ref}).has_value(), "what is wrong can be said");
    pace_.took_message(limits_, now_);
    buffer_ = beast::flat_buffer{};
  }

  boost::asio::io_context context_;
  beast::test::stream client_;
  websocket::stream<beast::test::stream, false> stream_;
  beast::flat_buffer buffer_;
  inbound_limits limits_{{100, 10}, {1000, 4096}, std::chrono::seconds{1}};
  inbound_pace pace_;
  inbound_pace::time_point now_{std::chrono::hours{1}};
};

}  // namespace

/// Frames of a client, as they come from its socket.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  reader{{reinterpret_cast<const char*>(data), size}}.run();
  return 0;
}
