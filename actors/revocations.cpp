#include "actors/revocations.hpp"

#include <algorithm>

namespace herald {

void revocations::add(const order& what, std::int64_t now_s) {
  if (what.what == order::kind::kick || what.until_s <= now_s) return;
  const std::lock_guard guard{mutex_};
  if (users_.size() + tokens_.size() >= max_orders) make_room(now_s);
  auto& kept = what.what == order::kind::revoke_user ? users_ : tokens_;
  auto& known = kept.try_emplace(what.id, entry{what.at_ms, what.until_s}).first->second;
  known.issued_by_ms = std::max(known.issued_by_ms, what.at_ms);
  known.until_s = std::max(known.until_s, what.until_s);
}

bool revocations::covers(const grant& what, std::int64_t now_s) const {
  const std::lock_guard guard{mutex_};
  if (auto user = users_.find(what.user); user != users_.end() && user->second.until_s > now_s
                                          && what.issued_at_s * 1000 <= user->second.issued_by_ms)
    return true;
  if (what.token_id.empty()) return false;
  const auto token = tokens_.find(what.token_id);
  return token != tokens_.end() && token->second.until_s > now_s;
}

std::size_t revocations::size() const {
  const std::lock_guard guard{mutex_};
  return users_.size() + tokens_.size();
}

void revocations::make_room(std::int64_t now_s) {
  const auto ended = [now_s](const auto& x) { return x.second.until_s <= now_s; };
  std::erase_if(users_, ended);
  std::erase_if(tokens_, ended);
  if (users_.size() + tokens_.size() < max_orders) return;
  auto soonest = [](table& of) {
    return std::min_element(of.begin(), of.end(),
                            [](const auto& a, const auto& b) { return a.second.until_s < b.second.until_s; });
  };
  const auto user = soonest(users_), token = soonest(tokens_);
  const bool is_user = token == tokens_.end() || (user != users_.end() && user->second.until_s < token->second.until_s);
  is_user ? users_.erase(user) : tokens_.erase(token);
}

}  // namespace herald
