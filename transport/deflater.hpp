#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace herald::transport {

/// Compresses messages for permessage-deflate (RFC 7692, section 7.2.1), each by itself, so that what is compressed once is right for
/// every client that takes it.
/// Thread: one.   Owns: 270 KB of zlib's.
class deflater {
public:
  /// Throws std::bad_alloc.
  deflater();
  ~deflater();
  deflater(const deflater&) = delete;
  deflater& operator=(const deflater&) = delete;

  /// A message shorter than this is not worth it: its own header and deflate's tables are most of it.
  static constexpr std::size_t least_bytes = 128;

  /// Replaces `to` by `from`, compressed. False if that would not be shorter; `to` is anything then.
  bool compress(std::string_view from, std::string& to);

private:
  struct state;

  std::unique_ptr<state> state_;
};

/// The calling thread's own, made at its first use.
deflater& own_deflater();

}  // namespace herald::transport
