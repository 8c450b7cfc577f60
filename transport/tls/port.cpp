#include "transport/tls/port.hpp"

#include "actors/log.hpp"

#include <ctime>
#include <utility>

#include <sys/stat.h>

namespace herald::transport {
namespace {

std::int64_t nanoseconds(const timespec& from) {
  return static_cast<std::int64_t>(from.tv_sec) * 1'000'000'000 + from.tv_nsec;
}

}  // namespace

tls_port::stamp tls_port::stamp_of(const std::string& file) {
  struct stat found {};
  if (file.empty() || ::stat(file.c_str(), &found) != 0) return {};
  return {found.st_dev, found.st_ino, found.st_size, nanoseconds(found.st_mtim), nanoseconds(found.st_ctim)};
}

tls_port::stamps tls_port::look() const {
  return {stamp_of(files_.certificate), stamp_of(files_.key), stamp_of(files_.client_ca)};
}

std::optional<tls_problem> tls_port::load() {
  const auto now = look();  // before reading: what changes meanwhile is read again
  auto found = tls_identity::load(files_);
  loaded_ = seen_ = now;
  if (auto* wrong = std::get_if<tls_problem>(&found)) return *wrong;
  take(std::get<0>(std::move(found)));
  return std::nullopt;
}

void tls_port::check() {
  const auto now = look();
  const bool is_settled = now == std::exchange(seen_, now);
  if (is_settled && now != loaded_) reload();
}

void tls_port::reload() {
  if (const auto wrong = load()) {
    ++failed_reloads_;
    const std::array<std::string_view, 3> names{files_.certificate, files_.key, files_.client_ca};
    log::error("tls_reload_failed", {{"port", name_},
                                     {"file", names[static_cast<std::size_t>(wrong->which)]},
                                     {"why", wrong->why}});
    return;
  }
  ++reloads_;
  const auto end = identity()->not_after();
  log::event(end < std::time(nullptr) ? log::level::warn : log::level::info, "tls_reloaded",
             {{"port", name_}, {"file", files_.certificate}, {"expires", end}});
}

void tls_port::take(std::shared_ptr<const tls_identity> what) {
  std::lock_guard guard{mutex_};
  identity_.swap(what);
}

std::shared_ptr<const tls_identity> tls_port::identity() const {
  std::lock_guard guard{mutex_};
  return identity_;
}

}  // namespace herald::transport
