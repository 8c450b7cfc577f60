#include "transport/deflater.hpp"

#include <new>

#include <zlib.h>

namespace herald::transport {
namespace {

constexpr int level = 6;        // zlib's own choice between time and size
constexpr int window_bits = 15;
constexpr int memory_level = 8;
/// What a flush ends with, and a message leaves out (RFC 7692, section 7.2.1).
constexpr std::size_t tail_bytes = 4;

}  // namespace

struct deflater::state {
  z_stream stream{};
};

deflater::deflater() : state_(std::make_unique<state>()) {
  // Negative: without zlib's own header.
  if (::deflateInit2(&state_->stream, level, Z_DEFLATED, -window_bits, memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc{};
}

deflater::~deflater() {
  ::deflateEnd(&state_->stream);
}

bool deflater::compress(std::string_view from, std::string& to) {
  if (from.size() < least_bytes) return false;
  auto& stream = state_->stream;
  to.resize(from.size() + tail_bytes);  // longer than that, it is not wanted
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(from.data()));
  stream.avail_in = static_cast<uInt>(from.size());
  stream.next_out = reinterpret_cast<Bytef*>(to.data());
  stream.avail_out = static_cast<uInt>(to.size());
  const bool is_done = ::deflate(&stream, Z_SYNC_FLUSH) == Z_OK && stream.avail_in == 0 && stream.avail_out > 0;
  const auto size = to.size() - stream.avail_out;
  ::deflateReset(&stream);
  if (!is_done || size < tail_bytes) return false;
  to.resize(size - tail_bytes);
  return to.size() < from.size();
}

deflater& own_deflater() {
  thread_local deflater own;
  return own;
}

}  // namespace herald::transport
