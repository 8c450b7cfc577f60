#pragma once

#include "transport/http/message.hpp"
#include "transport/port_stream.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <chrono>
#include <memory>

namespace herald::transport {

/// The last that a connection hears: an answer, and that nothing more comes. What its client sends still is read and forgotten for a
/// little while, because closing with unread bytes would destroy the answer on its way (RFC 9112, section 9.6).
/// Thread: its stream's.
/// Bound:  `most` for the answer; then `lingering_close`'s.
/// Ends:   with the last reference of `keep` that it holds; closing the socket ends it earlier.
class farewell {
public:
  /// The stream has to outlive it, and nothing else may read or write it any more.
  farewell(port_stream& stream, http_response answer);

  /// Begins. `keep`: what holds the stream and this.
  void say(std::chrono::milliseconds most, std::shared_ptr<void> keep);

private:
  port_stream& stream_;
  boost::asio::steady_timer timer_;
  boost::beast::http::response<boost::beast::http::string_body> answer_;
};

}  // namespace herald::transport
