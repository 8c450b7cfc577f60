#include "app/operator/config_api.hpp"

#include "app/settings_table.hpp"
#include "transport/protocol/json_writer.hpp"

namespace herald::app {

transport::http_response show_config(const std::vector<shown_setting>& all) {
  transport::json::writer out;
  out.begin_object().key("settings").begin_array();
  for (const auto& one : all) {
    const auto* row = find_setting(one.name);
    out.begin_object().member("name", one.name).member("value", one.value).member("from", one.source);
    if (row != nullptr) out.member("default", row->fallback).member("secret", row->secret != secrecy::open);
    out.end_object();
  }
  return {200, out.end_array().end_object().take()};
}

}  // namespace herald::app
