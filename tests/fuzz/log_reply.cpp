#include "tests/fuzz/require.hpp"

#include "actors/log.hpp"
#include "backplane/log_reading.hpp"
#include "backplane/redis/log_reply.hpp"
#include "backplane/redis/replies.hpp"

#include <hiredis/hiredis.h>

#include <cstdint>
#include <string>
#include <string_view>

using namespace herald;
using namespace herald::backplane;

namespace {

constexpr std::size_t max_bytes = 64 * 1024;
const auto alice = channel::user("alice");

/// Whatever Redis says of a log, a page of it makes sense in itself.
void read(const redisReply& reply, const cursor& asked) {
  shard_stats counts;
  (void)read_head(reply);
  auto got = read_log_reply(reply, counts);
  if (!got) return;
  fuzz::require(got->state.head || got->entries.empty(), "without a log there is nothing in it");
  for (const auto& entry : got->entries) fuzz::require(entry.what.position.has_value(), "an entry has its place");
  const auto place = place_in(got->state, asked);
  fuzz::require(!place.end || *place.end > place.after, "a page does not stop before it begins");
  const auto offered = got->entries.size();
  const auto before = counts.due.get();
  const auto page = make_page(alice, asked, place, got->state, std::move(got->entries), 1'700'000'000'000, {}, counts);
  const auto passed_on = page.run ? page.run->items().size() : 0;
  fuzz::require(passed_on + (counts.due.get() - before) <= offered, "nothing is made up");
  fuzz::require(!page.run || passed_on > 0, "a run is never empty");
}

}  // namespace

/// Replies of the script that reads a log, as RESP. The first byte is the length of the cursor that was asked for, which follows.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  [[maybe_unused]] static const bool quiet = (log::set_level(log::level::off), true);
  if (size == 0) return 0;
  std::string_view bytes{reinterpret_cast<const char*>(data + 1), size - 1};
  const auto named = bytes.substr(0, data[0] % 64u);
  bytes.remove_prefix(named.size());
  const auto asked = parse_cursor(named).value_or(empty_log);
  replies reader{max_bytes};
  reader.feed(bytes, [&](const redisReply& reply) {
    read(reply, asked);
    return true;
  });
  return 0;
}
