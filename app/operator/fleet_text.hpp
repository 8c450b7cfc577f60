#pragma once

#include "app/operator/node_facts.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// What nodes say to each other, as text: a line of JSON and, behind an answer's, the answer itself, untouched.
///
///     {"type":"node","name":"node-1","instance":"5f…",…}
///     {"type":"goodbye","name":"node-1","instance":"5f…"}
///     {"type":"question","name":"node-1","instance":"5f…","number":7,"what":"user","argument":"42","within_ms":1000}
///     {"type":"answer","name":"node-2","instance":"0c…","to":"5f…","number":7,"cut":false}\n{…}
///
/// Nodes of different versions talk: members that are not known are passed over, and those that lack are 0.
namespace herald::app::fleet_text {

inline constexpr std::size_t max_answer_bytes = 1 << 20;
inline constexpr std::size_t max_argument_bytes = 1024;

struct goodbye {
  node_id who;
};

struct question {
  node_id by;
  std::uint64_t number = 0;
  std::string what;
  std::string argument;
  std::chrono::milliseconds within{1000};
};

struct answer {
  node_id by;
  std::string to;  ///< The instance that asked.
  std::uint64_t number = 0;
  bool cut = false;
  std::string body;  ///< JSON, as the other node sent it: not looked at.
};

using message = std::variant<node_facts, goodbye, question, answer>;

/// Nothing for what is none of these. Any bytes may be given; names and instances have the form that ours have.
std::optional<message> parse(std::string_view text);

std::string to_text(const node_facts& what);
std::string to_text(const goodbye& what);
std::string to_text(const question& what);
std::string to_text(const answer& what);

/// What a name may be: as the setting node-name.
bool is_node_name(std::string_view text);

}  // namespace herald::app::fleet_text
