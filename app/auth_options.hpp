#pragma once

#include "app/config.hpp"
#include "transport/auth/key_ring.hpp"
#include "transport/auth/token.hpp"

#include <memory>
#include <vector>

namespace herald::app {

/// What the settings say about where keys are, and about tokens.
transport::key_ring_options key_ring_options_of(const settings& from);
transport::token_rules token_rules_of(const settings& from);

/// Reads the files with keys, to see whether they can be used: for `process_inputs::check_files`. Asks no address. Blocks.
std::vector<file_finding> check_key_files(const settings& from);

/// The keys that tokens are verified with, not loaded yet. Null where clients come without tokens.
std::unique_ptr<transport::key_ring> make_key_ring(const settings& from);

}  // namespace herald::app
