#include "transport/protocol/json_members.hpp"

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <charconv>

namespace herald::transport::json {
namespace {

/// An escaped half of a surrogate pair, such as `\udc00`, decodes to three bytes that are not UTF-8: they become U+FFFD.
std::string without_lone_surrogates(std::string text) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i)
    if (text[i] == '\xed' && static_cast<unsigned char>(text[i + 1]) >= 0xa0) text.replace(i, 3, "\xef\xbf\xbd");
  return text;
}

/// Notes where each value of the first level begins and ends, while RapidJSON checks the whole.
class first_level {
public:
  first_level(std::string_view text, const rapidjson::MemoryStream& at) : text_(text), at_(at) {}

  bool Null() { return scalar(kind::null); }
  bool Bool(bool) { return scalar(kind::boolean); }
  bool Int(int) { return scalar(kind::number); }
  bool Uint(unsigned) { return scalar(kind::number); }
  bool Int64(std::int64_t) { return scalar(kind::number); }
  bool Uint64(std::uint64_t) { return scalar(kind::number); }
  bool Double(double) { return scalar(kind::number); }
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return scalar(kind::number); }
  bool String(const char*, rapidjson::SizeType, bool) { return scalar(kind::string); }
  bool StartObject() { return open(kind::object); }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool StartArray() { return open(kind::array); }
  bool EndArray(rapidjson::SizeType) { return close(); }

  bool Key(const char* text, rapidjson::SizeType size, bool) {
    if (depth_ == 1) {
      if (!has_room()) return false;
      found_.members.push_back({without_lone_surrogates({text, size}), {}});
      begin_ = after_separator(at_.Tell());
    }
    return true;
  }

  bool is_container() const noexcept { return is_container_; }
  bool is_too_deep() const noexcept { return too_deep_; }
  bool is_too_wide() const noexcept { return too_wide_; }
  children take() { return std::move(found_); }

private:
  bool scalar(kind what) {
    if (depth_ == 1) {
      if (!begin_element()) return false;
      end_value(what);
    }
    return depth_ > 0;
  }

  bool open(kind what) {
    if (depth_ == 0) {
      is_container_ = true;
      found_.parent = what;
      begin_ = at_.Tell() + 1;
    } else if (depth_ == 1) {
      if (!begin_element()) return false;
      opened_ = what;
    }
    if (++depth_ <= max_depth) return true;
    too_deep_ = true;
    return false;
  }

  bool close() {
    if (--depth_ == 1) end_value(opened_, 1);
    return true;
  }

  bool begin_element() {
    if (found_.parent == kind::array) {
      if (!has_room()) return false;
      found_.members.push_back({});
      begin_ = after_separator(begin_);
    }
    return true;
  }

  bool has_room() noexcept {
    too_wide_ = found_.members.size() == max_members;
    return !too_wide_;
  }

  /// RapidJSON takes a bracket, of either kind, after it has told of it: `bracket` is 1 where one is still to come.
  void end_value(kind what, std::size_t bracket = 0) {
    const auto end = at_.Tell() + bracket;
    found_.members.back().what = {what, text_.substr(begin_, end - begin_)};
    begin_ = end;
  }

  /// Where the next value begins: after white space and at most a comma or a colon.
  std::size_t after_separator(std::size_t from) const noexcept {
    const auto begin = text_.find_first_not_of(" \t\r\n:,", from);
    return begin == std::string_view::npos ? text_.size() : begin;
  }

  std::string_view text_;
  const rapidjson::MemoryStream& at_;
  children found_;
  std::size_t depth_ = 0;
  std::size_t begin_ = 0;
  kind opened_ = kind::object;
  bool is_container_ = false;
  bool too_deep_ = false;
  bool too_wide_ = false;
};

}  // namespace

const value* children::find(std::string_view key) const noexcept {
  auto found = std::ranges::find(members, key, &member::key);
  return found != members.end() ? &found->what : nullptr;
}

std::variant<children, failure> read(std::string_view text) {
  // RapidJSON takes a zero byte for the end of the text.
  if (const auto zero = text.find('\0'); zero != std::string_view::npos)
    return failure{errc::bad_json, "not JSON: a zero byte (at byte " + std::to_string(zero) + ")", {}};
  rapidjson::MemoryStream stream{text.data(), text.size()};
  first_level handler{text, stream};
  // Iterative: a text of opening brackets must not use up the stack.
  constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag
                             | rapidjson::kParseNumbersAsStringsFlag;
  rapidjson::Reader reader;
  auto result = reader.Parse<flags>(stream, handler);
  if (!result.IsError()) return handler.take();
  if (handler.is_too_deep())
    return failure{errc::too_deep, "nested deeper than " + std::to_string(max_depth) + " levels", {}};
  if (handler.is_too_wide())
    return failure{errc::too_large, "more than " + std::to_string(max_members) + " members or elements", {}};
  if (result.Code() == rapidjson::kParseErrorTermination && !handler.is_container())
    return failure{errc::bad_json, "expected a JSON object", {}};
  return failure{errc::bad_json,
                 std::string{"not JSON: "} + rapidjson::GetParseError_En(result.Code()) + " (at byte "
                   + std::to_string(result.Offset()) + ")",
                 {}};
}

bool has_duplicates(const children& of) {
  std::vector<std::string_view> names;
  for (const auto& one : of.members) names.push_back(one.key);
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names) != names.end();
}

std::string text_of(const value& string) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(string.raw.data(), string.raw.size());
  return without_lone_surrogates({document.GetString(), document.GetStringLength()});
}

std::optional<std::int64_t> integer_of(const value& number) {
  std::int64_t result = 0;
  auto end = number.raw.data() + number.raw.size();
  auto [stop, error] = std::from_chars(number.raw.data(), end, result);
  return error == std::errc{} && stop == end ? std::optional{result} : std::nullopt;
}

void append_string(std::string& out, std::string_view text) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  out.append(buffer.GetString(), buffer.GetSize());
}

}  // namespace herald::transport::json
