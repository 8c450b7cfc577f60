#include "backplane/redis/feed_healer.hpp"

#include <caf/make_counted.hpp>

#include <utility>

namespace herald::backplane {

void feed_healer::begin(feed& to) {
  end(to);
  ++healing_;
  to.way = std::make_unique<catch_up>(to.position.value_or(empty_log));
  read(to, false);
}

void feed_healer::interrupt(feed& to) {
  to.live = false;
  end(to);
}

void feed_healer::end(feed& to) {
  if (!to.way) return;
  counts_.count_repeated(to.way->held_items());
  to.way.reset();
  to.reading = 0;
  --healing_;
}

// -- live ---------------------------------------------------------------------

void feed_healer::take(feed& to, notification what) {
  const auto at = *what.position;
  if (!to.way && is_next(at, *to.position)) return listener_.on_next(to, std::move(what));
  const bool is_last = at.epoch == to.position->epoch && at.offset == to.position->offset;
  // The log was read up to beyond it, after the subscription had begun.
  const bool was_read = at.epoch == to.position->epoch && at.offset <= to.position->offset && at.offset <= to.read_up_to;
  if (!to.way && was_read && (!is_last || at.tag == to.position->tag)) return counts_.count_repeated();
  const bool is_jump = !to.way;
  if (is_jump) {
    ++healing_;
    to.way = std::make_unique<catch_up>(*to.position);
    counts_.gaps.add();
  }
  std::vector<notification> one;
  one.push_back(std::move(what));
  counts_.count_repeated(to.way->hold(caf::make_counted<const batch>(to.name, std::move(one))));
  if (is_jump) read(to, false);
}

// -- the log ------------------------------------------------------------------

void feed_healer::read(feed& to, bool later) {
  to.reading = ++reads_;
  const auto name = to.name.name();
  const auto reading = to.reading;
  const auto after = to.position ? std::optional{to.way->position()} : std::nullopt;
  const auto begins = [this, name, reading] {
    if (auto* found = find(name, reading)) found->way->begin_read();
  };
  const auto told = [this, name, reading](const log_page& page) {
    if (auto* found = find(name, reading)) on_page(*found, page);
  };
  logs_.heal(to.name, after, begins, told, later);
}

/// The feed, unless it is gone, or lost its subscription, since it was asked for.
feed* feed_healer::find(const std::string& name, std::uint32_t reading) {
  auto* found = feeds_.find(name);
  return found != nullptr && found->way && found->reading == reading ? found : nullptr;
}

void feed_healer::on_page(feed& to, const log_page& page) {
  const auto before = to.way->position();
  const bool knows_losses = to.position.has_value();
  const bool has_more_losses = std::exchange(to.losses, page.losses) != page.losses && page.losses != 0;
  const bool had_held = to.way->held_items() > 0;
  auto next = to.way->on_page(page);
  counts_.count_repeated(next.repeated);
  if (next.reset) {
    to.position = next.reset;
    listener_.on_lost(to, before);
  } else if (knows_losses && has_more_losses) {
    listener_.on_loss_found(to);
  }
  for (const auto& run : next.runs)
    for (const auto& item : run->items()) listener_.on_next(to, item);
  to.position = to.way->position();
  to.read_up_to = page.position.offset;
  if (next.is_live) {
    end(to);
    listener_.on_whole(to, std::exchange(to.live, true));
  } else {
    // What was read is not as far as what was heard: from a server that is behind, for now.
    const bool is_stuck = page.at_end && had_held && before == to.way->position() && !next.reset;
    read(to, is_stuck);
  }
  listener_.on_healing_step();
}

}  // namespace herald::backplane
