#include "app/auth_options.hpp"

#include <algorithm>
#include <fstream>

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

/// What is wrong with keys begins with the setting's name.
file_finding finding_of(std::string_view why) {
  for (const std::string_view name : {"auth-jwt-secret-file", "auth-jwt-key-file", "auth-jwks"}) {
    if (!why.starts_with(name) || !why.substr(name.size()).starts_with(": ")) continue;
    return {name, std::string{"can't be used: "}.append(why.substr(name.size() + 2))};
  }
  return {"auth", std::string{"can't be used: "}.append(why)};
}

void check_keys_in(const transport::key_texts& texts, std::vector<file_finding>& found) {
  std::vector<std::string> left_out;
  const auto keys = transport::keys_in(texts, left_out);
  if (const auto* why = std::get_if<std::string>(&keys)) found.push_back(finding_of(*why));
  for (const auto& why : left_out) found.push_back({"auth-jwks", "holds a key that is left out: " + why, true});
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

std::vector<file_finding> check_key_files(const settings& from) {
  if (from.auth != auth_kind::jwt) return {};
  std::vector<file_finding> found;
  const auto places = key_ring_options_of(from).places;
  if (!places.jwks_url.empty())
    if (auto why = transport::explain_bad_jwks_url(places.jwks_url); !why.empty()) found.push_back({"auth-jwks", std::move(why)});
  const auto texts = transport::read_key_files(places);
  if (const auto* why = std::get_if<std::string>(&texts))
    found.push_back(finding_of(*why));
  else
    check_keys_in(std::get<transport::key_texts>(texts), found);
  if (!from.auth_jwks_ca.empty() && !std::ifstream{from.auth_jwks_ca})
    found.push_back({"auth-jwks-ca", "can't be read; give a PEM file"});
  return found;
}

}  // namespace herald::app
