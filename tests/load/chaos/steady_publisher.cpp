#include "chaos/steady_publisher.hpp"

#include "publisher.hpp"

#include <sys/epoll.h>

#include <algorithm>

namespace herald::load {

namespace {

constexpr nanos pause_low = 50 * millisecond; // before another try
constexpr nanos pause_high = 250 * millisecond;
constexpr nanos down_for = 300 * millisecond; // a node that could not be reached is left alone for so long

/// Another node would say the same: the request itself is wrong.
bool for_good(int status) {
  return status >= 400 && status < 500 && status != 408 && status != 429;
}

} // namespace

steady_publisher::steady_publisher(const options& given, const population& people, const message_codec& codec, account& book, poller& events)
  : given_(given), people_(people), codec_(codec), book_(book), events_(events), chances_(given.seed + 1),
    down_until_(given.publish_targets.size()), busy_(people.channels()) {
  for (std::size_t node = 0; node < given.publish_targets.size(); ++node)
    for (std::uint32_t i = 0; i < given.publish_connections; ++i)
      lines_.push_back({{}, node, std::nullopt});
}

void steady_publisher::submit(channel_id channel, nanos time) {
  if (last_accept_ == 0)
    last_accept_ = time;
  busy_[channel] = true;
  ++unanswered_;
  job fresh;
  fresh.what = {.channel = channel, .sequence = book_.submit(channel), .intended = time};
  fresh.first_try = time;
  waiting_.push_back(fresh);
}

// -- sending -----------------------------------------------------------------------------------------------------------------

void steady_publisher::turn(nanos time) {
  for (auto& on : lines_)
    if (on.under_way && time > on.under_way->deadline)
      fail(on, counts_.timeouts, time, on.connection.now() == publish_line::state::connecting);
  for (auto left = waiting_.size(); left > 0; --left) {
    auto next = waiting_.front();
    waiting_.pop_front();
    if (next.not_before > time) {
      waiting_.push_back(next);
    } else if (!dispatch(next, time)) { // no line is free
      waiting_.push_front(next);
      break;
    }
  }
}

/// The line that is to take the next request: nodes come in turn; one that is down or has just failed it comes last.
steady_publisher::line* steady_publisher::free_line(std::size_t avoid, nanos time) {
  const auto nodes = down_until_.size();
  for (std::size_t step = 0; step < nodes; ++step) {
    const auto node = (next_node_ + step) % nodes;
    if (down_until_[node] > time || (node == avoid && nodes > 1))
      continue;
    const auto found = std::find_if(lines_.begin(), lines_.end(), [&](const line& each) { return each.node == node && !each.under_way; });
    if (found == lines_.end())
      continue;
    next_node_ = node + 1;
    return &*found;
  }
  return nullptr;
}

bool steady_publisher::dispatch(job what, nanos time) {
  // A node to avoid is better than none: when it is the only one that can be reached, it is asked again.
  auto* on = free_line(what.avoid, time);
  if (on == nullptr)
    on = free_line(SIZE_MAX, time);
  if (on == nullptr)
    return false;
  ++counts_.tries;
  counts_.repeated += ++what.tries == 2 ? 1 : 0;
  what.deadline = time + given_.publish_timeout;
  on->under_way = what;
  if (on->connection.now() == publish_line::state::idle) {
    ask(*on);
    return true;
  }
  const auto token = first_publisher_token + static_cast<std::uint64_t>(on - lines_.data());
  if (!on->connection.connect(given_.publish_targets[on->node].where) || !events_.add(on->connection.fd(), EPOLLOUT, token))
    fail(*on, counts_.unreachable, time, true);
  return true;
}

std::string steady_publisher::request_of(const job& what, std::size_t node) {
  const auto name = people_.name_of(what.what.channel);
  std::string body = what.what.channel == population::broadcast() ? R"({"to":{"broadcast":true})"
                     : people_.is_group(what.what.channel)         ? R"({"to":{"group":")" + name.substr(6) + "\"}" // without "group:"
                                                                   : R"({"to":{"user":")" + name + "\"}";
  body += R"(,"id":")" + codec_.id_of(what.what) + R"(","data":)";
  codec_.append_payload(body, what.what);
  body += R"(,"durable":true})";
  return "POST /api/v1/notifications HTTP/1.1\r\nHost: " + given_.publish_targets[node].where.text
         + "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

void steady_publisher::ask(line& on) {
  if (!on.connection.ask(request_of(*on.under_way, on.node)))
    fail(on, counts_.broken, now(), false);
}

// -- answers -----------------------------------------------------------------------------------------------------------------

void steady_publisher::on_event(std::uint64_t token, std::uint32_t) {
  auto& on = lines_[token - first_publisher_token];
  if (on.connection.now() == publish_line::state::closed)
    return;
  const auto time = now();
  if (on.connection.now() == publish_line::state::connecting) {
    if (!on.connection.finish_connect()) {
      fail(on, counts_.unreachable, time, true);
      return;
    }
    events_.change(on.connection.fd(), EPOLLIN, token);
    ask(on);
    return;
  }
  const auto [answer, lost] = on.connection.read();
  if (answer && on.under_way)
    take_answer(on, *answer, time);
  if (lost)
    fail(on, counts_.broken, time, false);
}

void steady_publisher::take_answer(line& on, const http_answer& answer, nanos time) {
  auto what = *on.under_way;
  on.under_way.reset();
  if (answer.status == 202) {
    book_.accept(what.what.channel, what.what.sequence, time);
    busy_[what.what.channel] = false;
    --unanswered_;
    counts_.longest_outage = std::max(counts_.longest_outage, time - last_accept_);
    counts_.slowest = std::max(counts_.slowest, time - what.first_try);
    last_accept_ = time;
    return;
  }
  ++counts_.refused;
  const auto said = std::to_string(answer.status) + " " + answer.body.substr(0, 60);
  ++counts_.refusals[counts_.refusals.size() < 20 ? said : "others"];
  if (for_good(answer.status) && fatal_.empty())
    fatal_ = "a publish was refused: " + std::to_string(answer.status) + " " + answer.body.substr(0, 200);
  what.avoid = on.node;
  what.not_before = time + chances_.between(pause_low, pause_high);
  waiting_.push_back(what);
}

/// The line's connection is over. What was under way on it may or may not have been taken: it is tried again with its id.
void steady_publisher::fail(line& on, std::uint64_t& counter, nanos time, bool node_is_down) {
  on.connection.close();
  if (node_is_down)
    down_until_[on.node] = time + chances_.between(down_for / 2, down_for);
  if (!on.under_way) // it rested
    return;
  ++counter;
  auto what = *on.under_way;
  on.under_way.reset();
  what.avoid = on.node;
  what.not_before = time + chances_.between(pause_low, pause_high);
  waiting_.push_back(what);
}

publishing steady_publisher::seen(nanos time) const {
  auto result = counts_;
  if (unanswered_ > 0)
    result.longest_outage = std::max(result.longest_outage, time - last_accept_);
  return result;
}

} // namespace herald::load
