#pragma once

#include <string_view>

namespace herald::backplane {

/// The text of `publish.lua`, as it was when herald was built.
extern const std::string_view publish_script;

}  // namespace herald::backplane
