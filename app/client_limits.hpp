#pragma once

#include "transport/address/allowed_origins.hpp"
#include "transport/address/ip_address.hpp"

#include <string>
#include <string_view>
#include <vector>

/// How the settings that are lists are written.
namespace herald::app {

/// Networks separated by commas, such as `10.0.0.0/8,2001:db8::1`: what is wrong with the text, or empty.
std::string explain_bad_networks(std::string_view text);

/// The same for what web pages may connect from (`transport/address/allowed_origins.hpp`).
std::string explain_bad_origins(std::string_view text);

/// @pre nothing is wrong with it; empty: none
std::vector<transport::ip_network> networks_of(std::string_view text);

}  // namespace herald::app
