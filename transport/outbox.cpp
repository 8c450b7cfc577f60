#include "transport/outbox.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <sys/socket.h>
#include <sys/uio.h>

namespace herald::transport {
namespace {

constexpr std::size_t max_buffers = 64;
constexpr std::size_t max_encrypted_bytes = 64 * 1024;  // at a time: four full records
/// What a socket's buffer is made larger by: no more than that of what waits, and room for what the kernel adds.
constexpr std::size_t max_last_words = 128 * 1024;
constexpr std::size_t last_words_slack = 8 * 1024;

}  // namespace

outbox::outbox(shard& home, boost::asio::ip::tcp::socket socket, outbox_limits limits, std::unique_ptr<tls_session> tls)
  : home_(home), socket_(std::move(socket)), limits_(limits), tls_(std::move(tls)) {
  if (tls_ && tls_->has_output()) be_flushed();
}

outbox::~outbox() {
  if (dirty_) home_.forget(*this);
  auto& budget = home_.budget();
  if (stalled_) budget.remove(*this);
  budget.give_back(kept_bytes_);
  budget.forget(*this);
}

bool outbox::try_push(shared_bytes_ptr what, std::size_t messages) {
  if (shed_) return false;
  const auto fits = [&] {
    // A run that is over the limit by itself must still get through to a client that keeps up.
    return empty() || (bytes_ + what->str().size() <= max_bytes() && messages_ + messages <= limits_.max_messages);
  };
  if (!fits()) flush();  // a client that reads must not suffer from much coming in one turn
  if (!fits()) {
    refused_at_ = static_cast<std::uint32_t>(bytes_);
    return false;
  }
  refused_at_ = never_refused;
  enqueue({std::move(what), messages});
  return true;
}

void outbox::push(shared_bytes_ptr what) {
  enqueue({std::move(what), 0});
}

void outbox::enqueue(item what) {
  if (failed_) return;  // the read side is told of the broken connection, and ends it
  count_bytes(bytes_ + what.bytes->str().size());
  messages_ += what.messages;
  highest_bytes_.see(bytes_);
  highest_messages_.see(messages_);
  queue_.push_back(std::move(what));
  be_flushed();
}

std::size_t outbox::max_bytes() const noexcept {
  return stalled_ ? std::min(limits_.max_bytes, home_.budget().allowance() + kept_bytes_) : limits_.max_bytes;
}

bool outbox::is_half_empty() const noexcept {
  // Who was refused does not try again before that can have helped: or a page that does not fit would be read again and again.
  return empty() || (bytes_ <= max_bytes() / 2 && messages_ <= limits_.max_messages / 2 && bytes_ <= refused_at_ / 2);
}

std::size_t outbox::begin_page(std::size_t least_bytes) noexcept {
  least_bytes_ = static_cast<std::uint32_t>(least_bytes);
  if (shed_ || failed_ || !is_half_empty()) return 0;
  const auto most = std::max(outbox_budget::least_page_bytes, limits_.max_bytes / 2 - std::min(bytes_, limits_.max_bytes / 2));
  const auto bytes = home_.budget().keep(most, least_bytes);
  kept_bytes_ += static_cast<std::uint32_t>(bytes);
  return bytes;
}

void outbox::end_page(std::size_t bytes) {
  flush();  // what stays counts from now on
  kept_bytes_ -= static_cast<std::uint32_t>(bytes);
  home_.budget().give_back(bytes);
}

void outbox::ask_room() {
  wants_room_ = true;
  be_flushed();  // it may be there already
}

void outbox::tell_room() {
  wants_room_ = false;
  home_.budget().forget(*this);
  owner_->on_room();
}

/// Every change of `bytes_` goes this way, so that the shard knows what waits for sockets that take no more.
void outbox::count_bytes(std::size_t now) noexcept {
  if (stalled_) home_.budget().changed(bytes_, now);
  bytes_ = now;
}

void outbox::be_flushed() {
  if (dirty_ || waiting_) return;
  dirty_ = true;
  home_.mark_dirty(*this);
}

void outbox::drop_unsent() noexcept {
  const auto keep = next_ + (offset_ > 0 ? 1 : 0);
  auto bytes = bytes_;
  for (auto i = keep; i < queue_.size(); ++i) {
    bytes -= queue_[i].bytes->str().size();
    messages_ -= queue_[i].messages;
  }
  queue_.resize(keep);
  count_bytes(bytes);
  unwatch_after(bytes);
}

void outbox::shed() {
  shed_ = true;
  home_.budget().remove(*this);  // what has begun to be written can't be dropped, and is cut with the connection
  drop_unsent();
  owner_->on_shed();
}

void outbox::flush_in_turn() {
  dirty_ = false;
  flush();
}

void outbox::flush() {
  while (!empty() && !waiting_ && !failed_)
    if (!send_some()) break;
  if (empty()) clear();
  if (!wants_room_ || !is_half_empty()) return;
  if (home_.budget().has_room(least_bytes_))
    tell_room();
  else
    home_.budget().wait_for_room(*this);
}

void outbox::flush_last_words() {
  flush();
  if (empty() || failed_) return;
  int now = 0;
  socklen_t size = sizeof now;
  ::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_SNDBUF, &now, &size);
  // The kernel doubles what it is told, for its own use, and says what came of it.
  const auto more = now / 2 + static_cast<int>(std::min<std::size_t>(bytes_, max_last_words) + last_words_slack);
  ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_SNDBUF, &more, sizeof more);
  while (!empty() && send_once() > 0) {}
}

