#pragma once

#include "transport/http/message.hpp"

#include <functional>
#include <string_view>

namespace herald::app {

/// One row of the internal port's addresses. A path that ends with a slash stands for all below it, but `/` itself and what `is_page`.
struct admin_route {
  std::string_view method;
  std::string_view path;
  std::function<void(const transport::http_request&, transport::http_reply)> handle;
  bool is_page = false;

  bool covers(std::string_view asked) const {
    return path == asked || (path.size() > 1 && !is_page && path.ends_with('/') && asked.starts_with(path));
  }
};

}  // namespace herald::app
