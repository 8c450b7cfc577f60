#pragma once

#include <cstdint>
#include <string>

namespace herald::app {

/// The page to try herald with (`app/page/index.html`), which connects to this public port.
std::string try_page(std::uint16_t public_port, bool speaks_tls);

}  // namespace herald::app
