#include "backplane/redis/replies.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <array>
#include <new>
#include <vector>

namespace herald::backplane {
namespace {

/// After each reply hiredis moves what it has not parsed yet to the front of its buffer. Fed with a megabyte of small
/// messages it would move half a megabyte for each kilobyte, so it is fed a little at a time.
constexpr std::size_t slice_bytes = 16 * 1024;

constexpr int max_elements = 1 << 20;

auto default_create_array = decltype(redisReplyObjectFunctions::createArray){};

/// hiredis reserves an array's memory when it reads the array's length, which may be anything.
template <class Count>
void* create_bounded_array(const redisReadTask* task, Count count) {
  return count > static_cast<Count>(max_elements) ? nullptr : default_create_array(task, count);
}

/// hiredis keeps its own functions to itself; a reader that it made has them.
redisReplyObjectFunctions* bounded_functions() {
  static redisReplyObjectFunctions functions = [] {
    auto* reader = redisReaderCreate();
    if (reader == nullptr) throw std::bad_alloc{};
    auto copy = *reader->fn;
    redisReaderFree(reader);
    default_create_array = copy.createArray;
    copy.createArray = create_bounded_array;
    return copy;
  }();
  return &functions;
}

}  // namespace

std::string_view text_of(const redisReply& reply) noexcept {
  if (reply.type != REDIS_REPLY_STRING && reply.type != REDIS_REPLY_STATUS && reply.type != REDIS_REPLY_ERROR) return {};
  return {reply.str, static_cast<std::size_t>(reply.len)};
}

std::optional<long long> integer_of(const redisReply& reply) noexcept {
  return reply.type == REDIS_REPLY_INTEGER ? std::optional{reply.integer} : std::nullopt;
}

bool is_error(const redisReply& reply) noexcept { return reply.type == REDIS_REPLY_ERROR; }

bool is_array(const redisReply& reply) noexcept { return reply.type == REDIS_REPLY_ARRAY; }

std::span<redisReply* const> elements_of(const redisReply& reply) noexcept {
  if (!is_array(reply)) return {};
  return {reply.element, static_cast<std::size_t>(reply.elements)};
}

void append_command(std::string& to, std::span<const std::string_view> arguments) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  texts.reserve(arguments.size());
  sizes.reserve(arguments.size());
  for (auto argument : arguments) {
    texts.push_back(argument.data());
    sizes.push_back(argument.size());
  }
  char* command = nullptr;
  auto bytes = redisFormatCommandArgv(&command, static_cast<int>(texts.size()), texts.data(), sizes.data());
  if (bytes < 0) throw std::bad_alloc{};
  std::unique_ptr<char, decltype(&redisFreeCommand)> owned{command, redisFreeCommand};
  to.append(command, static_cast<std::size_t>(bytes));
}

replies::replies(std::size_t max_bytes)
  : reader_(redisReaderCreateWithFunctions(bounded_functions())), max_bytes_(max_bytes) {
  if (!reader_) throw std::bad_alloc{};
}

replies::~replies() = default;

void replies::deleter::operator()(redisReader* reader) const noexcept { redisReaderFree(reader); }

std::string replies::feed(std::string_view bytes, const std::function<bool(const redisReply&)>& take) {
  for (bool go_on = true; go_on && !bytes.empty();) {
    auto slice = bytes.substr(0, slice_bytes);
    bytes.remove_prefix(slice.size());
    if (redisReaderFeed(reader_.get(), slice.data(), slice.size()) != REDIS_OK) return "out of memory";
    if (auto wrong = drain(take, go_on); !wrong.empty()) return wrong;
    if (reader_->len - reader_->pos > max_bytes_) return "a reply is larger than " + std::to_string(max_bytes_) + " bytes";
  }
  return {};
}

std::string replies::drain(const std::function<bool(const redisReply&)>& take, bool& go_on) {
  while (go_on) {
    void* reply = nullptr;
    if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK) return std::string{"not Redis's protocol: "} + reader_->errstr;
    if (reply == nullptr) return {};
    std::unique_ptr<void, decltype(&freeReplyObject)> owned{reply, freeReplyObject};
    go_on = take(*static_cast<const redisReply*>(reply));
  }
  return {};
}

}  // namespace herald::backplane
