#pragma once

#include "app/operator/fleet.hpp"
#include "transport/http/message.hpp"
#include "transport/protocol/json_writer.hpp"

#include <optional>
#include <string>
#include <string_view>

/// What the operators' addresses have in common.
namespace herald::app {

/// How long other nodes have to answer what operators ask.
inline constexpr std::chrono::milliseconds fleet_patience{1000};

/// The value of a parameter in a query; empty text for one without a value, nothing where it is not given.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

/// `"unanswered":[{"name":…,"instance":…}]`
void write_unanswered(transport::json::writer& out, const std::vector<node_id>& who);

/// The value of a member of an object, as its text stands; empty where there is none, or `text` is no JSON object.
std::string member_text(std::string_view text, std::string_view name);

/// The elements of an array, as their texts stand; none of what is no array.
std::vector<std::string> element_texts(std::string_view array);

}  // namespace herald::app
