#include "app/operator/actors_api.hpp"

#include "actors/unix_time.hpp"
#include "app/operator/actors_json.hpp"
#include "app/operator/actors_of_nodes.hpp"
#include "app/operator/answers.hpp"

#include <caf/send.hpp>

#include <utility>
#include <variant>

namespace herald::app {

using transport::error_response;

void actors_api::show(const fleet_actor& nodes, const transport::http_request& request, transport::http_reply reply) const {
  if constexpr (!actor_stats)
    return reply(error_response(501, "not_supported", "this herald was built without actor stats (meson option actor_stats)"));
  const auto question = read_actors_question(request.query);
  if (const auto* why = std::get_if<failure>(&question)) return reply(error_response(*why));
  const auto& asked = std::get<actors_question>(question);
  if (asked.is_for_fleet()) return ask_nodes(nodes, asked, std::move(reply));
  survey(asked.what, [reply = std::move(reply)](actors_answer found) { reply({200, to_json(std::move(found))}); });
}

responder actors_api::answer() const {
  return [this](const std::string& argument, std::chrono::milliseconds, std::function<void(std::string)> done) {
    const auto question = read_actors_question(argument);
    const auto* asked = std::get_if<actors_question>(&question);
    const bool is_meant = asked != nullptr && (asked->all_nodes || asked->node == node_);
    if (!actor_stats || !is_meant) return done("{}");
    survey(asked->what, [done = std::move(done)](actors_answer found) { done(to_json_with_ranks(std::move(found))); });
  };
}

void actors_api::survey(const actor_query& asked, std::function<void(actors_answer)> then) const {
  survey_.ask(asked, [this, asked, then = std::move(then)](transport::survey_result found) {
    actors_answer answer{node_, unix_ms(), {}, asked, std::move(found)};
    for (std::size_t i = 0; i < actor_kinds; ++i) answer.running[i] = metrics_.actors(static_cast<actor_kind>(i));
    then(std::move(answer));
  });
}

void actors_api::ask_nodes(const fleet_actor& nodes, actors_question asked, transport::http_reply reply) const {
  auto text = to_query(asked);
  caf::anon_send(nodes, ask_fleet{"actors", std::move(text), fleet_patience,
                                  [this, asked = std::move(asked), reply = std::move(reply)](std::variant<fleet_answers, failure> outcome) {
    if (const auto* why = std::get_if<failure>(&outcome)) return reply(error_response(*why));
    auto answer = to_json(actors_of_nodes{node_, unix_ms(), asked, std::get<fleet_answers>(std::move(outcome))});
    if (!answer) return reply(error_response(404, "not_found", "there is no node " + asked.node + ": see /admin/nodes", "node"));
    reply({200, std::move(*answer)});
  }});
}

}  // namespace herald::app
