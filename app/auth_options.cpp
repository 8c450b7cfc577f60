#include "app/auth_options.hpp"

#include <algorithm>

namespace herald::app {
namespace {

std::vector<std::string> parts_of(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

}  // namespace

transport::key_ring_options key_ring_options_of(const settings& from) {
  transport::key_ring_options result;
  result.places.secret_file = from.auth_jwt_secret_file;
  result.places.key_files = parts_of(from.auth_jwt_key_file);
  const bool is_url = from.auth_jwks.find("://") != std::string::npos;
  (is_url ? result.places.jwks_url : result.places.jwks_file) = from.auth_jwks;
  result.ca_file = from.auth_jwks_ca;
  result.refresh = from.auth_jwks_refresh;
  result.cooldown = from.auth_jwks_cooldown;
  return result;
}

transport::token_rules token_rules_of(const settings& from) {
  transport::token_rules result;
  result.issuer = from.auth_jwt_issuer;
  result.audiences = parts_of(from.auth_jwt_audience);
  result.clock_skew = std::chrono::ceil<std::chrono::seconds>(from.auth_clock_skew);
  return result;
}

std::unique_ptr<transport::key_ring> make_key_ring(const settings& from) {
  if (from.auth != auth_kind::jwt) return nullptr;
  return std::make_unique<transport::key_ring>(key_ring_options_of(from));
}

}  // namespace herald::app
