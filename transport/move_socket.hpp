#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace herald::transport {

/// Takes a socket, with no operation pending, to another thread's context and calls `then(socket)` there. If the other side is gone
/// already, nothing is called.
template <class Then>
void move_socket(boost::asio::ip::tcp::socket& from, boost::asio::io_context& to, Then then) {
  boost::system::error_code error;
  const auto protocol = from.local_endpoint(error).protocol();
  const auto handle = error ? -1 : from.release(error);
  if (error) return;
  // Owned again at once, so that a shard that stops closes it.
  boost::asio::ip::tcp::socket moved{to, protocol, handle};
  boost::asio::post(to, [socket = std::move(moved), then = std::move(then)]() mutable { then(std::move(socket)); });
}

}  // namespace herald::transport
