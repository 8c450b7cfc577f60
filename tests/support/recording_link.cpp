#include "tests/support/recording_link.hpp"

namespace herald::test {
namespace {

std::string words_of(const event::welcome& what) {
  auto text = "welcome " + what.user;
  for (const auto& status : what.channels) text += ' ' + to_text(status);
  if (what.expires_s) text += " until " + std::to_string(*what.expires_s);
  return text;
}

std::string words_of(const event::subscribed& what) { return "subscribed " + to_text(what.status); }
std::string words_of(const event::unsubscribed& what) { return "unsubscribed " + std::string{what.name.client_name()}; }

std::string words_of(const event::published& what) {
  return "published " + what.id + (what.position ? '@' + std::to_string(what.position->offset) : "");
}

std::string words_of(const event::reset& what) {
  return "reset " + std::string{what.name.client_name()} + (what.position ? '@' + std::to_string(what.position->offset) : "");
}

std::string words_of(const event::acknowledged& what) {
  return "acknowledged " + what.channel + '@' + std::to_string(what.position.offset);
}

std::string words_of(const event::pong&) { return "pong"; }

std::string words_of(const event::authenticated& what) { return "authenticated until " + std::to_string(what.expires_s); }

std::string words_of(const event::expiring& what) { return "expiring in " + std::to_string(what.in.count()); }

std::string words_of(const event::refused& what) {
  return "error " + std::string{to_string(what.why.code)} + (what.why.field.empty() ? "" : ' ' + what.why.field);
}

std::string words_of(const event::bye& what) { return "bye " + std::string{to_text(what.reason)}; }

}  // namespace

/// As below, and with `(recovered)` where it goes on from the client's cursor.
std::string to_text(const client_channel& told) {
  return to_text(channel_status{told.name, told.live, told.position}) + (told.recovered ? "(recovered)" : "");
}

/// `group:g1@17`, or without `@…` where there is no position, and with `(away)` where it is not live.
std::string to_text(const channel_status& status) {
  std::string text{status.name.client_name()};
  if (status.position) text += '@' + std::to_string(status.position->offset);
  return status.live ? text : text + "(away)";
}

std::string to_text(const client_event& what) {
  auto text = std::visit([](const auto& event) { return words_of(event); }, what.what);
  return what.ref.empty() ? text : text + " ref=" + what.ref;
}

std::string_view to_text(close_reason why) {
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
    case close_reason::expired: return "expired";
  }
  return "?";
}

}  // namespace herald::test
