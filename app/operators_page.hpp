#pragma once

#include <string>

namespace herald::app {

/// The page for operators (`app/page/operators/`), as `/admin/` serves it: HTML with its style and script in it, and nothing of this node.
std::string operators_page();

/// The Content-Security-Policy that lets it do what it does: run its own script, and ask the node that served it.
std::string operators_page_policy();

}  // namespace herald::app
