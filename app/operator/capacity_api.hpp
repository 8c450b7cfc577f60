#pragma once

#include "app/operator/capacity.hpp"
#include "app/operator/node_meter.hpp"
#include "transport/http/message.hpp"

#include <string_view>
#include <variant>

namespace herald::app {

/// `GET /admin/capacity?connections=20000`: how many pods like this one it takes.
/// Thread: the internal port's.
class capacity_api {
public:
  /// `node`: what is not measured. `meter`: the rest; it has to outlive this.
  capacity_api(capacity_inputs node, const node_meter& meter) : node_(node), meter_(meter) {}

  transport::http_response show(const transport::http_request& request) const;

private:
  capacity_inputs node_;
  const node_meter& meter_;
};

/// Puts what was asked into `node`; or says what is wrong with it.
std::variant<capacity_inputs, failure> read_capacity_query(std::string_view query, capacity_inputs node);

}  // namespace herald::app
