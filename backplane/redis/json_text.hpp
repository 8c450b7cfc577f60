#pragma once

#include <string>
#include <string_view>

namespace herald::backplane {

/// How deep objects and arrays of a plain PUBLISH may nest: clients' parsers have limits too.
inline constexpr unsigned max_json_depth = 128;

/// Whether `text` is one JSON value (RFC 8259) in valid UTF-8, nested no deeper than `max_json_depth`, and nothing else.
/// A number beyond a double's range (1e309) is refused as well, as RFC 8259, section 6 allows.
/// Iterative: hostile nesting costs no stack.
bool is_json(std::string_view text);

/// What a plain PUBLISH may say to herald, as members of the outermost object: `"trace":true`, `"traceparent":"…"`, and the id that it is
/// to be traced by.
struct plain_marks {
  bool is_traced = false;
  std::string traceparent{};  ///< As `read_traceparent` gives it; empty: none.
  std::string id{};           ///< As it stands there, text or number; empty: none that could be an id.
};

/// The same, and whether it has such members: then `found` is filled. Costs two comparisons a key of the outermost object more than
/// to look whether it is JSON at all; only of those that have them is anything copied.
bool is_json(std::string_view text, plain_marks& found);

}  // namespace herald::backplane
