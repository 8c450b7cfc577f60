#pragma once

#include "actors/errors.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Reads one level of a JSON text and keeps the rest as it stands, so that a body travels byte for byte.
namespace herald::transport::json {

/// How deep a text may be nested. Deeper is refused, so that no client of ours is given what its parser can't take.
inline constexpr std::size_t max_depth = 128;

/// How many members or elements the level that is read may have: each takes dozens of bytes, whatever it takes as text.
inline constexpr std::size_t max_members = 10'000;

enum class kind : std::uint8_t { null, boolean, number, string, object, array };

/// A value and where its text is. Holds views of the text that was read.
struct value {
  kind what = kind::null;
  std::string_view raw;
};

/// A member of an object (with its key), or an element of an array (without).
struct member {
  std::string key;
  value what;
};

struct children {
  kind parent = kind::object;
  std::vector<member> members;

  /// The member called `key`, or nothing.
  const value* find(std::string_view key) const noexcept;
};

/// The members of the object, or the elements of the array, that `text` is. The whole text is checked: syntax,
/// UTF-8 and depth. Errors: `bad_json` (says where), `too_deep`, and `too_large` for more than `max_members`.
std::variant<children, failure> read(std::string_view text);

/// Whether an object has two members of one name.
bool has_duplicates(const children& of);

/// The string that a value of kind string stands for.
std::string text_of(const value& string);

/// The whole number that a value of kind number stands for; nothing if it is none or does not fit.
std::optional<std::int64_t> integer_of(const value& number);

/// Appends `text` as a JSON string, quotes included.
void append_string(std::string& out, std::string_view text);

}  // namespace herald::transport::json
