#pragma once

#include "app/config.hpp"
#include "transport/public_port.hpp"

namespace herald::app {

/// What the settings say about clients' connections.
transport::public_port_options port_options_of(const settings& from);

}  // namespace herald::app
