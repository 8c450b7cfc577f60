#include "actors/trace.hpp"

#include "actors/cursor.hpp"

#include <algorithm>

namespace herald {
namespace {

constexpr std::size_t version_digits = 2;
constexpr std::size_t trace_begin = 3, trace_digits = 32;
constexpr std::size_t parent_begin = 36, parent_digits = 16;
constexpr std::size_t flags_begin = 53, flags_digits = 2;
constexpr std::size_t whole = flags_begin + flags_digits;
constexpr std::size_t longest = 512;  // of later versions: nobody has defined one

bool is_hex(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) noexcept { return text.find_first_not_of('0') == std::string_view::npos; }

}  // namespace

trace_ptr make_trace(bool is_traced, std::string traceparent, std::string id) {
  if (!is_traced && traceparent.empty()) return nullptr;
  return caf::intrusive_ptr<const trace_context>{new trace_context{is_traced, std::move(traceparent), std::move(id)}, false};
}

std::optional<std::string> read_traceparent(std::string_view text) {
  if (text.size() < whole || text.size() > longest) return std::nullopt;
  const auto version = text.substr(0, version_digits);
  const auto trace = text.substr(trace_begin, trace_digits), parent = text.substr(parent_begin, parent_digits);
  const auto flags = text.substr(flags_begin, flags_digits);
  if (text[2] != '-' || text[35] != '-' || text[52] != '-') return std::nullopt;
  if (!is_hex(version) || !is_hex(trace) || !is_hex(parent) || !is_hex(flags)) return std::nullopt;
  if (version == "ff" || is_zero(trace) || is_zero(parent)) return std::nullopt;
  if (text.size() > whole && (version == "00" || text[whole] != '-')) return std::nullopt;
  auto result = std::string{text.substr(0, whole)};
  if (version == "00") return result;
  result[0] = result[1] = '0';
  // Of a later version's flags only `sampled` is known.
  result[flags_begin] = '0';
  result[flags_begin + 1] = std::string_view{"13579bdf"}.find(flags[1]) != std::string_view::npos ? '1' : '0';
  return result;
}

std::string_view trace_id_of(std::string_view traceparent) noexcept {
  return traceparent.size() < whole ? std::string_view{} : traceparent.substr(trace_begin, trace_digits);
}

std::uint64_t trace_share(double fraction) noexcept {
  constexpr auto all = std::uint64_t{1} << 32;
  return static_cast<std::uint64_t>(std::clamp(fraction, 0.0, 1.0) * static_cast<double>(all));
}

bool is_picked(std::string_view id, std::uint64_t below) noexcept {
  if (below == 0) return false;
  // Ids are often numbers in a row: the hash's bits are mixed once more (MurmurHash3's finalizer).
  auto x = tag_of(id);
  x = (x ^ (x >> 16)) * 0x85ebca6bu;
  x = (x ^ (x >> 13)) * 0xc2b2ae35u;
  return (x ^ (x >> 16)) < below;
}

}  // namespace herald
