#pragma once

#include "app/config.hpp"
#include "transport/http/message.hpp"

#include <vector>

namespace herald::app {

/// `GET /admin/config`: every setting, its value and where that came from. Secrets are `***` (settings_table.hpp says which).
transport::http_response show_config(const std::vector<shown_setting>& all);

}  // namespace herald::app
