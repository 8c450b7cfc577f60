#include "transport/deflater.hpp"
#include "transport/websocket_frame.hpp"

#include <doctest/doctest.h>

#include <zlib.h>

#include <cstdint>

using namespace herald::transport;

namespace {

/// As a client does it: with the four bytes that a message leaves out.
std::string inflated(std::string from) {
  from.append("\x00\x00\xff\xff", 4);
  z_stream stream{};
  REQUIRE(::inflateInit2(&stream, -15) == Z_OK);
  std::string to(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(from.data());
  stream.avail_in = static_cast<uInt>(from.size());
  stream.next_out = reinterpret_cast<Bytef*>(to.data());
  stream.avail_out = static_cast<uInt>(to.size());
  CHECK(::inflate(&stream, Z_SYNC_FLUSH) == Z_OK);
  CHECK(stream.avail_in == 0);
  to.resize(to.size() - stream.avail_out);
  ::inflateEnd(&stream);
  return to;
}

std::string noise(std::size_t size) {
  std::string result;
  for (std::uint32_t x = 1; result.size() < size; x = x * 1664525u + 1013904223u) result += static_cast<char>(x >> 24);
  return result;
}

std::string words(int count) {
  std::string result;
  for (int i = 0; i < count; ++i) result += "message " + std::to_string(i) + ", ";
  return result;
}

}  // namespace

TEST_SUITE("deflater") {

TEST_CASE("a message is shorter, and the same again, whatever came before it") {
  deflater one;
  std::string first, second, other;
  REQUIRE(one.compress(words(1000), first));
  CHECK(first.size() < words(1000).size() / 2);
  REQUIRE(one.compress(words(20), other));
  REQUIRE(one.compress(words(1000), second));
  CHECK(first == second);  // nothing of an earlier message is referred to
  CHECK(inflated(first) == words(1000));
  CHECK(inflated(other) == words(20));
}

TEST_CASE("what would not be shorter is left alone") {
  deflater one;
  std::string to;
  CHECK_FALSE(one.compress("", to));
  CHECK_FALSE(one.compress(std::string(deflater::least_bytes - 1, 'x'), to));
  CHECK(one.compress(std::string(deflater::least_bytes, 'x'), to));
  for (const std::size_t size : {std::size_t{200}, std::size_t{5'000}, std::size_t{300'000}}) {
    CHECK_FALSE(one.compress(noise(size), to));
    REQUIRE(one.compress(words(100), to));  // and the next one is not spoilt
    CHECK(inflated(to) == words(100));
  }
}

TEST_CASE("a compressed frame says so in its first byte") {
  std::string frame;
  append_frame(frame, frame_kind::compressed_text, "abc");
  CHECK(frame == "\xc1\x03""abc");
}

}
