#pragma once

#include "app/config.hpp"

#include <span>
#include <string>
#include <string_view>
#include <variant>

/// The one table of settings. Command line, environment, file, `--help`, `--print-config` and
/// docs/settings.md all come from it: a new setting is one member of `settings` and one row.
namespace herald::app {

// -- what kinds of value there are --------------------------------------------

/// Where a port is opened: an IP address in digits, or `localhost`, and a port (0: any free one).
struct address_kind {
  endpoint settings::*at;
};

struct switch_kind {
  bool settings::*at;
};

/// 1 to `longest` letters, digits or characters of `also`.
struct text_kind {
  std::string settings::*at;
  std::size_t longest;
  std::string_view also;
};

/// The word `absent`, which leaves it empty, or 1 to `longest` letters, digits or characters of `also`.
struct optional_text_kind {
  std::string settings::*at;
  std::string_view absent;
  std::string_view placeholder;
  std::size_t longest;
  std::string_view also;
};

/// Text that has a form of its own: `check` answers what is wrong with it, or nothing. The word `absent` leaves it empty.
struct checked_text_kind {
  std::string settings::*at;
  std::string_view absent;
  std::string_view placeholder;
  std::string (*check)(std::string_view text);
};

struct count_kind {
  std::size_t settings::*at;
  std::uint64_t low;
  std::uint64_t high;
};

/// A count, or `auto`, which leaves it empty.
struct auto_count_kind {
  std::optional<std::size_t> settings::*at;
  std::uint64_t low;
  std::uint64_t high;
};

/// From 0 to 1, with up to nine decimals.
struct fraction_kind {
  double settings::*at;
};

struct bytes_kind {
  std::size_t settings::*at;
  std::uint64_t low;
  std::uint64_t high;
};

struct duration_kind {
  std::chrono::milliseconds settings::*at;
  std::chrono::milliseconds low;
  std::chrono::milliseconds high;
};

struct redis_url_kind {
  redis_url settings::*at;
};

struct choice {
  std::string_view name;
  int value;
  /// Not empty: it is known, but this version refuses it, and why.
  std::string_view refusal = {};
};

struct choice_kind {
  void (*set)(settings&, int);
  std::span<const choice> choices;
};

using value_kind = std::variant<address_kind, switch_kind, text_kind, optional_text_kind, checked_text_kind, count_kind,
                                auto_count_kind, fraction_kind, bytes_kind, duration_kind, redis_url_kind, choice_kind>;

// -- the table ----------------------------------------------------------------

enum class secrecy {
  open,          ///< May be shown.
  url_password,  ///< The URL may be shown, its password not; a bad value isn't shown at all.
  whole,         ///< Never shown.
};

struct setting {
  std::string_view name;
  /// The heading it stands under.
  std::string_view group;
  value_kind kind;
  /// Empty: worked out at start, as `help` says.
  std::string_view fallback;
  std::string_view help;
  /// Not empty: what it does not do yet.
  std::string_view not_yet = {};
  secrecy secret = secrecy::open;
};

std::span<const setting> settings_table();

/// The row of that name, or null.
const setting* find_setting(std::string_view name);

/// `HERALD_A_B` for `a-b`.
std::string variable_name(std::string_view setting_name);

// -- values -------------------------------------------------------------------

/// Reads `text` into its member. What is wrong and what to give instead, or empty when it is fine.
std::string store(const setting& row, std::string_view text, settings& to);

/// What to write after the flag: `host:port`, `true|false`, `N`, `TIME`, …
std::string placeholder(const setting& row);

/// The limits in words: `1 to 64, or auto`. Empty where the placeholder says it all.
std::string range_text(const setting& row);

}  // namespace herald::app
