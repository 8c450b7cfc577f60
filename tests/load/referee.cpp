#include "referee.hpp"

namespace herald::load {

frame_kind referee::judge(session_id session, std::string_view frame, nanos arrived) {
  stamp found;
  const auto kind = codec_.read(frame, found);
  switch (kind) {
  case frame_kind::notification:
    if (book_.receive(session, found.channel, found.sequence)) {
      latency_.record(arrived - found.intended);
      last_delivery_ = arrived;
    }
    break;
  case frame_kind::damaged: note(odd_.damaged, frame); break;
  case frame_kind::foreign: ++odd_.foreign; break;
  case frame_kind::reset: note(odd_.resets, frame); break;
  case frame_kind::bye: note(odd_.byes, frame); break;
  case frame_kind::error: note(odd_.errors, frame); break;
  case frame_kind::welcome: odd_.not_live += frame.find(R"("live":false)") != std::string_view::npos ? 1 : 0; break;
  case frame_kind::other: break;
  }
  return kind;
}

void referee::note(std::uint64_t& counter, std::string_view frame) {
  ++counter;
  if (odd_.first.empty())
    odd_.first = frame.substr(0, 200);
}

} // namespace herald::load
