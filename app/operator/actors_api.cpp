#include "app/operator/actors_api.hpp"

#include "actors/unix_time.hpp"
#include "app/operator/actors_json.hpp"
#include "app/operator/actors_query.hpp"

#include <utility>
#include <variant>

namespace herald::app {

void actors_api::show(const transport::http_request& request, transport::http_reply reply) const {
  if constexpr (!actor_stats)
    return reply(transport::error_response(501, "not_supported", "this herald was built without actor stats (meson option actor_stats)"));
  const auto query = read_actor_query(request.query);
  if (const auto* why = std::get_if<failure>(&query)) return reply(transport::error_response(*why));
  const auto& asked = std::get<actor_query>(query);
  survey_.ask(asked, [this, asked, reply = std::move(reply)](transport::survey_result found) {
    actors_answer answer{node_, unix_ms(), {}, asked, std::move(found)};
    for (std::size_t i = 0; i < actor_kinds; ++i) answer.running[i] = metrics_.actors(static_cast<actor_kind>(i));
    reply({200, to_json(std::move(answer))});
  });
}

}  // namespace herald::app
