#include "app/operator/channel_question.hpp"

#include "app/operator/answers.hpp"

#include <caf/send.hpp>

#include <memory>
#include <optional>
#include <utility>
#include <variant>

namespace herald::app {
namespace {

/// What is waited for.
struct gathering {
  std::function<std::string(const channel_facts&, const fleet_answers&)> as_json;
  transport::http_reply reply;
  std::optional<channel_facts> log;
  std::optional<fleet_answers> answers;

  void settle() {
    if (log && answers) reply({200, as_json(*log, *answers)});
  }
};

}  // namespace

void ask_of_channel(const fleet_actor& nodes, const inspector_actor& here, channel_question question,
                    std::function<std::string(const channel_facts&, const fleet_answers&)> as_json, transport::http_reply reply) {
  auto so_far = std::make_shared<gathering>(gathering{std::move(as_json), std::move(reply), {}, {}});
  caf::anon_send(here, inspect_channel{std::move(question.log_of), fleet_patience, [so_far](channel_facts found) {
    so_far->log = std::move(found);
    so_far->settle();
  }});
  caf::anon_send(nodes, ask_fleet{std::move(question.what), std::move(question.argument), fleet_patience,
                                  [so_far](std::variant<fleet_answers, failure> outcome) {
    if (const auto* why = std::get_if<failure>(&outcome)) return so_far->reply(transport::error_response(*why));
    so_far->answers = std::get<fleet_answers>(std::move(outcome));
    so_far->settle();
  }});
}

}  // namespace herald::app
