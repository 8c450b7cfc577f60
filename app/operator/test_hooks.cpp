#include "app/operator/test_hooks.hpp"

#include "actors/log.hpp"
#include "transport/http/query.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace herald::app {
namespace {

using namespace std::chrono_literals;
using transport::error_response;
using transport::query_fields;

constexpr std::int64_t most_ms = 10'000, most_for_ms = 60'000;

/// A field that can't be used.
struct bad_field : std::runtime_error {
  bad_field(std::string_view name, std::string_view why)
    : std::runtime_error(std::string{name}.append(": ").append(why)), field(name) {}
  std::string field;
};

std::optional<std::string> text_of(const query_fields& all, std::string_view name) {
  const auto found = std::ranges::find(all, name, [](const auto& x) { return std::string_view{x.first}; });
  return found == all.end() ? std::nullopt : std::optional{found->second};
}

std::int64_t number_of(const query_fields& all, std::string_view name, std::int64_t least, std::int64_t most,
                       std::optional<std::int64_t> otherwise = {}) {
  const auto text = text_of(all, name);
  if (!text && otherwise) return *otherwise;
  std::int64_t number = 0;
  const auto* end = text ? text->data() + text->size() : nullptr;
  const bool is_number = text && std::from_chars(text->data(), end, number).ptr == end && !text->empty();
  if (!is_number || number < least || number > most)
    throw bad_field{name, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most)};
  return number;
}

}  // namespace

void slow_actors::slow_down(std::string user, milliseconds each, milliseconds for_long) {
  const std::lock_guard lock{mutex_};
  user_ = std::move(user);
  each_ = each;
  until_ = clock::now() + for_long;
  has_slow_user_ = true;
}

void slow_actors::before(const listed_actor& who) {
  if (who.kind() == actor_kind::directory && block_ms_ != 0) std::this_thread::sleep_for(milliseconds{block_ms_.exchange(0)});
  if (who.kind() == actor_kind::user_router && has_slow_user_) std::this_thread::sleep_for(delay_of(who));
}

slow_actors::milliseconds slow_actors::delay_of(const listed_actor& router) {
  actor_row row;
  router.describe(row);
  const std::lock_guard lock{mutex_};
  if (clock::now() >= until_) has_slow_user_ = false;
  return has_slow_user_ && row.user == user_ ? each_ : 0ms;
}

test_hooks::test_hooks(transport::public_port& port) : port_(port) {
  log::warn("test_hooks_allowed", {{"setting", "allow-test-hooks"}});
  for (auto* one : port_.shards) one->hook(slow_.emplace_back(std::make_unique<slow_actors>()).get());
}

void test_hooks::handle(const transport::http_request& request, transport::http_reply reply) {
  auto read = transport::read_query(request.query);
  if (const auto* why = std::get_if<failure>(&read)) return reply(error_response(*why));
  const auto& fields = std::get<query_fields>(read);
  try {
    const std::chrono::milliseconds each{number_of(fields, "ms", 1, most_ms)};
    if (request.path == "/admin/test/block-shard") {
      const auto shard = static_cast<std::size_t>(number_of(fields, "shard", 0, static_cast<std::int64_t>(slow_.size()) - 1));
      slow_[shard]->block(each);
      caf::anon_send(port_.directories[shard], next_slice{});  // something to do
    } else if (request.path == "/admin/test/slow-handler") {
      const auto user = text_of(fields, "user").value_or("");
      if (auto why = explain_bad_user_id(user); !why.empty()) throw bad_field{"user", why};
      const std::chrono::milliseconds for_long{number_of(fields, "for_ms", 1, most_for_ms, 10'000)};
      slow_[port_.shard_of(user)]->slow_down(user, each, for_long);
    } else {
      return reply(error_response(404, "not_found", "there are /admin/test/block-shard and /admin/test/slow-handler"));
    }
  } catch (const bad_field& wrong) {
    return reply(error_response(400, "bad_field", wrong.what(), wrong.field));
  }
  reply({200, "{}\n"});
}

}  // namespace herald::app
