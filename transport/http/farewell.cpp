#include "transport/http/farewell.hpp"

#include "transport/http/beast_message.hpp"
#include "transport/lingering_close.hpp"

#include <boost/beast/http/write.hpp>

#include <utility>

namespace herald::transport {

farewell::farewell(port_stream& stream, http_response answer)
  : stream_(stream), timer_(stream.get_executor()), answer_(to_beast(std::move(answer), 11, false)) {}

void farewell::say(std::chrono::milliseconds most, std::shared_ptr<void> keep) {
  timer_.expires_after(most);
  timer_.async_wait([this, keep](const boost::system::error_code& error) {
    boost::system::error_code ignored;
    if (!error) stream_.socket().close(ignored);
  });
  boost::beast::http::async_write(stream_, answer_, [this, keep](const boost::system::error_code& error, std::size_t) {
    timer_.cancel();
    if (error) return;
    stream_.say_end();
    // Whatever still comes: not decrypted.
    async_lingering_close(stream_.socket(), [keep](const boost::system::error_code&) {});
  });
}

}  // namespace herald::transport
