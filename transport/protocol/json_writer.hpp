#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace herald::transport::json {

/// Writes one JSON text, member by member, so that whoever answers operators needs no JSON library.
///
///     writer out;
///     out.begin_object().member("name", "node-1").key("shards").begin_array().value(1).end_array().end_object();
///
/// Thread: one.   Bound: none of its own; `size()` is for those that have to stop in time.
/// @pre what is begun is ended, and in an object each value has a key before it.
class writer {
public:
  writer();
  ~writer();
  writer(const writer&) = delete;
  writer& operator=(const writer&) = delete;

  writer& begin_object();
  writer& end_object();
  writer& begin_array();
  writer& end_array();
  writer& key(std::string_view name);

  writer& value(std::string_view text);
  writer& value(const std::string& text) { return value(std::string_view{text}); }
  writer& value(const char* text) { return value(std::string_view{text}); }
  writer& value(bool is);
  writer& value(std::int64_t number);
  writer& value(std::uint64_t number);
  writer& value(int number) { return value(static_cast<std::int64_t>(number)); }
  writer& value(double number);  ///< With up to three decimals; what is no number is null.
  writer& null();

  /// A value that is JSON already: it is not looked at.
  writer& raw(std::string_view json);

  /// RFC 3339, in UTC.
  writer& time(std::int64_t unix_ms);

  template <class T>
  writer& value(const std::optional<T>& may_be) {
    return may_be ? value(*may_be) : null();
  }

  template <class T>
  writer& member(std::string_view name, const T& what) {
    return key(name).value(what);
  }

  std::size_t size() const noexcept;

  /// What was written, with a line end.
  std::string take();

private:
  struct parts;

  std::unique_ptr<parts> parts_;
};

}  // namespace herald::transport::json
