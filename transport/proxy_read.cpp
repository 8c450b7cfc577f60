#include "transport/proxy_read.hpp"

#include <boost/asio/buffer.hpp>

#include <memory>
#include <string>

namespace herald::transport {
namespace {

using boost::asio::ip::tcp;

struct proxy_reader : std::enable_shared_from_this<proxy_reader> {
  tcp::socket& socket;
  std::function<void(const proxy::result&)> done;
  std::string so_far = {};

  proxy_reader(tcp::socket& from, std::function<void(const proxy::result&)> then) : socket(from), done(std::move(then)) {}

  void go_on() {
    const auto found = proxy::read(so_far);
    const auto* wanted = std::get_if<proxy::more>(&found);
    if (wanted == nullptr) return done(found);
    const auto had = so_far.size();
    so_far.resize(had + wanted->bytes);
    socket.async_read_some(boost::asio::buffer(so_far.data() + had, wanted->bytes),
                           [self = shared_from_this(), had](const boost::system::error_code& error, std::size_t count) {
                             self->so_far.resize(had + count);
                             if (error) return self->done(proxy::broken{"the connection ended before it was complete"});
                             self->go_on();
                           });
  }
};

}  // namespace

void read_proxy_header(tcp::socket& from, std::function<void(const proxy::result&)> done) {
  std::make_shared<proxy_reader>(from, std::move(done))->go_on();
}

}  // namespace herald::transport
