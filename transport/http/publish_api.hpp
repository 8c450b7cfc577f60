#pragma once

#include "actors/messages.hpp"
#include "transport/http/message.hpp"

#include <cstddef>

namespace herald::transport {

/// `POST /api/v1/notifications`: one publish, or an array of them, as docs/protocol.md has it.
/// Thread: the server's; the answer comes on the publisher's.
/// Bound:  1,000 entries, 10,000 publications in all; the body is bounded by the server.
class publish_api {
public:
  publish_api(publisher_actor publisher, std::size_t max_data_bytes);

  void handle(const http_request& request, http_reply reply) const;

private:
  publisher_actor publisher_;
  std::size_t max_data_bytes_;
};

}  // namespace herald::transport
