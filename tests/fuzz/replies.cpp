#include "tests/fuzz/require.hpp"

#include "backplane/redis/replies.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

using namespace herald;

namespace {

constexpr std::size_t max_bytes = 64 * 1024;

/// Reads every text of a reply, so that a sanitizer sees a bad one.
std::size_t weight(const redisReply& reply) {
  std::size_t sum = backplane::text_of(reply).size() + (backplane::is_error(reply) ? 1u : 0u);
  for (char c : backplane::text_of(reply)) sum += static_cast<unsigned char>(c);
  if (auto number = backplane::integer_of(reply)) sum += static_cast<std::size_t>(*number);
  for (const auto* element : backplane::elements_of(reply)) sum += element != nullptr ? weight(*element) : 0;
  return sum;
}

struct outcome {
  std::size_t count = 0;
  std::size_t sum = 0;
  bool failed = false;
};

outcome feed(std::string_view bytes, std::size_t chunk) {
  outcome got;
  backplane::replies reader{max_bytes};
  while (!bytes.empty() && !got.failed) {
    const auto part = bytes.substr(0, chunk);
    bytes.remove_prefix(part.size());
    got.failed = !reader.feed(part, [&](const redisReply& reply) {
                          ++got.count;
                          got.sum += weight(reply);
                          return true;
                        }).empty();
  }
  return got;
}

}  // namespace

/// What a Redis server says, however the network cuts it. The first byte says how.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data + 1), size - 1};
  const auto whole = feed(bytes, bytes.size());
  const auto cut = feed(bytes, std::size_t{data[0]} % 32 + 1);
  if (!whole.failed && !cut.failed)
    fuzz::require(whole.count == cut.count && whole.sum == cut.sum, "replies do not depend on how the network cuts them");
  return 0;
}
