#include "app/tls.hpp"

#include <array>
#include <ctime>
#include <string_view>

namespace herald::app {
namespace {

using transport::tls_files;
using transport::tls_identity;
using transport::tls_problem;

/// The settings that name a port's files, in the order of `tls_problem::file`.
using setting_names = std::array<std::string_view, 3>;
constexpr setting_names public_names{"tls-cert", "tls-key", ""};
constexpr setting_names internal_names{"admin-tls-cert", "admin-tls-key", "admin-tls-client-ca"};

std::optional<tls_files> files(const settings& from, const std::string& certificate, const std::string& key,
                               const std::string& client_ca) {
  if (certificate.empty()) return std::nullopt;
  return tls_files{certificate, key, client_ca,
                   from.tls_min_version == tls_min_version::v1_3 ? transport::tls_version::tls_1_3
                                                                 : transport::tls_version::tls_1_2};
}

std::string validity_warning(const tls_identity& what) {
  const auto now = static_cast<std::int64_t>(std::time(nullptr));
  if (what.not_after() < now) return "has expired, or one of its chain has: clients will refuse it; renew it";
  if (what.not_before() > now) return "is not valid yet, or one of its chain isn't: clients will refuse it; check the clock";
  return {};
}

void check(const std::optional<tls_files>& files, const setting_names& names, std::vector<file_finding>& found) {
  if (!files) return;
  const auto loaded = tls_identity::load(*files);
  if (const auto* wrong = std::get_if<tls_problem>(&loaded))
    found.push_back({names[static_cast<std::size_t>(wrong->which)], wrong->why});
  else if (auto warning = validity_warning(*std::get<0>(loaded)); !warning.empty())
    found.push_back({names[0], std::move(warning), true});
}

}  // namespace

std::optional<tls_files> public_tls(const settings& from) {
  return files(from, from.tls_cert, from.tls_key, {});
}

std::optional<tls_files> internal_tls(const settings& from) {
  return files(from, from.admin_tls_cert, from.admin_tls_key, from.admin_tls_client_ca);
}

std::unique_ptr<transport::tls_port> make_tls_port(std::string name, std::optional<tls_files> files) {
  return files ? std::make_unique<transport::tls_port>(std::move(name), *std::move(files)) : nullptr;
}

std::vector<file_finding> check_tls_files(const settings& from) {
  std::vector<file_finding> found;
  check(public_tls(from), public_names, found);
  check(internal_tls(from), internal_names, found);
  return found;
}

}  // namespace herald::app
