#include "backplane/redis/json_text.hpp"

#include "actors/channel.hpp"
#include "actors/trace.hpp"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <utility>

namespace herald::backplane {
namespace {

enum class member : unsigned char { other, trace, traceparent, id };

/// Looks at the depth, and at the outermost object's members that are meant for herald.
struct looker : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, looker> {
  bool StartObject() { return enter(); }
  bool StartArray() { return enter(); }
  bool EndObject(rapidjson::SizeType) { return left(); }
  bool EndArray(rapidjson::SizeType) { return left(); }
  bool enter() {
    next = member::other;
    return ++depth <= max_json_depth;
  }
  bool left() {
    --depth;
    return true;
  }

  bool Key(const char* text, rapidjson::SizeType size, bool) {
    next = depth == 1 ? member_called({text, size}) : member::other;
    return true;
  }
  bool Bool(bool is) {
    if (next == member::trace && is) has_marks = marks.is_traced = true;
    next = member::other;
    return true;
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {  // and numbers
    if (next != member::other) [[unlikely]] take({text, size});
    next = member::other;
    return true;
  }

  member member_called(std::string_view name) const noexcept {
    if (name.size() == 5 && name == "trace") return member::trace;
    if (name.size() == 11 && name == "traceparent") return member::traceparent;
    return wants_id && name == "id" ? member::id : member::other;
  }

  void take(std::string_view text) {
    if (next == member::id && is_valid_id(text)) marks.id = text;
    if (next != member::traceparent) return;
    if (auto parent = read_traceparent(text)) marks.traceparent = std::move(*parent), has_marks = true;
  }

  unsigned depth = 0;
  member next = member::other;
  bool wants_id = false;
  bool has_marks = false;
  plain_marks marks;
};

/// Numbers are looked at, not converted.
constexpr unsigned how = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag
                         | rapidjson::kParseNumbersAsStringsFlag;

bool read(std::string_view text, looker& by) {
  rapidjson::MemoryStream bytes{text.data(), text.size()};
  rapidjson::Reader reader;
  if (reader.Parse<how>(bytes, by).IsError()) return false;
  return bytes.Tell() == text.size();  // a NUL looks like the end to the reader
}

}  // namespace

bool is_json(std::string_view text) {
  looker by;
  return read(text, by);
}

bool is_json(std::string_view text, plain_marks& found) {
  looker by;
  if (!read(text, by)) return false;
  if (!by.has_marks) return true;
  // Nearly all have an id of their own: it is copied only where it is wanted.
  looker again;
  again.wants_id = true;
  read(text, again);
  found = std::move(again.marks);
  return true;
}

}  // namespace herald::backplane
