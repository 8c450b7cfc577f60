#pragma once

#include <string_view>

namespace herald::backplane {

/// How deep objects and arrays of a plain PUBLISH may nest: clients' parsers have limits too.
inline constexpr unsigned max_json_depth = 128;

/// Whether `text` is one JSON value (RFC 8259) in valid UTF-8, nested no deeper than `max_json_depth`, and nothing else.
/// A number beyond a double's range (1e309) is refused as well, as RFC 8259, section 6 allows.
/// Iterative: hostile nesting costs no stack.
bool is_json(std::string_view text);

}  // namespace herald::backplane
