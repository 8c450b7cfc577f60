#pragma once

#include "options.hpp"
#include "results.hpp"

#include <string>

namespace herald::load {

/// The final table, for people.
std::string as_table(const options& given, const results& found);

/// The same, for programs; the README says what each member means.
std::string as_json(const options& given, const results& found);

} // namespace herald::load
