#pragma once

#include "app/drain/drainer.hpp"
#include "transport/http/message.hpp"

#include <functional>
#include <string>

namespace herald::app {

/// `/admin/drain`: how far it is (GET), begin (POST; with `dry_run=1` only say what it would be like, with `force=1` whatever speaks against
/// it), and serve again (DELETE).
/// Thread: the internal port's, which is the drainer's.
class drain_api {
public:
  drain_api(drainer_actor who, const drain_status& status, drain_plan plan, std::function<std::size_t()> sessions)
    : drainer_(std::move(who)), status_(status), plan_(plan), sessions_(std::move(sessions)) {}

  void show(const transport::http_request& request, transport::http_reply reply) const;
  void begin(const transport::http_request& request, transport::http_reply reply) const;
  void cancel(const transport::http_request& request, transport::http_reply reply) const;

private:
  std::string progress() const;

  drainer_actor drainer_;
  const drain_status& status_;
  drain_plan plan_;
  std::function<std::size_t()> sessions_;
};

std::string to_json(const drain_forecast& what);

}  // namespace herald::app
