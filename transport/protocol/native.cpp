#include "transport/close_codes.hpp"
#include "transport/protocol/codec.hpp"
#include "transport/protocol/json_members.hpp"
#include "transport/protocol/publication_json.hpp"
#include "transport/protocol/time_text.hpp"

namespace herald::transport {
namespace {

using json::append_string;
using json::kind;

constexpr std::size_t max_ref_bytes = 128;

void append_ref(std::string& out, const request_ref& ref) {
  if (!ref.empty()) out.append(R"(,"ref":)").append(ref);
}

void append_position(std::string& out, const std::optional<cursor>& position) {
  if (position) out.append(R"(,"cursor":")").append(to_string(*position)).append("\"");
}

std::string_view bool_text(bool x) noexcept { return x ? "true" : "false"; }

// -- events -------------------------------------------------------------------

std::optional<std::string> encode_event(const event::welcome& x) {
  std::string out = R"({"type":"welcome","session":")" + x.session + R"(","node":)";
  append_string(out, x.node);
  out.append(R"(,"user":)");
  append_string(out, x.user);
  out.append(R"(,"ping_ms":)").append(std::to_string(x.ping_interval.count())).append(R"(,"channels":{)");
  for (bool first = true; const auto& channel : x.channels) {
    if (!std::exchange(first, false)) out += ',';
    append_string(out, channel.name.client_name());
    out.append(R"(:{"live":)").append(bool_text(channel.live)).append(R"(,"recovered":)").append(bool_text(channel.recovered));
    append_position(out, channel.position);
    out += '}';
  }
  out += '}';
  if (x.expires_s) out.append(R"(,"expires":)").append(std::to_string(*x.expires_s));
  return out;
}

std::optional<std::string> encode_event(const event::subscribed& x) {
  std::string out = R"({"type":"subscribed","channel":)";
  append_string(out, x.status.name.client_name());
  out.append(R"(,"live":)").append(bool_text(x.status.live)).append(R"(,"recovered":)").append(bool_text(x.status.recovered));
  append_position(out, x.status.position);
  return out;
}

std::optional<std::string> encode_event(const event::reset& x) {
  std::string out = R"({"type":"reset","channel":)";
  append_string(out, x.name.client_name());
  append_position(out, x.position);
  return out;
}

std::optional<std::string> encode_event(const event::acknowledged& x) {
  std::string out = R"({"type":"acknowledged","channel":)";
  append_string(out, x.channel);
  append_position(out, x.position);
  return out;
}

std::optional<std::string> encode_event(const event::unsubscribed& x) {
  std::string out = R"({"type":"unsubscribed","channel":)";
  append_string(out, x.name.client_name());
  return out;
}

std::optional<std::string> encode_event(const event::published& x) {
  std::string out = R"({"type":"published","id":)";
  append_string(out, x.id);
  append_position(out, x.position);
  return out;
}

std::optional<std::string> encode_event(const event::pong&) {
  return R"({"type":"pong")";
}

std::optional<std::string> encode_event(const event::authenticated& x) {
  return R"({"type":"authenticated","expires":)" + std::to_string(x.expires_s);
}

std::optional<std::string> encode_event(const event::expiring& x) {
  return R"({"type":"expiring","in_ms":)" + std::to_string(x.in.count());
}

std::optional<std::string> encode_event(const event::refused& x) {
  std::string out = R"({"type":"error","code":")" + std::string{to_string(x.why.code)} + R"(","message":)";
  append_string(out, x.why.message);
  if (!x.why.field.empty()) {
    out.append(R"(,"field":)");
    append_string(out, x.why.field);
  }
  return out;
}

std::optional<std::string> encode_event(const event::bye& x) {
  const auto word = code_of(x.reason).bye;
  if (word.empty()) return std::nullopt;
  return R"({"type":"bye","reason":")" + std::string{word} + R"(","reconnect_ms":)"
         + std::to_string(x.reconnect_after.count());
}

// -- commands -----------------------------------------------------------------

using read_command = std::variant<command::any, failure>;

failure bad_field(std::string field, std::string message) {
  return {errc::bad_field, field + ": " + message, std::move(field)};
}

std::variant<std::string, failure> read_group(const json::children& in) {
  const auto* group = in.find("group");
  if (group == nullptr || group->what != kind::string) return bad_field("group", "required: a group's id");
  auto id = json::text_of(*group);
  if (auto why = explain_bad_group_id(id); !why.empty()) return bad_field("group", why);
  return id;
}

std::optional<cursor> read_cursor(const json::value* value) {
  if (value == nullptr || value->what != kind::string) return std::nullopt;
  return parse_cursor(json::text_of(*value));
}

read_command read_subscribe(const json::children& in) {
  auto group = read_group(in);
  if (auto* why = std::get_if<failure>(&group)) return std::move(*why);
  const auto* given = in.find("cursor");
  auto after = read_cursor(given);
  if (given != nullptr && !after) return bad_field("cursor", "not a cursor");
  return command::any{command::subscribe{std::move(std::get<std::string>(group)), after}};
}

read_command read_unsubscribe(const json::children& in) {
  auto group = read_group(in);
  if (auto* why = std::get_if<failure>(&group)) return std::move(*why);
  return command::any{command::unsubscribe{std::move(std::get<std::string>(group))}};
}

read_command read_resume(const json::children& in) {
  const auto* channels = in.find("channels");
  if (channels == nullptr || channels->what != kind::object)
    return bad_field("channels", "required: an object with a cursor for each channel");
  command::resume result;
  const auto given = std::get<json::children>(json::read(channels->raw));
  for (const auto& [name, value] : given.members) {
    auto position = read_cursor(&value);
    if (!position) return bad_field("channels." + name, "not a cursor");
    result.channels.emplace_back(name, *position);
  }
  return command::any{std::move(result)};
}

read_command read_ack(const json::children& in) {
  const auto* channel = in.find("channel");
  if (channel == nullptr || channel->what != kind::string) return bad_field("channel", "required: a channel's name");
  auto position = read_cursor(in.find("cursor"));
  if (!position) return bad_field("cursor", "required: a cursor");
  return command::any{command::ack{json::text_of(*channel), *position}};
}

read_command read_publish_command(const json::children& in) {
  constexpr std::size_t any_size = ~std::size_t{0};  // the limit on messages is the smaller one
  auto request = read_publish(in, any_size, {"type", "ref"});
  if (auto* why = std::get_if<failure>(&request)) return *why;
  auto& publications = std::get<publish_request>(request).publications;
  if (publications.size() != 1) return bad_field("to.users", "a client publishes to one channel at a time");
  auto& one = publications.front();
  if (one.trace) return bad_field("trace", "only the publish API may ask for it");
  return command::any{command::publish{std::move(one.to), std::move(one.data), std::move(one.id), one.durable, one.ttl_s,
                                       std::move(one.traceparent)}};
}

read_command read_auth(const json::children& in) {
  const auto* token = in.find("token");
  if (token == nullptr || token->what != kind::string) return bad_field("token", "required: a string");
  return command::any{command::authenticate{json::text_of(*token)}};
}

read_command read_of_type(std::string_view type, const json::children& in) {
  if (type == "subscribe") return read_subscribe(in);
  if (type == "unsubscribe") return read_unsubscribe(in);
  if (type == "publish") return read_publish_command(in);
  if (type == "ping") return command::any{command::ping{}};
  if (type == "resume") return read_resume(in);
  if (type == "ack") return read_ack(in);
  if (type == "auth") return read_auth(in);
  return failure{errc::unknown_type, "type: unknown; use subscribe, unsubscribe, publish, ping, resume, ack or auth",
                 "type"};
}

/// The reference as it stands, so that the answer repeats it to the byte.
std::variant<request_ref, failure> read_ref(const json::children& in) {
  const auto* ref = in.find("ref");
  if (ref == nullptr) return request_ref{};
  const bool ok = ref->what == kind::string || (ref->what == kind::number && json::integer_of(*ref));
  if (!ok || ref->raw.size() > max_ref_bytes + 2)
    return bad_field("ref", "must be an integer or a string of up to 128 bytes");
  return request_ref{ref->raw};
}

class native final : public codec {
public:
  std::string_view subprotocol() const noexcept override { return "herald.v1"; }
  std::size_t slot() const noexcept override { return 0; }

