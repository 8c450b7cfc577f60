#include "backplane/redis/json_text.hpp"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace herald::backplane {
namespace {

/// Looks at nothing but the depth.
struct depth_limit : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, depth_limit> {
  bool StartObject() { return ++depth <= max_json_depth; }
  bool StartArray() { return ++depth <= max_json_depth; }
  bool EndObject(rapidjson::SizeType) { return left(); }
  bool EndArray(rapidjson::SizeType) { return left(); }
  bool left() {
    --depth;
    return true;
  }

  unsigned depth = 0;
};

/// Numbers are looked at, not converted.
constexpr unsigned how = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag
                         | rapidjson::kParseNumbersAsStringsFlag;

}  // namespace

bool is_json(std::string_view text) {
  rapidjson::MemoryStream bytes{text.data(), text.size()};
  rapidjson::Reader reader;
  depth_limit handler;
  if (reader.Parse<how>(bytes, handler).IsError()) return false;
  return bytes.Tell() == text.size();  // a NUL looks like the end to the reader
}

}  // namespace herald::backplane
