#include "chaos/wanderer.hpp"

#include "chaos/frames.hpp"

namespace herald::load {

std::string target_with_cursors(const population& people, session_id session, const wanderer& who) {
  std::string resume;
  for (std::uint32_t slot = 0; slot < people.slots(); ++slot) {
    if (who.cursors[slot].empty())
      continue;
    const auto name = slot == 1 ? std::string{"user"} : people.name_of(people.channel_at(session, slot));
    resume += (resume.empty() ? "{\"" : ",\"") + name + "\":\"" + who.cursors[slot] + "\"";
  }
  auto target = people.target_of(session);
  if (!resume.empty())
    target += "&resume=" + url_encoded(resume + "}");
  return target;
}

} // namespace herald::load
