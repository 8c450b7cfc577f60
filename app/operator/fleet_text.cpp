#include "app/operator/fleet_text.hpp"

#include "transport/protocol/json_members.hpp"
#include "transport/protocol/json_writer.hpp"

#include <algorithm>

namespace herald::app::fleet_text {
namespace {

namespace json = transport::json;

constexpr std::size_t max_name_bytes = 128;
constexpr std::size_t max_text_bytes = 256;
constexpr std::int64_t last_time_ms = 253'402'300'799'999;  // the year 9999
constexpr std::chrono::milliseconds longest{10'000};

bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_instance(std::string_view text) {
  return text.size() == 16 && std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// The members of the head line, each with a value of its kind or none.
class reader {
public:
  explicit reader(const json::children& from) : from_(from) {}

  std::string text(std::string_view name, std::size_t most = max_text_bytes) const {
    const auto* found = from_.find(name);
    if (found == nullptr || found->what != json::kind::string) return {};
    auto result = json::text_of(*found);
    return result.size() <= most ? result : std::string{};
  }

  std::optional<std::uint64_t> number_if_given(std::string_view name) const {
    const auto* found = from_.find(name);
    if (found == nullptr || found->what != json::kind::number) return std::nullopt;
    const auto number = json::integer_of(*found);
    if (!number || *number < 0) return std::nullopt;
    return static_cast<std::uint64_t>(*number);
  }

  std::uint64_t number(std::string_view name) const { return number_if_given(name).value_or(0); }

  bool is(std::string_view name) const {
    const auto* found = from_.find(name);
    return found != nullptr && found->raw == "true";
  }

  std::optional<node_id> id() const {
    node_id result{text("name", max_name_bytes), text("instance")};
    if (!is_node_name(result.name) || !is_instance(result.instance)) return std::nullopt;
    return result;
  }

private:
  const json::children& from_;
};

node_facts read_facts(const reader& in, node_id who) {
  node_facts result;
  result.id = std::move(who);
  result.version = in.text("version");
  result.started_ms = std::min(static_cast<std::int64_t>(in.number("started_ms")), last_time_ms);
  result.shards = in.number("shards");
  result.connections = in.number("connections");
  result.max_connections = in.number("max_connections");
  result.actors = in.number("actors");
  result.deliveries_per_s = in.number("deliveries_per_s");
  result.cpu_thousandths = in.number("cpu_thousandths");
  result.latency_p50_us = in.number_if_given("latency_p50_us");
  result.latency_p99_us = in.number_if_given("latency_p99_us");
  result.memory_bytes = in.number("memory_bytes");
  result.memory_limit_bytes = in.number_if_given("memory_limit_bytes");
  result.draining = in.is("draining");
  result.not_ready = in.text("not_ready");
  result.publishing = in.is("publishing");
  result.subscribed = in.is("subscribed");
  result.backplane_away_ms = in.number("backplane_away_ms");
  result.behind_ms = in.number("behind_ms");
  result.canary_us = in.number("canary_us");
  result.healing = in.number("healing");
  return result;
}

std::optional<message> read_question(const reader& in, node_id who) {
  question result{std::move(who), in.number("number"), in.text("what"), in.text("argument", max_argument_bytes)};
  const auto within = in.number("within_ms");
  result.within = std::clamp(std::chrono::milliseconds{static_cast<std::int64_t>(std::min<std::uint64_t>(within, 1'000'000))},
                             std::chrono::milliseconds{1}, longest);
  if (result.what.empty()) return std::nullopt;
  return result;
}

std::optional<message> read_answer(const reader& in, node_id who, std::string_view body) {
  answer result{std::move(who), in.text("to"), in.number("number"), in.is("cut"), std::string{body}};
  if (!is_instance(result.to) || body.size() > max_answer_bytes) return std::nullopt;
  return result;
}

/// Begins a head line.
void begin(json::writer& out, std::string_view type, const node_id& who) {
  out.begin_object().member("type", type).member("name", who.name).member("instance", who.instance);
}

}  // namespace

bool is_node_name(std::string_view text) {
  return !text.empty() && text.size() <= max_name_bytes
         && std::ranges::all_of(text, [](char c) { return is_letter_or_digit(c) || std::string_view{"_-.:"}.find(c) != std::string_view::npos; });
}

std::optional<message> parse(std::string_view text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto head = json::read(text.substr(0, end));
  const auto* members = std::get_if<json::children>(&head);
  if (members == nullptr || members->parent != json::kind::object) return std::nullopt;
  const reader in{*members};
  auto who = in.id();
  if (!who) return std::nullopt;
  const auto type = in.text("type");
  if (type == "node") return read_facts(in, std::move(*who));
  if (type == "goodbye") return goodbye{std::move(*who)};
  if (type == "question") return read_question(in, std::move(*who));
  if (type == "answer") return read_answer(in, std::move(*who), text.substr(std::min(end + 1, text.size())));
  return std::nullopt;
}

std::string to_text(const node_facts& what) {
  json::writer out;
  begin(out, "node", what.id);
  out.member("version", what.version).member("started_ms", what.started_ms).member("shards", what.shards);
  out.member("connections", what.connections).member("max_connections", what.max_connections).member("actors", what.actors);
  out.member("deliveries_per_s", what.deliveries_per_s).member("cpu_thousandths", what.cpu_thousandths);
  out.member("latency_p50_us", what.latency_p50_us).member("latency_p99_us", what.latency_p99_us);
  out.member("memory_bytes", what.memory_bytes).member("memory_limit_bytes", what.memory_limit_bytes);
  out.member("draining", what.draining).member("not_ready", std::string_view{what.not_ready}.substr(0, max_text_bytes));
  out.member("publishing", what.publishing).member("subscribed", what.subscribed);
  out.member("backplane_away_ms", what.backplane_away_ms).member("behind_ms", what.behind_ms);
  out.member("canary_us", what.canary_us).member("healing", what.healing);
  return out.end_object().take();
}

std::string to_text(const goodbye& what) {
  json::writer out;
  begin(out, "goodbye", what.who);
  return out.end_object().take();
}

std::string to_text(const question& what) {
  json::writer out;
  begin(out, "question", what.by);
  out.member("number", what.number).member("what", what.what).member("argument", what.argument);
  out.member("within_ms", static_cast<std::int64_t>(what.within.count()));
  return out.end_object().take();
}

std::string to_text(const answer& what) {
  json::writer out;
  begin(out, "answer", what.by);
  out.member("to", what.to).member("number", what.number).member("cut", what.cut);
  return out.end_object().take() + what.body;
}

}  // namespace herald::app::fleet_text
