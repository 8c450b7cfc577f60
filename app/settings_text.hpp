#pragma once

#include "app/config.hpp"

#include <string>
#include <vector>

/// The texts that come from the table.
namespace herald::app {

/// `--help`, at most 100 columns wide.
std::string help_text();

/// docs/settings.md, whole.
std::string settings_doc();

/// `--print-config`: a file that `--config` reads, each line's source behind it as a comment.
std::string config_text(const std::vector<shown_setting>& shown);

}  // namespace herald::app
