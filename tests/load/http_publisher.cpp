#include "http_publisher.hpp"

#include "redis_publisher.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

#include <strings.h>

namespace herald::load {

namespace {

/// A header's value in an HTTP head; nothing when it is not there.
std::optional<std::string_view> header(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at)) {
    at += 2;
    const auto line = head.substr(at, head.find("\r\n", at) - at);
    if (line.size() <= name.size() || line[name.size()] != ':' || strncasecmp(line.data(), name.data(), name.size()) != 0)
      continue;
    const auto value = line.substr(name.size() + 1);
    const auto start = value.find_first_not_of(" \t");
    return start == std::string_view::npos ? std::string_view{} : value.substr(start);
  }
  return std::nullopt;
}

/// For each of `count` messages, whether its result in a batch's answer is an error.
std::vector<bool> refusals(std::string_view body, std::size_t count) {
  rapidjson::Document answer;
  answer.Parse(body.data(), body.size());
  std::vector<bool> refused(count, true);
  if (answer.HasParseError() || !answer.IsArray() || answer.Size() != count)
    return refused;
  for (rapidjson::SizeType i = 0; i < answer.Size(); ++i)
    refused[i] = !answer[i].IsObject() || answer[i].HasMember("error");
  return refused;
}

} // namespace

std::string http_publisher::open(poller& events) {
  events_ = &events;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    auto problem = lines_[i].connection.open(given_.publish->where);
    if (problem.empty() && !events.add(lines_[i].connection.fd(), EPOLLIN, first_publisher_token + i))
      problem = "epoll_ctl";
    if (!problem.empty())
      return problem;
  }
  return {};
}

void http_publisher::submit(const stamp& what) {
  lines_[what.channel % lines_.size()].waiting.push_back(what);
  ++waiting_;
}

void http_publisher::flush() {
  for (std::size_t i = 0; i < lines_.size() && broken_.empty(); ++i) {
    if (lines_[i].asked.empty() && !lines_[i].waiting.empty())
      send_next(lines_[i]);
    flush_line(lines_[i], i);
  }
}

void http_publisher::flush_line(line& on, std::size_t index) {
  if (!on.connection.flush()) {
    lose("the connection to " + given_.publish->where.text + " was lost");
    return;
  }
  const bool wanted = on.connection.queued_bytes() > 0;
  if (wanted != on.wants_writable)
    events_->change(on.connection.fd(), wanted ? EPOLLIN | EPOLLOUT : EPOLLIN, first_publisher_token + index);
  on.wants_writable = wanted;
}

void http_publisher::append_notification(std::string& to, const stamp& what) {
  const auto name = people_.name_of(what.channel);
  if (what.channel == population::broadcast())
    to += R"({"to":{"broadcast":true},"data":)";
  else if (people_.is_group(what.channel))
    to.append(R"({"to":{"group":")").append(name, 6).append(R"("},"data":)"); // without "group:"
  else
    to.append(R"({"to":{"user":")").append(name).append(R"("},"data":)");
  codec_.append_payload(to, what);
  to += given_.durable ? R"(,"durable":true})" : R"(,"durable":false})";
}

void http_publisher::send_next(line& on) {
  body_.clear();
  const auto count = std::min<std::size_t>(given_.batch, on.waiting.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (given_.batch > 1)
      body_ += i == 0 ? '[' : ',';
    append_notification(body_, on.waiting.front());
    on.asked.push_back(on.waiting.front());
    on.waiting.pop_front();
  }
  if (given_.batch > 1)
    body_ += ']';
  waiting_ -= count;
  asked_ += count;
  auto& out = on.connection.outgoing();
  out.append("POST /api/v1/notifications HTTP/1.1\r\nHost: ").append(given_.publish->where.text);
  out.append("\r\nContent-Type: application/json\r\nContent-Length: ").append(std::to_string(body_.size()));
  out.append("\r\n\r\n").append(body_);
}

void http_publisher::on_event(std::uint64_t token, std::uint32_t) {
  auto& on = lines_[token - first_publisher_token];
  const bool open = on.connection.fill();
  const auto bytes = on.connection.incoming();
  const auto end = bytes.find("\r\n\r\n");
  if (end != std::string_view::npos) {
    const auto head = bytes.substr(0, end + 2);
    const auto length_text = header(head, "content-length");
    const auto length = length_text ? std::strtoul(length_text->data(), nullptr, 10) : 0;
    if (bytes.size() >= end + 4 + length) {
      take_answer(on, head, bytes.substr(end + 4, length));
      on.connection.consume(end + 4 + length);
    }
  }
  if (!open)
    lose(given_.publish->where.text + " closed the publishing connection");
}

void http_publisher::take_answer(line& on, std::string_view head, std::string_view body) {
  const bool ok = head.substr(0, 12) == "HTTP/1.1 202";
  const auto refused = !ok               ? std::vector<bool>(on.asked.size(), true)
                       : given_.batch > 1 ? refusals(body, on.asked.size())
                                          : std::vector<bool>(on.asked.size(), false);
  for (std::size_t i = 0; i < on.asked.size(); ++i) {
    if (refused[i])
      refuse(book_, on.asked[i], std::string{head.substr(0, head.find('\r'))} + " " + std::string{body});
    else
      ++counts_.accepted;
  }
  asked_ -= on.asked.size();
  on.asked.clear();
}

/// Whether what was asked has been published is not known, and what waits is not sent: neither may be held against the node.
void http_publisher::lose(const std::string& why) {
  if (!broken_.empty())
    return;
  broken_ = why;
  for (auto& each : lines_) {
    events_->remove(each.connection.fd());
    for (const auto& what : each.asked)
      book_.excuse(what.channel, what.sequence);
    for (const auto& what : each.waiting)
      book_.excuse(what.channel, what.sequence);
    each.asked.clear();
    each.waiting.clear();
  }
}

std::unique_ptr<publisher> make_publisher(const options& given, const population& people, const message_codec& codec, ledger& book) {
  if (given.publish->type == publish_target::kind::http)
    return std::make_unique<http_publisher>(given, people, codec, book);
  return std::make_unique<redis_publisher>(given, people, codec, book);
}

} // namespace herald::load