  void encode(const channel& to, const notification& what, std::string& out) const override {
    // Channel names and ids are of characters that need no escaping.
    out.append(R"({"type":"notification","channel":")").append(to.client_name()).append("\"");
    append_position(out, what.position);
    if (!what.id.empty()) out.append(R"(,"id":")").append(what.id).append("\"");
    out.append(R"(,"time":")");
    append_time(out, what.time_ms);
    if (what.trace && !what.trace->traceparent.empty()) [[unlikely]] out.append(R"(","traceparent":")").append(what.trace->traceparent);
    out.append(R"(","data":)").append(what.data).append("}");
  }

  std::optional<std::string> encode(const client_event& what) const override {
    auto out = std::visit([](const auto& x) { return encode_event(x); }, what.what);
    if (!out) return out;
    append_ref(*out, what.ref);
    out->append("}");
    return out;
  }

  client_command decode(std::string_view text) const override {
    auto parsed = json::read(text);
    if (auto* why = std::get_if<failure>(&parsed)) return {command::malformed{std::move(*why)}, {}};
    const auto& in = std::get<json::children>(parsed);
    if (in.parent != kind::object)
      return {command::malformed{{errc::bad_json, "a message must be a JSON object", {}}}, {}};
    auto ref = read_ref(in);
    if (auto* why = std::get_if<failure>(&ref)) return {command::malformed{std::move(*why)}, {}};
    const auto* type = in.find("type");
    auto command = type != nullptr && type->what == kind::string
                     ? read_of_type(json::text_of(*type), in)
                     : read_command{bad_field("type", "required: a string")};
    if (auto* why = std::get_if<failure>(&command)) return {command::malformed{std::move(*why)}, std::get<0>(ref)};
    return {std::move(std::get<0>(command)), std::move(std::get<0>(ref))};
  }
};

}  // namespace

const codec& native_codec() {
  static const native instance;
  return instance;
}

}  // namespace herald::transport
