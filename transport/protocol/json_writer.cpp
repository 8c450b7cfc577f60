#include "transport/protocol/json_writer.hpp"

#include "transport/protocol/time_text.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cmath>

namespace herald::transport::json {

struct writer::parts {
  rapidjson::StringBuffer text;
  rapidjson::Writer<rapidjson::StringBuffer> out{text};
};

writer::writer() : parts_(std::make_unique<parts>()) {
  parts_->out.SetMaxDecimalPlaces(3);
}

writer::~writer() = default;

writer& writer::begin_object() {
  parts_->out.StartObject();
  return *this;
}

writer& writer::end_object() {
  parts_->out.EndObject();
  return *this;
}

writer& writer::begin_array() {
  parts_->out.StartArray();
  return *this;
}

writer& writer::end_array() {
  parts_->out.EndArray();
  return *this;
}

writer& writer::key(std::string_view name) {
  parts_->out.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
  return *this;
}

writer& writer::value(std::string_view text) {
  parts_->out.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  return *this;
}

writer& writer::value(bool is) {
  parts_->out.Bool(is);
  return *this;
}

writer& writer::value(std::int64_t number) {
  parts_->out.Int64(number);
  return *this;
}

writer& writer::value(std::uint64_t number) {
  parts_->out.Uint64(number);
  return *this;
}

writer& writer::value(double number) {
  if (!std::isfinite(number)) return null();
  parts_->out.Double(number);
  return *this;
}

writer& writer::null() {
  parts_->out.Null();
  return *this;
}

writer& writer::raw(std::string_view json) {
  parts_->out.RawValue(json.data(), json.size(), rapidjson::kObjectType);
  return *this;
}

writer& writer::time(std::int64_t unix_ms) {
  std::string text;
  append_time(text, unix_ms);
  return value(text);
}

std::size_t writer::size() const noexcept {
  return parts_->text.GetSize();
}

std::string writer::take() {
  std::string result{parts_->text.GetString(), parts_->text.GetSize()};
  result += '\n';
  return result;
}

}  // namespace herald::transport::json
