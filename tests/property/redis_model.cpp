#include "tests/property/redis_model.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace herald::property {
namespace {

constexpr std::size_t max_ends = 16;
constexpr std::size_t max_lag = 6;

std::string bulk(std::string_view text) { return '$' + std::to_string(text.size()) + "\r\n" + std::string{text} + "\r\n"; }
std::string bulk_or_nil(std::string_view text) { return text.empty() ? "$-1\r\n" : bulk(text); }
std::string array(std::size_t size) { return '*' + std::to_string(size) + "\r\n"; }
std::string stream_id(std::uint64_t offset) { return std::to_string(offset) + "-0"; }

std::uint64_t from_hex(std::string_view digits) {
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return value;
}

}  // namespace

void redis_model::begin_run() { run_ = knows_run_ ? "run-" + std::to_string(++runs_) : "-"; }

std::string redis_model::new_epoch() { return epoch_to_hex(herald::new_epoch(random_())); }

std::string redis_model::fork_of(const std::string& epoch) {
  const auto was = from_hex(epoch);
  const auto forks = ((was >> fork_shift) & 0xffff) + 1;
  const auto rest = was & ~((std::uint64_t{0xffff} << fork_shift) | 0xff);
  return epoch_to_hex(rest | forks << fork_shift | (random_() & 0xff));
}

const redis_model::log& redis_model::find(const std::string& name) const {
  static const log none;
  const auto found = now_held_.find(name);
  return found == now_held_.end() ? none : found->second;
}

void redis_model::trace(const std::string& what) const {
  static const bool is_wanted = std::getenv("HERALD_PROPERTY_TRACE") != nullptr;
  if (is_wanted) std::fprintf(stderr, "%5llu %s\n", static_cast<unsigned long long>(now_), what.c_str());
}

// -- the scripts --------------------------------------------------------------

std::string redis_model::publish(const std::string& name, std::size_t max_entries) {
  replicas_.push_back(now_held_);
  if (replicas_.size() > max_lag) replicas_.pop_front();
  auto& what = now_held_[name];
  auto& fates = fates_[name];
  if (what.epoch.empty()) {
    what = {};
    what.epoch = new_epoch();
  } else if (!what.run.empty() && what.run != run_ && run_ != "-") {
    what.ends.emplace_back(what.epoch, what.offset);
    if (what.ends.size() > max_ends) what.ends.pop_front();
    what.epoch = fork_of(what.epoch);
  }
  const auto message = fates.size() + 1;
  const auto data = std::to_string(message);
  what.id = "m" + data;
  ++what.offset;
  if (run_ != "-") what.run = run_;
  auto payload = "herald1 " + what.epoch + ' ' + std::to_string(what.offset) + " 1 0 " + what.id + '\n' + data;
  what.entries.push_back({what.offset, what.id, payload, message});
  what.last = message;
  fates.push_back({{from_hex(what.epoch), what.offset, tag_of(what.id)}, now_});
  while (what.entries.size() > max_entries) what.entries.pop_front();
  note_absent(name);
  trace(name + ": accepted " + data + " at " + to_string(fates.back().at));
  return payload;
}

std::string redis_model::read(const std::string& name, std::uint64_t after, std::size_t max_entries) const {
  const auto& what = find(name);
  std::string ends;
  for (const auto& [epoch, offset] : what.ends) ends += (ends.empty() ? "" : " ") + epoch + ':' + std::to_string(offset);
  auto out = array(9) + bulk_or_nil(what.epoch) + bulk_or_nil(what.epoch.empty() ? "" : std::to_string(what.offset))
             + bulk_or_nil(what.id) + bulk_or_nil(ends)
             + bulk_or_nil(what.entries.empty() ? "" : stream_id(what.entries.front().offset));
  const auto at = std::ranges::find(what.entries, after, &entry::offset);
  out += bulk_or_nil(at == what.entries.end() ? "" : at->id);
  out += !what.run.empty() && run_ != "-" && what.run != run_ ? ":1\r\n" : ":0\r\n";
  out += bulk_or_nil("");
  std::vector<const entry*> some;
  for (const auto& one : what.entries)
    if (one.offset > after && some.size() < max_entries) some.push_back(&one);
  if (pages_have_holes && some.size() > 2) some.erase(some.begin() + 1);
  out += array(some.size() * 2);
  for (const auto* one : some) out += bulk(stream_id(one->offset)) + bulk(one->payload);
  return out;
}

std::string redis_model::head(const std::string& name) const {
  const auto& what = find(name);
  return array(4) + bulk_or_nil(what.epoch) + bulk_or_nil(what.epoch.empty() ? "" : std::to_string(what.offset))
         + bulk_or_nil(what.id) + bulk_or_nil("");
}

// -- what happens to servers --------------------------------------------------

void redis_model::fail_over(std::size_t count) {
  count = std::min(count, replicas_.size());
  if (count > 0) now_held_ = replicas_[replicas_.size() - count];
  replicas_.clear();  // a second one behind would lack the first one's takeover: nobody could tell
  begin_run();
  ++disasters_;
  trace("failover, lacks " + std::to_string(count));
  for (auto& [name, fates] : fates_) {
    for (auto i = find(name).last; i < fates.size(); ++i)
      if (!fates[i].is_lost()) fates[i].lost_in_failover = now_;
    note_absent(name);
  }
}

void redis_model::lose_everything() {
  now_held_.clear();
  replicas_.clear();
  begin_run();
  ++disasters_;
  trace("everything is lost");
  for (auto& [name, fates] : fates_)
    for (auto& one : fates)
      if (!one.is_lost()) one.lost_with_log = now_;
}

void redis_model::trim(const std::string& name, std::size_t keep) {
  const auto found = now_held_.find(name);
  if (found == now_held_.end()) return;
  auto& entries = found->second.entries;
  while (entries.size() > keep) entries.pop_front();
  trace(name + ": trimmed to " + std::to_string(keep));
  note_absent(name);
}

void redis_model::note_absent(const std::string& name) {
  const auto& entries = find(name).entries;
  auto& fates = fates_[name];
  bool some_went = false;
  for (std::size_t i = 0; i < fates.size(); ++i) {
    const bool is_there = std::ranges::find(entries, i + 1, &entry::message) != entries.end();
    if (is_there)
      fates[i].absent_since = 0;
    else if (fates[i].absent_since == 0)
      fates[i].absent_since = now_, some_went = true;
  }
  if (some_went) ++trims_[name];
}

}  // namespace herald::property
