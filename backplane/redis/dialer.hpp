#pragma once

#include "backplane/redis/stream.hpp"

#include <boost/asio/ip/tcp.hpp>

namespace herald::backplane {

/// Resolves a name and connects a socket to the first address that answers.
/// Thread: its io_context's. The handler keeps alive whoever owns both; after `cancel()` it comes with an error.
class dialer {
public:
  using tcp = boost::asio::ip::tcp;

  explicit dialer(boost::asio::io_context& context) : resolver_(context) {}

  void dial(tcp::socket& socket, const redis_options::address& to, stream::connect_handler done);
  void cancel() noexcept;

private:
  tcp::resolver resolver_;
  bool cancelled_ = false;
};

/// Whether this is an address in digits, which needs no look-up and has no name.
bool is_number(const std::string& host);

}  // namespace herald::backplane
