#include "app/setting_value.hpp"
#include "app/settings_table.hpp"

#include <algorithm>

namespace herald::app {

namespace {

constexpr std::string_view duration_form =
  "a duration is a whole number and its unit, such as 250ms, 10s, 5m, 2h or 7d";
constexpr std::string_view bytes_form =
  "a size is a number of bytes, or a number and its unit, such as 64KiB, 1MiB or 2GiB";

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string names(const choice_kind& kind, std::string_view between) {
  std::string result;
  for (const auto& x : kind.choices) {
    if (!result.empty()) result += between;
    result += x.name;
  }
  return result;
}

// -- limits in words ----------------------------------------------------------

struct range_writer {
  std::string operator()(const address_kind&) const { return {}; }
  std::string operator()(const switch_kind&) const { return {}; }
  std::string operator()(const choice_kind&) const { return {}; }
  std::string operator()(const redis_url_kind&) const { return {}; }
  std::string operator()(const checked_text_kind&) const { return {}; }

  std::string operator()(const text_kind& x) const {
    std::string also;
    for (const char c : x.also) also += std::string{" "} + c;
    return "1 to " + std::to_string(x.longest) + " of A-Z a-z 0-9" + also;
  }

  std::string operator()(const optional_text_kind& x) const {
    std::string also;
    for (const char c : x.also) also += std::string{" "} + c;
    return std::string{x.absent} + ", or 1 to " + std::to_string(x.longest) + " of A-Z a-z 0-9" + also;
  }

  std::string operator()(const count_kind& x) const {
    return std::to_string(x.low) + " to " + std::to_string(x.high);
  }

  std::string operator()(const auto_count_kind& x) const {
    return std::to_string(x.low) + " to " + std::to_string(x.high) + ", or auto";
  }

  std::string operator()(const fraction_kind&) const { return "0 to 1"; }

  std::string operator()(const bytes_kind& x) const {
    return bytes_text(x.low) + " to " + bytes_text(x.high);
  }

  std::string operator()(const duration_kind& x) const {
    return duration_text(x.low) + " to " + duration_text(x.high);
  }
};

// -- reading ------------------------------------------------------------------

/// Stores a value; answers what is wrong with it, or nothing.
struct reader {
  std::string_view text;
  settings& to;

  std::string operator()(const address_kind& kind) const {
    auto found = parse_endpoint(text);
    if (found && found->host == "localhost") found->host = "127.0.0.1";
    if (!found || !is_ip_address(found->host))
      return "is not an address to listen on; give an IP address and a port, such as "
             "127.0.0.1:8084, [::1]:8084 or 0.0.0.0:8084";
    to.*kind.at = *found;
    return {};
  }

  std::string operator()(const switch_kind& kind) const {
    if (text != "true" && text != "false") return "is neither true nor false";
    to.*kind.at = text == "true";
    return {};
  }

  std::string operator()(const text_kind& kind) const {
    if (!fits(kind))
      return "has a length or characters that are not allowed; give " + range_writer{}(kind);
    to.*kind.at = text;
    return {};
  }

  std::string operator()(const optional_text_kind& kind) const {
    if (!fits(kind))
      return "has a length or characters that are not allowed; give " + range_writer{}(kind);
    to.*kind.at = text == kind.absent ? std::string_view{} : text;
    return {};
  }

  std::string operator()(const checked_text_kind& kind) const {
    const bool is_absent = !kind.absent.empty() && text == kind.absent;
    if (!is_absent)
      if (auto wrong = kind.check(text); !wrong.empty()) return wrong;
    to.*kind.at = is_absent ? std::string_view{} : text;
    return {};
  }

  template <class Kind>
  bool fits(const Kind& kind) const {
    return !text.empty() && text.size() <= kind.longest
        && std::all_of(text.begin(), text.end(), [&](char c) {
             return is_letter_or_digit(c) || kind.also.find(c) != std::string_view::npos;
           });
  }

  std::string operator()(const count_kind& kind) const {
    const auto found = parse_count(text);
    if (!found) return "is not a whole number; give " + range_writer{}(kind);
    if (const auto wrong = outside(kind, *found); !wrong.empty()) return wrong;
    to.*kind.at = *found;
    return {};
  }

  std::string operator()(const auto_count_kind& kind) const {
    to.*kind.at = std::nullopt;
    if (text == "auto") return {};
    const auto found = parse_count(text);
    if (!found) return "is not a whole number; give " + range_writer{}(kind);
    if (const auto wrong = outside(kind, *found); !wrong.empty()) return wrong;
    to.*kind.at = *found;
    return {};
  }

  std::string operator()(const fraction_kind& kind) const {
    const auto found = parse_fraction(text);
    if (!found) return "is not a fraction; give a number from 0 to 1, such as 0.001";
    to.*kind.at = *found;
    return {};
  }

  std::string operator()(const bytes_kind& kind) const {
    const auto found = parse_bytes(text);
    if (!found) return std::string{"is not a size; "}.append(bytes_form);
    if (const auto wrong = outside(kind, *found); !wrong.empty()) return wrong;
    to.*kind.at = *found;
    return {};
  }

  std::string operator()(const duration_kind& kind) const {
    const auto found = parse_duration(text);
    if (!found) return std::string{"is not a duration; "}.append(duration_form);
    if (const auto wrong = outside(kind, *found); !wrong.empty()) return wrong;
    to.*kind.at = *found;
    return {};
  }

  std::string operator()(const redis_url_kind& kind) const {
    auto found = parse_redis_url(text);
    if (const auto* wrong = std::get_if<std::string>(&found))
      return "is not a Redis URL: " + *wrong;
    to.*kind.at = std::move(std::get<redis_url>(found));
    return {};
  }

  std::string operator()(const choice_kind& kind) const {
    for (const auto& x : kind.choices) {
      if (x.name != text) continue;
      kind.set(to, x.value);
      return std::string{x.refusal};
    }
    return "is not one of " + names(kind, ", ");
  }

  template <class Kind, class Value>
  static std::string outside(const Kind& kind, const Value& x) {
    if (x < kind.low || x > kind.high) return "is out of range; give " + range_writer{}(kind);
    return {};
  }
};

struct placeholder_writer {
  std::string operator()(const address_kind&) const { return "IP:PORT"; }
  std::string operator()(const switch_kind&) const { return "true|false"; }
  std::string operator()(const text_kind&) const { return "TEXT"; }
  std::string operator()(const optional_text_kind& x) const {
    return std::string{x.placeholder} + '|' + std::string{x.absent};
  }
  std::string operator()(const checked_text_kind& x) const { return std::string{x.placeholder}; }
  std::string operator()(const count_kind&) const { return "N"; }
  std::string operator()(const auto_count_kind&) const { return "N|auto"; }
  std::string operator()(const fraction_kind&) const { return "FRACTION"; }
  std::string operator()(const bytes_kind&) const { return "SIZE"; }
  std::string operator()(const duration_kind&) const { return "TIME"; }
  std::string operator()(const redis_url_kind&) const { return "URL"; }
  std::string operator()(const choice_kind& x) const { return names(x, "|"); }
};

}  // namespace

std::string store(const setting& row, std::string_view text, settings& to) {
  return std::visit(reader{text, to}, row.kind);
}

std::string placeholder(const setting& row) {
  return std::visit(placeholder_writer{}, row.kind);
}

std::string range_text(const setting& row) {
  return std::visit(range_writer{}, row.kind);
}

}  // namespace herald::app
