#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct redisReply;
struct redisReader;

namespace herald::backplane {

/// A reply's text; empty for an integer, a nil or an array.
std::string_view text_of(const redisReply& reply) noexcept;

/// An integer's value; nothing for anything else.
std::optional<long long> integer_of(const redisReply& reply) noexcept;

bool is_error(const redisReply& reply) noexcept;
bool is_array(const redisReply& reply) noexcept;

/// The elements of an array; none for anything else.
std::span<redisReply* const> elements_of(const redisReply& reply) noexcept;

/// Appends a command as Redis wants it.
void append_command(std::string& to, std::span<const std::string_view> arguments);

/// Makes replies of bytes, with hiredis.
/// Bound: a reply that is not complete within `max_bytes`, or an array of more than 1,048,576 elements, is an error.
class replies {
public:
  explicit replies(std::size_t max_bytes);
  ~replies();
  replies(const replies&) = delete;
  replies& operator=(const replies&) = delete;

  /// Hands over every reply that is complete, as long as `take` says true.
  /// Returns what is wrong with the bytes; empty if nothing is.
  std::string feed(std::string_view bytes, const std::function<bool(const redisReply&)>& take);

private:
  std::string drain(const std::function<bool(const redisReply&)>& take, bool& go_on);

  struct deleter { void operator()(redisReader* reader) const noexcept; };

  std::unique_ptr<redisReader, deleter> reader_;
  std::size_t max_bytes_;
};

}  // namespace herald::backplane
