#include "tests/support/layering.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

using herald::test::layering_errors;

namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  REQUIRE_MESSAGE(file.good(), path.string());
  return {std::istreambuf_iterator<char>{file}, {}};
}

bool is_source(const std::filesystem::path& path) {
  const auto end = path.extension();
  return end == ".cpp" || end == ".hpp" || end == ".h" || end == ".c" || end == ".in";
}

std::size_t errors(std::string_view path, std::string_view text) {
  return layering_errors(path, text).size();
}

}  // namespace

TEST_SUITE("layering") {

TEST_CASE("every source includes only what its folder may know") {
  const std::filesystem::path root = HERALD_SOURCE_ROOT;
  for (auto* folder : {"actors", "transport", "backplane", "app"}) {
    std::size_t seen = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{root / folder}) {
      if (!entry.is_regular_file() || !is_source(entry.path())) continue;
      ++seen;
      const auto path = std::filesystem::relative(entry.path(), root).generic_string();
      for (const auto& error : layering_errors(path, text_of(entry.path()))) FAIL_CHECK(error);
    }
    CHECK_MESSAGE(seen >= 5, folder, " has hardly any sources: is this the right place?");
  }
}

TEST_CASE("a wrong direction is found") {
  CHECK(errors("actors/session.cpp", "#include \"transport/outbox.hpp\"\n") == 1);
  CHECK(errors("actors/session.cpp", "#include \"backplane/bridge.hpp\"\n") == 1);
  CHECK(errors("actors/session.cpp", "#include \"app/config.hpp\"\n") == 1);
  CHECK(errors("transport/shard.cpp", "#include \"backplane/bridge.hpp\"\n") == 1);
  CHECK(errors("transport/shard.cpp", "#include \"app/config.hpp\"\n") == 1);
  CHECK(errors("backplane/memory/memory_log.cpp", "#include \"transport/shard.hpp\"\n") == 1);
  CHECK(errors("backplane/memory/memory_log.cpp", "#include \"app/config.hpp\"\n") == 1);
  CHECK(errors("app/node.cpp", "#include \"tests/support/world.hpp\"\n") == 1);
  CHECK(errors("elsewhere/x.cpp", "#include <string>\n") == 1);
}

TEST_CASE("a library in a folder that must not know it is found") {
  CHECK(errors("actors/log.cpp", "#include <boost/asio.hpp>\n") == 1);
  CHECK(errors("app/node.cpp", "#include <boost/asio.hpp>\n") == 1);
  CHECK(errors("actors/log.cpp", "#include <hiredis/hiredis.h>\n") == 1);
  CHECK(errors("backplane/bridge.hpp", "#include <hiredis/read.h>\n") == 1);
  CHECK(errors("transport/shard.cpp", "#include <hiredis/read.h>\n") == 1);
  CHECK(errors("actors/log.cpp", "#include <rapidjson/reader.h>\n") == 1);
  CHECK(errors("app/admin.cpp", "#include <rapidjson/reader.h>\n") == 1);
  CHECK(errors("transport/outbox.cpp", "#include <openssl/ssl.h>\n") == 1);
  CHECK(errors("transport/tls/session.hpp", "#include <openssl/ssl.h>\n") == 1);
  CHECK(errors("transport/protocol/codec.hpp", "#include <rapidjson/reader.h>\n") == 1);
}

TEST_CASE("it is found however it is written") {
  CHECK(errors("actors/log.cpp", "int x;\n  #  include\t<boost/asio.hpp>\n") == 1);
  CHECK(errors("actors/log.cpp", "#include \"../transport/shard.hpp\"\n") == 1);
  CHECK(errors("actors/log.cpp", "#include <string>\n#include <boost/asio.hpp>\n#include \"app/config.hpp\"\n") == 2);
}

TEST_CASE("what is allowed passes") {
  CHECK(errors("app/node.cpp", "#include \"transport/shard.hpp\"\n#include \"backplane/bridge.hpp\"\n#include \"actors/log.hpp\"\n") == 0);
  CHECK(errors("transport/shard.cpp", "#include \"transport/shard.hpp\"\n#include <boost/asio.hpp>\n#include <rapidjson/reader.h>\n") == 0);
  CHECK(errors("backplane/redis/wire.cpp", "#include <hiredis/hiredis.h>\n#include \"actors/log.hpp\"\n") == 0);
  CHECK(errors("actors/log.cpp", "#include <caf/actor.hpp>\n#include <vector>\n#include \"actors/log.hpp\"\n") == 0);
  CHECK(errors("actors/log.cpp", "// see #include <boost/asio.hpp>\n") == 0);
}

}
