#include "redis_publisher.hpp"

#include <poll.h>

#include <initializer_list>

namespace herald::load {

namespace {

/// Appends a command in Redis's protocol: an array of bulk strings.
void append_command(std::string& to, std::initializer_list<std::string_view> words) {
  to.append("*").append(std::to_string(words.size())).append("\r\n");
  for (const auto word : words)
    to.append("$").append(std::to_string(word.size())).append("\r\n").append(word).append("\r\n");
}

} // namespace

std::string redis_publisher::open(poller& events) {
  auto problem = connection_.open(given_.publish->where);
  if (problem.empty() && !given_.publish->password.empty())
    problem = authenticate();
  if (problem.empty() && !events.add(connection_.fd(), EPOLLIN, first_publisher_token))
    problem = "epoll_ctl";
  events_ = &events;
  return problem;
}

std::string redis_publisher::authenticate() {
  const auto& target = *given_.publish;
  if (target.user.empty())
    append_command(connection_.outgoing(), {"AUTH", target.password});
  else
    append_command(connection_.outgoing(), {"AUTH", target.user, target.password});
  pollfd ready{.fd = connection_.fd(), .events = POLLIN, .revents = 0};
  if (!connection_.flush() || poll(&ready, 1, 5'000) != 1 || !connection_.fill())
    return "Redis did not answer AUTH";
  const auto answer = connection_.incoming();
  auto problem = answer.substr(0, 3) == "+OK" ? std::string{} : "Redis refused AUTH: " + std::string{answer.substr(0, answer.find('\r'))};
  connection_.consume(answer.size());
  return problem;
}

void redis_publisher::submit(const stamp& what) {
  payload_.clear();
  codec_.append_payload(payload_, what);
  append_command(connection_.outgoing(), {"PUBLISH", given_.channel_prefix + people_.name_of(what.channel), payload_});
  waiting_.push_back(what);
}

void redis_publisher::flush() {
  if (!broken_.empty())
    return;
  if (!connection_.flush()) {
    lose("the connection to Redis was lost");
    return;
  }
  const bool wanted = connection_.queued_bytes() > 0;
  if (wanted != wants_writable_)
    events_->change(connection_.fd(), wanted ? EPOLLIN | EPOLLOUT : EPOLLIN, first_publisher_token);
  wants_writable_ = wanted;
}

void redis_publisher::on_event(std::uint64_t, std::uint32_t) {
  const bool open = connection_.fill();
  for (;;) {
    const auto bytes = connection_.incoming();
    const auto end = bytes.find("\r\n");
    if (end == std::string_view::npos)
      break;
    take_answer(bytes.substr(0, end));
    connection_.consume(end + 2);
  }
  if (!open)
    lose("Redis closed the publishing connection");
}

/// Whether what waits for an answer was published is not known: it may not be held against the node.
void redis_publisher::lose(const std::string& why) {
  if (!broken_.empty())
    return;
  broken_ = why;
  events_->remove(connection_.fd());
  for (const auto& what : waiting_)
    book_.excuse(what.channel, what.sequence);
}

void redis_publisher::take_answer(std::string_view line) {
  if (waiting_.empty())
    return;
  if (line.front() == ':') {
    ++counts_.accepted;
    counts_.unheard += line == ":0" ? 1 : 0;
  } else {
    refuse(book_, waiting_.front(), line);
  }
  waiting_.pop_front();
}

} // namespace herald::load
