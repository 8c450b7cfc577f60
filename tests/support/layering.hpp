#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace herald::test {

/// What is wrong with the includes of one source file, a sentence each. `path` is relative to the project's root.
///
/// Folders depend one way, `app → {transport, backplane} → actors`. Boost is for transport/ and backplane/ only, hiredis
/// for backplane/redis/, RapidJSON for .cpp files of transport/ and backplane/, and prometheus for app/.
std::vector<std::string> layering_errors(std::string_view path, std::string_view text);

}  // namespace herald::test
