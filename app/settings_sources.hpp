#pragma once

#include "app/config.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Collects what was said about settings, and where, without asking what it means.
namespace herald::app {

/// A value as it was written. Sources rank by their order: a later one wins.
struct raw_value {
  enum class rank { fallback, file, variable, flag };

  std::string text;
  rank from = rank::fallback;
  /// As in `shown_setting::source`.
  std::string label;
};

using raw_values = std::map<std::string, raw_value, std::less<>>;

/// What the process is asked to do instead of running.
struct wishes {
  bool help = false;
  bool version = false;
  bool check_config = false;
  bool print_config = false;
  bool print_settings_doc = false;
};

struct collected {
  raw_values values;
  wishes wish;
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
};

/// Reads the arguments, then the variables, then the file that `--config` or HERALD_CONFIG names.
/// A setting given twice on the command line: the last one counts. An empty variable is as if it
/// were not set.
collected collect(const process_inputs& from);

/// Whether Kubernetes sets this variable by itself in every pod, for a Service whose name begins
/// with `herald`: HERALD_SERVICE_HOST, HERALD_PORT=tcp://…, HERALD_PORT_8084_TCP_ADDR, and the
/// same with more of a name in between.
bool is_service_variable(std::string_view name, std::string_view value);

}  // namespace herald::app
