#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace herald::backplane {

/// Finds a string's entry by a view of it.
struct string_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};

template <class T>
using string_map = std::unordered_map<std::string, T, string_hash, std::equal_to<>>;

}  // namespace herald::backplane
