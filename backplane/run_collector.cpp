#include "backplane/run_collector.hpp"

#include <caf/make_counted.hpp>
#include <caf/send.hpp>

#include <utility>

namespace herald::backplane {

void run_collector::add(feed& to, notification what) {
  auto bytes = what.data.size();
  if (to.waiting.size() == max_run_items || (!to.waiting.empty() && to.waiting_bytes + bytes > max_run_bytes))
    send(to);
  if (to.waiting.empty()) touched_.push_back(&to);
  to.waiting_bytes += bytes;
  if (what.position) to.position = what.position;
  to.waiting.push_back(std::move(what));
}

void run_collector::flush() {
  for (auto* to : touched_)
    if (!to->waiting.empty()) send(*to);
  touched_.clear();
}

void run_collector::clear() {
  for (auto* to : touched_) {
    to->waiting.clear();
    to->waiting_bytes = 0;
  }
  touched_.clear();
}

void run_collector::send(feed& to) {
  auto run = batch_ptr{caf::make_counted<const batch>(to.name, std::exchange(to.waiting, {}))};
  to.waiting_bytes = 0;
  if (run->is_traced()) [[unlikely]] traces_.note(*run, trace_step::bridge, to.directories.size());
  for (const auto& who : to.directories) {
    counted_.sent(*run);
    caf::anon_send(who, deliver{run});
  }
}

}  // namespace herald::backplane
