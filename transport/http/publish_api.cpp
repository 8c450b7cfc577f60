#include "transport/http/publish_api.hpp"

#include "transport/protocol/json_members.hpp"
#include "transport/protocol/publication_json.hpp"

#include <caf/send.hpp>

#include <memory>
#include <span>

namespace herald::transport {
namespace {

constexpr std::size_t max_entries = 1'000;
constexpr std::size_t max_publications = 10'000;

/// One entry of a request: what is wrong with it, or which publications are its own.
struct entry {
  std::optional<failure> wrong;
  std::size_t first = 0;
  std::vector<std::string> ids;  ///< One a publication: the publications themselves are given away.
  std::vector<std::string> users;
};

struct publish_call {
  bool is_array = false;
  std::vector<entry> entries;
  http_reply reply;
};

void append_cursor(std::string& out, std::string_view key, const receipt& from) {
  json::append_string(out, key);
  out.append(":\"").append(to_string(*from.position)).append("\"");
}

void append_receipts(std::string& out, const entry& which, std::span<const published> outcomes) {
  const auto& first = std::get<receipt>(outcomes.front().result);
  out.append(R"({"id":)");
  json::append_string(out, first.id);
  if (first.position) {
    out += ',';
    if (which.users.empty()) {
      append_cursor(out, "cursor", first);
    } else {
      out.append(R"("cursors":{)");
      for (std::size_t i = 0; i < outcomes.size(); ++i) {
        if (i > 0) out += ',';
        append_cursor(out, which.users[i], std::get<receipt>(outcomes[i].result));
      }
      out += '}';
    }
  }
  out += '}';
}

const failure* first_failure(const entry& which, std::span<const published> outcomes) {
  if (which.wrong) return &*which.wrong;
  for (const auto& one : outcomes)
    if (const auto* why = std::get_if<failure>(&one.result)) return why;
  return nullptr;
}

/// The id goes with a failure, so that the same publish can be tried again without being sent twice.
void append_failure(std::string& out, const entry& which, const failure& why) {
  out.append(R"({"error":)");
  append_error(out, to_string(why.code), why.message, why.field);
  if (!which.wrong) {
    out.append(R"(,"id":)");
    json::append_string(out, which.ids.front());
  }
  out += '}';
}

void append_result(std::string& out, const entry& which, std::span<const published> outcomes) {
  if (const auto* why = first_failure(which, outcomes))
    append_failure(out, which, *why);
  else
    append_receipts(out, which, outcomes);
}

void answer(const publish_call& call, const std::vector<published>& outcomes) {
  const auto outcomes_of = [&](const entry& which) { return std::span{outcomes}.subspan(which.first, which.ids.size()); };
  http_response response{202, {}};
  if (call.is_array) {
    response.body = "[";
    for (const auto& which : call.entries) {
      if (response.body.size() > 1) response.body += ',';
      append_result(response.body, which, outcomes_of(which));
    }
    response.body += ']';
  } else {
    const auto& only = call.entries.front();
    if (const auto* why = first_failure(only, outcomes_of(only))) {
      response = error_response(*why);
      response.body.clear();
    }
    append_result(response.body, only, outcomes_of(only));
  }
  response.body += '\n';
  call.reply(std::move(response));
}

entry take_entry(std::variant<publish_request, failure> read, std::vector<publication>& into) {
  entry result;
  result.first = into.size();
  if (auto* why = std::get_if<failure>(&read)) {
    result.wrong = std::move(*why);
    return result;
  }
  auto& [publications, users] = std::get<publish_request>(read);
  for (auto& one : publications) {
    result.ids.push_back(one.id);
    into.push_back(std::move(one));
  }
  result.users = std::move(users);
  return result;
}

/// For those that say none themselves. One that is none counts as not sent (W3C Trace Context, section 4.3).
void take_traceparent(std::string_view header, std::vector<publication>& into) {
  if (header.empty()) return;
  const auto parent = read_traceparent(header);
  if (!parent) return;
  for (auto& one : into)
    if (one.traceparent.empty()) one.traceparent = *parent;
}

}  // namespace

publish_api::publish_api(publisher_actor publisher, std::size_t max_data_bytes)
  : publisher_(std::move(publisher)), max_data_bytes_(max_data_bytes) {}

void publish_api::handle(const http_request& request, const meter& admit, http_reply reply) const {
  auto parsed = json::read(request.body);
  if (const auto* why = std::get_if<failure>(&parsed)) return reply(error_response(*why));
  const auto& body = std::get<json::children>(parsed);
  auto call = std::make_shared<publish_call>();
  std::vector<publication> all;
  call->is_array = body.parent == json::kind::array;
  call->reply = std::move(reply);
  if (!call->is_array) {
    call->entries.push_back(take_entry(read_publish(body, max_data_bytes_), all));
  } else if (body.members.empty() || body.members.size() > max_entries) {
    return call->reply(error_response(400, "bad_field", "a batch must have 1-" + std::to_string(max_entries) + " entries"));
  } else {
    for (const auto& member : body.members) {
      auto object = json::read(member.what.raw);
      auto* why = std::get_if<failure>(&object);
      call->entries.push_back(take_entry(why != nullptr ? std::variant<publish_request, failure>{std::move(*why)}
                                                        : read_publish(std::get<json::children>(object), max_data_bytes_),
                                         all));
    }
  }
  if (all.size() > max_publications)
    return call->reply(error_response(400, "bad_field", "a batch may go to " + std::to_string(max_publications)
                                                          + " channels in all: split it"));
  if (all.empty()) return answer(*call, {});
  take_traceparent(request.traceparent, all);
  if (auto refusal = admit(all.size())) return call->reply(std::move(*refusal));
  caf::anon_send(publisher_, publish_all{std::move(all), [call](std::vector<published> outcomes) { answer(*call, outcomes); }});
}

}  // namespace herald::transport
