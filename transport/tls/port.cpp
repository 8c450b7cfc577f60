#include "transport/tls/port.hpp"

#include "actors/log.hpp"

#include <array>
#include <ctime>
#include <utility>

namespace herald::transport {

std::optional<tls_problem> tls_port::load() {
  auto found = tls_identity::load(files_);
  if (auto* wrong = std::get_if<tls_problem>(&found)) return *wrong;
  take(std::get<0>(std::move(found)));
  return std::nullopt;
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
