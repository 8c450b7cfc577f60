#include "actors/session.hpp"

#include <algorithm>
#include <utility>

/// How a session catches up. The rest of it is in session.cpp.
namespace herald {
namespace {

/// A run's items that have a position, and those that have none.
std::pair<batch_ptr, batch_ptr> by_durability(const batch_ptr& run) {
  const auto is_durable = [](const notification& x) { return x.position.has_value(); };
  const auto& items = run->items();
  if (std::ranges::all_of(items, is_durable)) return {run, nullptr};
  if (std::ranges::none_of(items, is_durable)) return {nullptr, run};
  std::vector<notification> durable, live;
  for (const auto& item : items) (is_durable(item) ? durable : live).push_back(item);
  return {caf::make_counted<const batch>(run->to(), std::move(durable)),
          caf::make_counted<const batch>(run->to(), std::move(live))};
}

/// What TLS encrypts as one record.
constexpr std::size_t piece_bytes = 16 * 1024;

/// The run, cut between messages into pieces of no more data than that, or of one message.
std::vector<batch_ptr> pieces_of(const batch_ptr& run, std::size_t most_bytes) {
  if (run->data_bytes() <= most_bytes) return {run};
  std::vector<batch_ptr> result;
  const auto& items = run->items();
  for (std::size_t first = 0, end = 0; first < items.size(); first = end) {
    for (std::size_t bytes = 0; end < items.size() && (end == first || bytes + items[end].data.size() <= most_bytes); ++end)
      bytes += items[end].data.size();
    result.push_back(part_of(*run, first, end));
  }
  return result;
}

}  // namespace

session::behind& session::begin_behind(const channel& name, cursor after, bool is_live) {
  behind_.push_back(std::make_unique<behind>(behind{.name = name, .way = catch_up{after}, .number = ++numbers_, .is_live = is_live}));
  return *behind_.back();
}

/// What was read before the channel was live is not up to the live stream: something may have come between the two.
void session::note_live(behind& what, bool is_live) {
  const bool begins = is_live && !what.is_live;
  what.is_live = is_live;
  if (!begins || what.was_live) return;
  if (what.now == behind::stage::at_seam)
    read(what);
  else if (what.now == behind::stage::reading)
    stats().deduplicated.add(what.way.interrupt());
}

/// There is no room for this run, which came live, nor for those of its channel that wait for the welcome.
void session::fall_behind(const batch_ptr& run) {
  std::vector<batch_ptr> left{run};
  if (opening_) {
    auto& early = opening_->runs;
    const auto others = std::stable_partition(early.begin(), early.end(),
                                              [&](const batch_ptr& x) { return x->to() != run->to(); });
    left.insert(left.begin(), others, early.end());
    early.erase(others, early.end());
  }
  std::optional<cursor> first;
  for (const auto& one : left) {
    const auto [durable, live] = by_durability(one);
    const std::string_view why = opening_ ? "opening" : "slow";
    if (live) drop(drop_reason::slow, live->items().size()), trace(*live, session_step::dropped, why);
    if (!durable) continue;
    stats().deduplicated.add(durable->items().size());  // the log has them
    trace(*durable, session_step::behind, why);
    if (!first) first = durable->items().front().position;
  }
  if (!first) return;
  stats().fell_behind.add();
  wait_for_room(begin_behind(run->to(), {first->epoch, first->offset - 1, unknown_tag}, true));
}

// -- where to begin -----------------------------------------------------------

void session::locate() {
  request(bridge_, caf::infinite, find_positions{who_->user, who_->device})
    .then([this](const positions& known) { on_positions(known); },
          [this](const caf::error&) { close(close_reason::internal); });
}

void session::on_positions(const positions& known) {
  if (!link_) return;
  for (auto& what : behind_) {
    if (what->now != behind::stage::locating) continue;
    const auto name = what->name.client_name();
    const auto found = std::ranges::find(known.found, name, [](const auto& x) { return std::string_view{x.first}; });
    if (found != known.found.end())
      what->way = catch_up{found->second};
    else if (what->name.kind() == channel_kind::user)
      what->way = catch_up{log_start};  // a new device shows what its user missed
    read(*what);
  }
}

// -- pages --------------------------------------------------------------------

/// No more than there is room for: what is read can be handed over.
void session::read(behind& what) {
  const auto room_bytes = link_->begin_page(what.least_bytes);
  if (room_bytes == 0) return wait_for_room(what);
  what.least_bytes = 0;
  what.now = behind::stage::reading;
  what.was_live = what.is_live;
  what.way.begin_read();
  request(bridge_, caf::infinite, read_log{what.name, what.way.position(), room_bytes})
    .then([this, room_bytes, number = what.number](const log_page& page) { on_page(number, room_bytes, page); },
          [this](const caf::error&) { close(close_reason::internal); });
}

void session::on_page(std::uint32_t number, std::size_t room_bytes, const log_page& page) {
  if (!link_) return;
  auto* what = find_behind(number);
  if (what == nullptr) return link_->end_page(room_bytes);
  if (!opening_) return take_page(number, room_bytes, page);
  opening_->first_pages.push_back({number, room_bytes, page});
  if (std::exchange(what->is_awaited, false)) --opening_->awaited_pages;
  welcome_if_ready();
}

void session::take_page(std::uint32_t number, std::size_t room_bytes, const log_page& page) {
  auto& what = *find_behind(number);
  answer_first_page(what, page);
  // One message is read in any case.
  const auto least_bytes = page.run ? page.run->items().front().data.size() : 0;
  if (least_bytes > room_bytes) {
    link_->end_page(room_bytes);
    room_bytes = link_->begin_page(least_bytes);
    if (room_bytes == 0) return put_off(what, page, least_bytes);
  }
  const auto before = what.way.position();
  const auto next = what.way.on_page(page);
  stats().pages.add();
  stats().deduplicated.add(next.repeated);
  if (page.run) stats().due.add(page.run->items().size()), trace(*page.run, session_step::read);
  if (next.reset) say_reset(what.name, next.reset);
  const bool is_all = hand_over_page(what, next, next.reset.value_or(before));
  link_->end_page(room_bytes);
  trace_read(what.name, before, what.way.position(), next.reset ? "trimmed" : "expired");
  if (!is_all) return wait_for_room(what);
  if (!next.is_live) return read(what);
  what.now = behind::stage::at_seam;
}

/// The page is let go, to be read again when there is room for so much.
void session::put_off(behind& what, const log_page& page, std::size_t least_bytes) {
  const auto count = page.run->items().size();
  stats().due.add(count);
  stats().deduplicated.add(count + what.way.interrupt());
  what.way.end_read();
  what.least_bytes = least_bytes;
  wait_for_room(what);
}

void session::answer_first_page(behind& what, const log_page& page) {
  if (!what.to_tell) return;
  what.to_tell->position = page.reset ? page.reset : what.way.position();
  what.to_tell->recovered = !page.reset;
  link_->send({event::subscribed{*std::exchange(what.to_tell, std::nullopt)}, what.ref});
}

/// In pieces, so that no more than one of them waits for a socket that takes no more. Whether there was room for everything; what
/// there was none for is left to the log again.
bool session::hand_over_page(behind& what, const catch_up::step& next, const cursor& before) {
  auto at = before;
  bool has_room = true;
  for (const auto& run : next.runs)
    for (const auto& piece : pieces_of(run, piece_bytes)) {
      has_room = has_room && hand_over(piece);
      if (has_room)
        at = *piece->last_position();
      else
        stats().deduplicated.add(piece->items().size()), trace(*piece, session_step::behind, "slow");
    }
  if (!has_room) what.way.go_back(at);
  return has_room;
}

// -- a client that is slow ----------------------------------------------------

void session::wait_for_room(behind& what) {
  what.now = behind::stage::waiting_for_room;
  link_->ask_room();
  if (std::exchange(watching_stall_, true)) return;
  delayed_send(this, rules_.stall_timeout, stall_check{link_->written()});
}

void session::on_link_ready() {
  if (!link_) return;
  std::vector<std::uint32_t> waiting;
  for (const auto& what : behind_)
    if (what->now == behind::stage::waiting_for_room) waiting.push_back(what->number);
  for (auto number : waiting) read(*find_behind(number));
}

void session::on_stall_check(const stall_check& last) {
  watching_stall_ = false;
  const auto waits = [](const auto& what) { return what->now == behind::stage::waiting_for_room; };
  if (!link_ || closing_ || std::ranges::none_of(behind_, waits)) return;
  // One that has taken everything waits for room that others take.
  if (link_->written() == last.written && link_->has_unsent()) return close(close_reason::slow, std::chrono::seconds{1});
  watching_stall_ = true;
  delayed_send(this, rules_.stall_timeout, stall_check{link_->written()});
}

// -- what comes live meanwhile ------------------------------------------------

void session::deliver_behind(behind& what, const batch_ptr& run) {
  const auto [durable, live] = by_durability(run);
  if (live) {
    if (opening_ && opening_->runs.size() < max_early_runs)
      opening_->runs.push_back(live), trace(*live, session_step::kept);
    else if (opening_ || !hand_over(live))
      drop(drop_reason::slow, live->items().size()), trace(*live, session_step::dropped, opening_ ? "opening" : "slow");
  }
  if (!durable) return;
  if (what.now == behind::stage::at_seam) return deliver_at_seam(what, durable);
  trace(*durable, session_step::behind, what.now == behind::stage::waiting_for_room ? "slow" : "reads_log");
  stats().deduplicated.add(what.way.hold(durable));
}

/// The first of these runs may overlap with the last page.
void session::deliver_at_seam(behind& what, const batch_ptr& run) {
  const auto& at = what.way.position();
  const auto& items = run->items();
  const auto is_of_other_log = [&](const notification& x) { return at != empty_log && !is_same_log(*x.position, at); };
  if (std::ranges::any_of(items, is_of_other_log)) {
    // Of one before, which its node has still to see the end of, or of one after, because this one is gone: what is kept tells.
    stats().deduplicated.add(items.size());
    trace(*run, session_step::behind, "other_log");
    return read(what);
  }
  const auto is_old = [&](const notification& x) { return at != empty_log && !is_after(*x.position, at); };
  const auto first = static_cast<std::size_t>(std::ranges::find_if_not(items, is_old) - items.begin());
  stats().deduplicated.add(first);
  if (run->is_traced()) [[unlikely]] trace(*part_of(*run, 0, first), session_step::deduplicated, "had_it");
  if (first == items.size()) return;
  forget_behind(what.number);
  deliver(first == 0 ? run : part_of(*run, first, items.size()));
}

void session::on_reset(const channel_status& status) {
  if (opening_) {
    opening_->resets.push_back(status);
  } else if (auto* what = find_behind(status.name); what == nullptr) {
    say_reset(status.name, status.position);
  } else if (what->now != behind::stage::at_seam) {
    // What it reads from here on may say so again: rather twice than not at all.
    stats().deduplicated.add(what->way.interrupt());
    if (what->now != behind::stage::locating) say_reset(what->name, what->way.position());
  } else {
    const auto at = what->way.position();
    const bool is_later = status.position && (!is_same_log(*status.position, at) || is_after(*status.position, at));
    if (is_later) forget_behind(what->number);
    say_reset(status.name, is_later ? status.position : at);
  }
}

// -- the list -----------------------------------------------------------------

session::behind* session::find_behind(const channel& name) {
  const auto found = std::ranges::find_if(behind_, [&](const auto& x) { return x->name == name; });
  return found == behind_.end() ? nullptr : found->get();
}

session::behind* session::find_behind(std::uint32_t number) {
  const auto found = std::ranges::find_if(behind_, [&](const auto& x) { return x->number == number; });
  return found == behind_.end() ? nullptr : found->get();
}

void session::forget_behind(std::uint32_t number) {
  std::erase_if(behind_, [&](const auto& x) {
    if (x->number != number) return false;
    drop(drop_reason::closing, x->way.held_items());
    return true;
  });
}

}  // namespace herald
