#pragma once

#include "backplane/redis/options.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <functional>
#include <memory>

namespace herald::backplane {

/// The bytes of one connection: the seam for TLS.
/// Thread: its io_context's. Handlers keep alive whoever owns the stream; after `close()` they come with an error.
class stream {
public:
  using error_code = boost::system::error_code;
  using connect_handler = std::function<void(error_code)>;
  using transfer_handler = std::function<void(error_code, std::size_t)>;

  virtual ~stream() = default;

  /// Resolves the name and connects to the first address that answers.
  virtual void connect(const redis_options::address& to, connect_handler done) = 0;
  virtual void read_some(boost::asio::mutable_buffer into, transfer_handler done) = 0;
  /// Writes all of it.
  virtual void write(boost::asio::const_buffer from, transfer_handler done) = 0;
  virtual void close() noexcept = 0;
};

std::unique_ptr<stream> make_tcp_stream(boost::asio::io_context& context);

/// Over TLS if the options say so, else plain.
std::unique_ptr<stream> make_stream(boost::asio::io_context& context, const redis_options& options);

}  // namespace herald::backplane
