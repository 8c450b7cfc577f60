#pragma once

#include "chaos/results.hpp"
#include "options.hpp"

#include <string>

namespace herald::load {

/// The final account, for people.
std::string as_table(const options& given, const chaos_results& found);

/// The same, for programs; the README says what each member means.
std::string as_json(const options& given, const chaos_results& found);

} // namespace herald::load
