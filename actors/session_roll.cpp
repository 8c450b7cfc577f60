#include "actors/session_roll.hpp"

#include "actors/session.hpp"

namespace herald {

void session_roll::add(session& who) {
  who.roll_place_ = static_cast<std::uint32_t>(all_.size());
  all_.push_back(&who);
}

void session_roll::remove(session& who) noexcept {
  if (who.roll_place_ == nowhere) return;
  auto* last = all_.back();
  all_[who.roll_place_] = last;
  last->roll_place_ = who.roll_place_;
  who.roll_place_ = nowhere;
  all_.pop_back();
}

session& session_roll::any() const {
  return *all_[random_bits() % all_.size()];
}

}  // namespace herald
