#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace herald::app {

/// What a key of the internal port is good for.
enum class right : std::uint8_t {
  any = 0,      ///< Nothing in particular: it only has to be a key.
  publish = 1,  ///< `POST /api/…`
  admin = 2,    ///< `/admin/…`
};

/// One line of the keys file. The key itself is not kept: only its SHA-256.
struct api_key {
  std::string name;
  std::uint8_t rights = 0;
  std::array<std::uint8_t, 32> digest{};

  bool may(right what) const noexcept {
    return (rights & static_cast<std::uint8_t>(what)) == static_cast<std::uint8_t>(what);
  }
};

/// The keys that the internal port takes. Immutable.
/// Thread: any.   Bound: 1,000 keys, names of 64 and keys of 32 to 512 characters, files of 1 MiB.
class api_keys {
public:
  api_keys() = default;

  /// Reads a file of lines `NAME RIGHTS KEY`; what begins with # is a comment. RIGHTS is `publish`, `admin` or
  /// `publish,admin`. Two keys may have one name, so that one can follow the other.
  /// Errors: one sentence with the line's number, and never with a part of the line.
  static std::variant<api_keys, std::string> parse(std::string_view text);

  /// Whose key it is, or null. Takes as long for a wrong key as for a right one.
  const api_key* find(std::string_view key) const noexcept;

  std::size_t size() const noexcept { return keys_.size(); }

private:
  std::vector<api_key> keys_;
};

}  // namespace herald::app
