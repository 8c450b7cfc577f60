#pragma once

#include "actors/link.hpp"
#include "actors/messages.hpp"

#include <caf/actor_cast.hpp>
#include <caf/make_counted.hpp>
#include <caf/send.hpp>

#include <stdexcept>
#include <string>
#include <utility>

namespace herald::test {

std::string to_text(const channel_status& status);
std::string to_text(const client_channel& told);
std::string to_text(const client_event& what);
std::string_view to_text(close_reason why);

/// A client's side of a session: writes down what it is given, in words, and does what the test wants of it.
/// It keeps to the contract in `actors/link.hpp`: once closed it takes no more, and says `link_closed` once.
class recording_link : public link {
public:
  // -- what the test wants of it ---
  bool full = false;           ///< Take no notification, as a client that does not read.
  bool slow_to_close = false;  ///< Stay open after `close` until `finish_close`.
  bool broken = false;         ///< Throw at the next use.
  std::size_t page_bytes = max_page_bytes;  ///< What it keeps room for.
  int room_for_runs = 0;       ///< Be full after so many; 0: never.
  link_row row;                ///< What it says of itself.

  void attach(const caf::strong_actor_ptr& session) override { session_ = caf::actor_cast<session_actor>(session); }

  bool deliver(const batch& run) override {
    fail_if_broken();
    if (full || closed_) return false;
    full = room_for_runs > 0 && --room_for_runs == 0;
    std::string line = "run " + std::string{run.to().client_name()} + ':';
    for (const auto& item : run.items()) line += ' ' + item.data;
    write(std::move(line));
    return true;
  }

  std::size_t begin_page(std::size_t least_bytes) override {
    if (full || closed_ || least_bytes > page_bytes) return 0;
    ++pages_kept_;
    return page_bytes;
  }
  void end_page(std::size_t) override { --pages_kept_; }

  void ask_room() override {
    wants_room_ = true;
    fail_if_broken();
  }

  std::uint64_t written() const noexcept override { return written_; }
  bool has_unsent() const noexcept override { return has_unsent_; }
  std::uint64_t waiting() const noexcept override { return row.outbox_bytes; }
  link_row describe() const override { return row; }

  void remind(std::chrono::milliseconds after) override { reminder_ = after; }

  void send(const client_event& what) override {
    fail_if_broken();
    if (!closed_) write(to_text(what));
  }

  void close(close_reason why, std::chrono::milliseconds reconnect_after) override {
    if (std::exchange(closed_, true)) return;
    reconnect_after_ = reconnect_after;
    write("close " + std::string{to_text(why)});
    why_ = why;
    if (!slow_to_close) finish_close();
  }

  /// The closing handshake is over, or the connection broke.
  void finish_close(close_reason why = close_reason::client_left) {
    if (auto session = std::exchange(session_, nullptr)) caf::anon_send(session, link_closed{closed_ ? why_ : why});
    closed_ = true;
  }

  /// The client has read: there is room again.
  void make_room() {
    full = false;
    ++written_;
    if (std::exchange(wants_room_, false)) caf::anon_send(session_, link_ready{});
  }

  /// The reminder that its session asked for, in milliseconds; -1 without one.
  std::int64_t reminder() const noexcept { return reminder_.count(); }

  /// The time of the reminder has come.
  void ring() { caf::anon_send(session_, token_due{}); }

  /// The client has read a little.
  void read_some() { ++written_; }
  void read_everything() { has_unsent_ = false; }

  // -- what became of it ---

  /// What it was given since the last call: `; ` between.
  std::string take() { return std::exchange(said_, {}); }

  /// Pages that there is room kept for.
  int pages_kept() const noexcept { return pages_kept_; }

  const session_actor& session() const noexcept { return session_; }
  bool is_closed() const noexcept { return closed_; }
  bool is_closed_for(close_reason why) const noexcept { return closed_ && why_ == why; }
  std::chrono::milliseconds reconnect_after() const noexcept { return reconnect_after_; }

  /// The client says something.
  void ask(command::any what, request_ref ref = {}) { caf::anon_send(session_, client_command{std::move(what), std::move(ref)}); }

private:
  void write(std::string line) {
    if (!said_.empty()) said_ += "; ";
    said_ += line;
  }

  void fail_if_broken() const {
    if (broken) throw std::runtime_error{"the link broke in a way that nobody thought of"};
  }

  session_actor session_;
  std::string said_;
  bool wants_room_ = false;
  std::chrono::milliseconds reminder_{-1};
  std::uint64_t written_ = 0;
  bool has_unsent_ = true;
  int pages_kept_ = 0;
  bool closed_ = false;
  close_reason why_ = close_reason::client_left;
  std::chrono::milliseconds reconnect_after_{0};
};

using recording_link_ptr = caf::intrusive_ptr<recording_link>;

inline recording_link_ptr make_link() {
  return caf::make_counted<recording_link>();
}

}  // namespace herald::test
