#include "chaos/wanderers.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <cstring>
#include <functional>

namespace herald::load {

namespace {

constexpr std::size_t scratch_bytes = 1 << 20;
constexpr std::size_t max_resets_shown = 10;
constexpr nanos look_every = 20 * millisecond;
constexpr nanos greeting_limit = 5 * second;       // from connect() to the welcome
constexpr nanos first_pause = 100 * millisecond;   // doubles with each failure in a row; the pause itself is anything up to it
constexpr nanos longest_pause = 2 * second;
constexpr nanos longest_absence = 1 * second;      // of who leaves of their own accord

bool refused_for_good(std::string_view why) {
  return why.find("refused: HTTP/1.1 4") != std::string_view::npos && why.find("HTTP/1.1 408") == std::string_view::npos;
}

} // namespace

wanderers::wanderers(const options& given, const population& people, poller& events, const message_codec& codec, account& book)
  : given_(given), people_(people), events_(events), codec_(codec), book_(book), felt_(people.sessions()), chances_(given.seed), all_(people.sessions()),
    scratch_(scratch_bytes) {
  for (auto& each : all_) {
    each.cursors.resize(people.slots());
    each.came_with.resize(people.slots());
  }
}

wanderers::~wanderers() {
  for (auto& each : all_)
    each.link.close();
}

// -- coming and going --------------------------------------------------------------------------------------------------------

void wanderers::turn(nanos time) {
  if (time < next_look_)
    return;
  next_look_ = time + look_every;
  felt_.connected(counts_.ready, time);
  for (session_id session = 0; session < all_.size() && fatal_.empty(); ++session)
    look_after(session, time);
}

void wanderers::look_after(session_id session, nanos time) {
  auto& who = all_[session];
  if (who.link.fd() < 0) {
    if (!who.away && who.next_start <= time && in_flight_ < given_.connects_in_flight)
      start(session, time);
  } else if (who.link.now() != client_session::state::ready) {
    if (time - who.began > greeting_limit)
      on_gone(session, "no welcome in time", pause_of(who));
  } else if (who.ping > 0 && time - who.last_byte > who.ping * 5 / 2) {
    on_gone(session, "silence", pause_of(who));
  } else if (leave_every_ > 0 && who.leaves_at > 0 && time >= who.leaves_at) {
    ++counts_.left;
    if (chances_.below(2) == 0) // half say goodbye, half vanish
      who.link.cut();
    on_gone(session, "left", chances_.between(0, longest_absence));
  }
}

void wanderers::start(session_id session, nanos time) {
  auto& who = all_[session];
  ++in_flight_;
  who.began = time;
  const auto& node = given_.nodes[(session + who.attempts++) % given_.nodes.size()];
  const auto& sources = given_.source_addresses;
  const int error = who.link.start(node, sources.empty() ? nullptr : &sources[session / given_.nodes.size() % sources.size()]);
  if (error != 0) {
    on_gone(session, std::string{"connect: "} + std::strerror(error), pause_of(who));
    return;
  }
  const bool connected = who.link.now() == client_session::state::upgrading;
  if (!events_.add(who.link.fd(), connected ? EPOLLIN : EPOLLOUT, session))
    on_gone(session, "epoll_ctl", pause_of(who));
  else if (connected)
    upgrade(session);
}

void wanderers::upgrade(session_id session) {
  auto& who = all_[session];
  const auto& node = given_.nodes[(session + who.attempts - 1) % given_.nodes.size()];
  who.came_with = who.cursors;
  if (!who.link.request_upgrade(node, target_with_cursors(people_, session, who)))
    on_gone(session, "the upgrade request could not be sent", pause_of(who));
}

nanos wanderers::pause_of(wanderer& who) {
  const auto most = std::min(longest_pause, first_pause << std::min(who.failures, 10u));
  return chances_.between(0, most);
}

void wanderers::on_gone(session_id session, std::string why, nanos pause) {
  auto& who = all_[session];
  const auto time = now();
  const bool was_ready = who.link.now() == client_session::state::ready;
  who.link.close();
  who.next_start = time + pause;
  if (was_ready) {
    --counts_.ready;
    who.gone_since = time;
    who.silent_since = who.last_byte;
  } else {
    --in_flight_;
    ++counts_.failed_attempts;
    felt_.failed(time);
    ++who.failures;
    if (refused_for_good(why) && fatal_.empty())
      fatal_ = why;
    why = "before the welcome: " + why;
  }
  ++counts_.ends[why.substr(0, 120)];
}

void wanderers::send_away(nanos) {
  for (session_id session = 0; session < all_.size(); ++session) {
    all_[session].away = true;
    if (all_[session].link.fd() < 0)
      continue;
    all_[session].link.cut();
    on_gone(session, "sent away", 0);
  }
}

void wanderers::call_back(nanos time) {
  for (auto& each : all_) {
    each.away = false;
    each.next_start = time;
    each.gone_since = each.silent_since = time;
  }
}

void wanderers::stir(nanos mean, nanos time) {
  leave_every_ = mean;
  for (auto& each : all_)
    each.leaves_at = time + chances_.wait(mean);
}

void wanderers::calm() {
  leave_every_ = 0;
}

// -- frames ------------------------------------------------------------------------------------------------------------------

void wanderers::on_event(session_id session, std::uint32_t) {
  auto& who = all_[session];
  if (who.link.fd() < 0)
    return;
  if (who.link.now() == client_session::state::connecting) {
    if (const int error = who.link.finish_connect(); error != 0) {
      on_gone(session, std::string{"connect: "} + std::strerror(error), pause_of(who));
      return;
    }
    events_.change(who.link.fd(), EPOLLIN, session);
    upgrade(session);
    return;
  }
  const auto time = now();
  nanos pause = 0;
  const auto take = [&](std::string_view frame) {
    if (!frame.empty())
      on_frame(session, frame, time);
  };
  who.last_byte = time;
  const auto problem = who.link.receive(scratch_, std::cref(take));
  if (problem.empty())
    return;
  // Who was told when to come back does so; `next_start` lies ahead then.
  pause = who.next_start > time ? who.next_start - time : pause_of(who);
  on_gone(session, problem, pause);
}

void wanderers::on_frame(session_id session, std::string_view frame, nanos time) {
  stamp found;
  switch (codec_.read(frame, found)) {
  case frame_kind::notification: on_notification(session, found, frame, time); break;
  case frame_kind::damaged: note(counts_.damaged, counts_.first_damaged, frame); break;
  case frame_kind::foreign: ++counts_.foreign; break;
  default: on_news(session, frame, time); break;
  }
}

void wanderers::on_notification(session_id session, const stamp& what, std::string_view frame, nanos time) {
  const auto cursor = notification_member(frame, "cursor");
  if (cursor.empty() || notification_member(frame, "id") != codec_.id_of(what))
    note(counts_.damaged, counts_.first_damaged, frame);
  if (const auto slot = people_.slot_of(session, what.channel); slot && !cursor.empty())
    all_[session].cursors[*slot] = cursor;
  book_.receive(session, what.channel, what.sequence, time);
  felt_.notified(session, time);
  last_delivery_ = time;
}

void wanderers::on_news(session_id session, std::string_view frame, nanos time) {
  const auto read = read_server_frame(frame);
  if (!read) {
    note(counts_.damaged, counts_.first_damaged, frame);
    return;
  }
  if (read->type == "welcome")
    on_welcome(session, *read, time);
  for (const auto& news : read->channels) {
    if (read->type == "reset")
      on_reset(session, news, frame, time);
    keep_cursor(session, news);
  }
  if (read->type == "bye") {
    ++counts_.byes;
    all_[session].next_start = time + read->reconnect;
  } else if (read->type == "error") {
    note(counts_.errors, counts_.first_error, frame);
  }
}

void wanderers::on_reset(session_id session, const channel_news& news, std::string_view frame, nanos time) {
  const auto slot = slot_named(people_, session, news.channel);
  if (!slot) {
    note(counts_.damaged, counts_.first_damaged, frame);
    return;
  }
  const auto channel = people_.channel_at(session, *slot);
  book_.reset(session, channel, time);
  if (counts_.first_resets.size() < max_resets_shown)
    counts_.first_resets.push_back("session " + std::to_string(session) + ", channel " + people_.name_of(channel) + ": had " + all_[session].cursors[*slot]
                                   + ", came with " + all_[session].came_with[*slot] + ", reset to " + news.cursor + ", "
                                   + std::to_string((time - all_[session].began) / millisecond) + " ms after connecting");
}

void wanderers::keep_cursor(session_id session, const channel_news& news) {
  const auto slot = slot_named(people_, session, news.channel);
  if (slot && !news.cursor.empty())
    all_[session].cursors[*slot] = news.cursor;
}

void wanderers::on_welcome(session_id session, const server_frame& read, nanos time) {
  auto& who = all_[session];
  if (who.link.now() != client_session::state::greeting)
    return;
  for (const auto& news : read.channels) {
    const auto slot = slot_named(people_, session, news.channel);
    if (!slot || who.cursors[*slot].empty())
      continue;
    ++(!news.recovered ? counts_.resume_ignored : *news.recovered ? counts_.recovered : counts_.not_recovered);
  }
  who.link.become(client_session::state::ready);
  --in_flight_;
  ++counts_.ready;
  who.failures = 0;
  who.ping = read.ping;
  who.next_start = 0;
  who.leaves_at = leave_every_ > 0 ? time + chances_.wait(leave_every_) : 0;
  if (who.gone_since == 0)
    return;
  ++counts_.reconnects;
  felt_.came_back(session, time);
  counts_.longest_without = std::max(counts_.longest_without, time - who.gone_since);
  counts_.longest_silence = std::max(counts_.longest_silence, time - who.silent_since);
  who.gone_since = 0;
}

wandering wanderers::seen(nanos time) const {
  auto result = counts_;
  for (const auto& who : all_)
    if (who.gone_since > 0) {
      result.longest_without = std::max(result.longest_without, time - who.gone_since);
      result.longest_silence = std::max(result.longest_silence, time - who.silent_since);
    }
  return result;
}

void wanderers::note(std::uint64_t& counter, std::string& first, std::string_view frame) {
  ++counter;
  if (first.empty())
    first = frame.substr(0, 300);
}

} // namespace herald::load
