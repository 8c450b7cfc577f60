#include "crowd.hpp"

#include <cstring>
#include <limits>

namespace herald::load {

namespace {
constexpr std::size_t scratch_bytes = 1 << 20;
constexpr nanos retry_pause = 200 * millisecond;
} // namespace

crowd::crowd(const options& given, const population& people, poller& events, referee& judge)
  : given_(given), people_(people), events_(events), judge_(judge), sessions_(people.sessions()), scratch_(scratch_bytes),
    closed_(people.sessions()) {}

crowd::~crowd() {
  for (auto& session : sessions_)
    session.close();
}

// -- connecting --------------------------------------------------------------------------------------------------------

void crowd::start_connects(nanos time) {
  if (began_ == 0)
    began_ = time;
  while (in_flight_ < given_.connects_in_flight && fatal_.empty() && next_start() <= time) {
    if (!retries_.empty() && retries_.front().at <= time) {
      const auto session = retries_.front().session;
      retries_.pop_front();
      start(session);
    } else {
      start(next_++);
    }
  }
}

nanos crowd::next_start() const {
  auto next = std::numeric_limits<nanos>::max();
  if (in_flight_ >= given_.connects_in_flight)
    return next;
  if (next_ < people_.sessions())
    next = given_.connect_rate > 0 ? began_ + static_cast<nanos>(next_ / given_.connect_rate * 1e9) : began_;
  if (!retries_.empty())
    next = std::min(next, retries_.front().at);
  return next;
}

void crowd::start(session_id session) {
  ++in_flight_;
  auto& client = sessions_[session];
  const auto& sources = given_.source_addresses;
  const int error = client.start(node_of(session), sources.empty() ? nullptr : &sources[session / given_.nodes.size() % sources.size()]);
  if (error != 0) {
    on_gone(session, std::string{"connect: "} + std::strerror(error));
    return;
  }
  const bool connected = client.now() != client_session::state::connecting;
  if (!events_.add(client.fd(), connected ? EPOLLIN : EPOLLOUT, session))
    on_gone(session, "epoll_ctl");
  else if (connected)
    go_on(session);
}

/// Once it is connected, and whenever TLS's handshake has news.
void crowd::go_on(session_id session) {
  auto& client = sessions_[session];
  if (client.now() == client_session::state::securing && !client.secure())
    on_gone(session, "the TLS handshake failed");
  else if (client.now() == client_session::state::upgrading)
    upgrade(session);
}

void crowd::upgrade(session_id session) {
  if (!sessions_[session].request_upgrade(node_of(session), people_.target_of(session)))
    on_gone(session, "the upgrade request could not be sent");
}

void crowd::become_ready(session_id session) {
  sessions_[session].become(client_session::state::ready);
  --in_flight_;
  ++counts_.ready;
}

// -- running -----------------------------------------------------------------------------------------------------------

void crowd::on_event(session_id session, std::uint32_t) {
  auto& client = sessions_[session];
  if (client.now() == client_session::state::connecting) {
    const int error = client.finish_connect();
    if (error != 0) {
      on_gone(session, std::string{"connect: "} + std::strerror(error));
      return;
    }
    events_.change(client.fd(), EPOLLIN, session);
    go_on(session);
    return;
  }
  if (client.fd() < 0)
    return;
  if (client.now() == client_session::state::securing)
    return go_on(session);
  nanos arrived = 0; // read once for all frames that came together, and after them
  const auto take = [&](std::string_view frame) {
    if (arrived == 0)
      arrived = now();
    on_frame(session, frame, arrived);
  };
  const auto problem = client.receive(scratch_, std::cref(take)); // by reference: a copy would allocate at each read
  if (!problem.empty())
    on_gone(session, problem);
}

void crowd::on_frame(session_id session, std::string_view frame, nanos arrived) {
  const bool greeting = sessions_[session].now() == client_session::state::greeting;
  if (frame.empty()) { // upgraded
    if (greeting && !given_.welcome)
      become_ready(session);
    return;
  }
  if (judge_.judge(session, frame, arrived) == frame_kind::welcome && greeting)
    become_ready(session);
}

void crowd::on_gone(session_id session, const std::string& why) {
  auto& client = sessions_[session];
  const bool was_ready = client.now() == client_session::state::ready;
  client.close();
  if (was_ready) {
    --counts_.ready;
    ++counts_.closed;
    closed_[session] = true;
    if (counts_.first_close.empty())
      counts_.first_close = why;
    return;
  }
  --in_flight_;
  ++counts_.failed_attempts;
  if (counts_.first_failure.empty())
    counts_.first_failure = why;
  if (why.find("refused: HTTP/1.1 4") != std::string::npos && fatal_.empty())
    fatal_ = why;
  retries_.push_back({now() + retry_pause, session});
}

} // namespace herald::load
