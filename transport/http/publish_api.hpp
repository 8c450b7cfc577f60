#pragma once

#include "actors/messages.hpp"
#include "transport/http/message.hpp"

#include <cstddef>
#include <functional>
#include <optional>

namespace herald::transport {

/// `POST /api/v1/notifications`: one publish, or an array of them, as docs/protocol.md has it.
/// Thread: the server's; the answer comes on the publisher's.
/// Bound:  1,000 entries, 10,000 publications in all; the body is bounded by the server.
class publish_api {
public:
  publish_api(publisher_actor publisher, std::size_t max_data_bytes);

  /// Lets so many messages pass, or answers why not.
  using meter = std::function<std::optional<http_response>(std::size_t messages)>;

  void handle(const http_request& request, const meter& admit, http_reply reply) const;

private:
  publisher_actor publisher_;
  std::size_t max_data_bytes_;
};

}  // namespace herald::transport
