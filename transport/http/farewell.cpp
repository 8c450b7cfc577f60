#include "transport/http/farewell.hpp"

#include "transport/http/beast_message.hpp"

#include <boost/beast/http/write.hpp>

#include <utility>

namespace herald::transport {
namespace {

constexpr std::chrono::seconds drain_time{2};
constexpr std::size_t drain_bytes = 64 * 1024;

}  // namespace

farewell::farewell(port_stream& stream, http_response answer)
  : stream_(stream), timer_(stream.get_executor()), answer_(to_beast(std::move(answer), 11, false)) {}

void farewell::say(std::chrono::milliseconds most, keeper keep) {
  cut_after(most, keep);
  boost::beast::http::async_write(stream_, answer_, [this, keep](const boost::system::error_code& error, std::size_t) {
    if (error) return void(timer_.cancel());
    stream_.say_end();
    cut_after(drain_time, keep);
    drain(keep);
  });
}

void farewell::cut_after(std::chrono::milliseconds time, keeper keep) {
  timer_.expires_after(time);
  timer_.async_wait([this, keep = std::move(keep)](const boost::system::error_code& error) {
    boost::system::error_code ignored;
    if (!error) stream_.socket().close(ignored);
  });
}

void farewell::drain(keeper keep) {
  // Whatever it is: not decrypted.
  auto& socket = stream_.socket();
  const auto into = boost::asio::buffer(drained_into_);
  socket.async_read_some(into, [this, keep = std::move(keep)](const boost::system::error_code& error, std::size_t count) mutable {
    drained_ += count;
    if (!error && drained_ < drain_bytes) return drain(std::move(keep));
    timer_.cancel();
  });
}

}  // namespace herald::transport
