#include "actors/session.hpp"

/// What a session writes down of the notifications that are traced. The rest of it is in session.cpp.
namespace herald {
namespace {

std::string_view to_string(close_reason why) noexcept {
  switch (why) {
    case close_reason::client_left: return "client_left";
    case close_reason::silent: return "silent";
    case close_reason::shutdown: return "shutdown";
    case close_reason::binary: return "binary";
    case close_reason::bad_utf8: return "bad_utf8";
    case close_reason::bad_frame: return "bad_frame";
    case close_reason::abuse: return "abuse";
    case close_reason::too_large: return "too_large";
    case close_reason::internal: return "internal";
    case close_reason::drain: return "drain";
    case close_reason::rebalance: return "rebalance";
    case close_reason::slow: return "slow";
    case close_reason::kicked: return "kicked";
    case close_reason::expired: break;
  }
  return "expired";
}

}  // namespace

void session::write_down(const batch& run, session_step what, std::string_view why) {
  has_traced_ = true;
  home().traces().note(run, {id(), who_->session_id, who_->user, who_->device, who_->address}, what, why);
}

void session::trace_read(const channel& on, const cursor& from, const cursor& to, std::string_view lost) {
  if (has_traced_) [[unlikely]] home().traces().passed(id(), on, from, to, lost);
}

void session::trace_acknowledged(std::string_view client_name, const cursor& up_to) {
  if (!has_traced_) [[likely]] return;
  if (const auto on = channel_called(client_name)) home().traces().acknowledged(id(), *on, up_to);
}

void session::trace_left(const channel& group) {
  if (has_traced_) [[unlikely]] home().traces().left(id(), "left_group", &group);
}

void session::trace_over(close_reason why) {
  if (has_traced_) [[unlikely]] home().traces().left(id(), to_string(why));
}

}  // namespace herald