/// Like `sendmsg`.
std::ptrdiff_t outbox::send_once() {
  const auto before = bytes_;
  const auto sent = tls_ ? send_encrypted() : send_plain();
  home_.stats().flushes.add();
  if (sent < 0) return sent;
  if (watched_) [[unlikely]] tell_written(before - bytes_);
  written_ += static_cast<std::uint64_t>(sent);
  home_.stats().delivered_bytes.add(static_cast<std::uint64_t>(sent));
  return sent;
}

bool outbox::send_some() {
  if (send_once() >= 0) return true;
  if (errno == EINTR) return true;
  if (errno == EAGAIN || errno == EWOULDBLOCK)
    wait_writable();
  else
    fail();
  return false;
}

/// Like `sendmsg`.
std::ptrdiff_t outbox::send_plain() {
  std::array<iovec, max_buffers> buffers;
  const auto count = std::min(queue_.size() - next_, max_buffers);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& bytes = queue_[next_ + i].bytes->str();
    const auto skip = i == 0 ? offset_ : 0;
    buffers[i] = {const_cast<char*>(bytes.data()) + skip, bytes.size() - skip};
  }
  msghdr message{};
  message.msg_iov = buffers.data();
  message.msg_iovlen = count;
  const auto sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent > 0) {
    count_bytes(bytes_ - static_cast<std::size_t>(sent));
    consume(static_cast<std::size_t>(sent));
  }
  return sent;
}

/// Like `send`, of encrypted bytes.
std::ptrdiff_t outbox::send_encrypted() {
  if (!socket_.is_open()) {  // and its descriptor is another connection's, perhaps
    errno = EBADF;
    return -1;
  }
  if (!tls_->has_output()) encrypt_some();
  if (!tls_->has_output()) {
    errno = EPIPE;  // TLS has failed, and nothing can be said any more
    return -1;
  }
  const auto sent = tls_->send();
  if (!tls_->has_output()) count_bytes(bytes_ - std::exchange(encrypted_, 0));
  return sent;
}

void outbox::encrypt_some() {
  thread_local std::vector<char> joined(max_encrypted_bytes);
  std::size_t size = 0;
  for (auto i = next_; i < queue_.size() && size < joined.size(); ++i) {
    const auto& bytes = queue_[i].bytes->str();
    const auto skip = i == next_ ? offset_ : 0;
    size += bytes.copy(joined.data() + size, joined.size() - size, skip);
  }
  if (tls_->write(joined.data(), size) != tls_session::result::done) return;
  consume(size);
  encrypted_ = size;  // takes room until it is sent
}

/// Takes off the queue what was written, or encrypted.
void outbox::consume(std::size_t sent) noexcept {
  while (sent > 0) {
    auto& first = queue_[next_];
    const auto left = first.bytes->str().size() - offset_;
    if (sent < left) {
      offset_ += sent;
      return;
    }
    sent -= left;
    messages_ -= first.messages;
    first.bytes = nullptr;
    ++next_;
    offset_ = 0;
  }
  if (next_ > max_buffers && next_ > queue_.size() / 2) {  // a client that is always a little behind
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(next_));
    next_ = 0;
  }
}

void outbox::say_end() {
  if (!tls_ || failed_) return;
  tls_->say_end();
  flush();
}

void outbox::watch(std::function<void()> told) {
  if (failed_) return;
  if (!watched_) watched_ = std::make_unique<watchers>();
  watched_->waiting.push_back({watched_->gone_bytes + bytes_, std::move(told)});
}

void outbox::tell_written(std::size_t bytes) {
  auto& [waiting, gone_bytes] = *watched_;
  gone_bytes += bytes;
  for (; !waiting.empty() && waiting.front().at <= gone_bytes; waiting.pop_front()) waiting.front().told();
  if (waiting.empty()) watched_.reset();
}

/// What comes after so many bytes that wait still was dropped.
void outbox::unwatch_after(std::size_t bytes) noexcept {
  if (!watched_) return;
  auto& waiting = watched_->waiting;
  while (!waiting.empty() && waiting.back().at > watched_->gone_bytes + bytes) waiting.pop_back();
  if (waiting.empty()) watched_.reset();
}

void outbox::wait_writable() {
  waiting_ = true;
  if (!shed_) home_.budget().add(*this);
  caf::intrusive_ptr<caf::ref_counted> keep{owner_ != nullptr ? &owner_->counted() : nullptr};
  socket_.async_wait(boost::asio::socket_base::wait_write,
                     [this, keep = std::move(keep)](const boost::system::error_code& error) {
                       if (stalled_) home_.budget().remove(*this);
                       waiting_ = false;
                       if (error)
                         fail();
                       else
                         flush();
                     });
}

void outbox::fail() noexcept {
  failed_ = true;
  clear();
  boost::system::error_code ignored;
  socket_.shutdown(boost::asio::socket_base::shutdown_both, ignored);  // ends the read, which tells the session
}

void outbox::clear() noexcept {
  std::vector<item>{}.swap(queue_);
  count_bytes(0);
  watched_.reset();
  next_ = offset_ = messages_ = encrypted_ = 0;
  if (tls_) tls_->drop_output();
}

}  // namespace herald::transport
