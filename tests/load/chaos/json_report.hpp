#pragma once

#include "clock.hpp"

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace herald::load {

/// Milliseconds, for reports.
inline double ms(nanos duration) {
  return static_cast<double>(duration) / 1e6;
}

/// A JSON object that is written from the front to the end.
class json_report {
public:
  json_report() : to_(buffer_) { to_.StartObject(); }

  void open(const char* name) {
    to_.Key(name);
    to_.StartObject();
  }
  void close() { to_.EndObject(); }
  void member(const char* name, std::uint64_t value) {
    to_.Key(name);
    to_.Uint64(value);
  }
  void time(const char* name, nanos value) {
    to_.Key(name);
    if (value < 0)
      to_.Null();
    else
      to_.Double(ms(value / microsecond * microsecond));
  }
  void text(const char* name, const std::string& value) {
    to_.Key(name);
    to_.String(value.c_str());
  }
  void flag(const char* name, bool value) {
    to_.Key(name);
    to_.Bool(value);
  }
  void tally(const char* name, const std::map<std::string, std::uint64_t>& counts) {
    open(name);
    for (const auto& [key, value] : counts)
      member(key.c_str(), value);
    close();
  }
  template <class Range, class Write>
  void list(const char* name, const Range& items, Write write) {
    to_.Key(name);
    to_.StartArray();
    for (const auto& item : items)
      write(item);
    to_.EndArray();
  }
  void numbers(const char* name, const std::vector<std::uint32_t>& values) {
    list(name, values, [&](std::uint32_t value) { to_.Uint(value); });
  }
  void texts(const char* name, const std::vector<std::string>& values) {
    list(name, values, [&](const std::string& value) { to_.String(value.c_str()); });
  }
  rapidjson::PrettyWriter<rapidjson::StringBuffer>& writer() { return to_; }
  std::string finish() {
    to_.EndObject();
    return std::string{buffer_.GetString(), buffer_.GetSize()} + "\n";
  }

private:
  rapidjson::StringBuffer buffer_;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> to_;
};

} // namespace herald::load
