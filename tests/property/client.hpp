#pragma once

#include "actors/link.hpp"
#include "actors/messages.hpp"
#include "tests/property/referee.hpp"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace herald::property {

/// A way to a client through an outbox of a few frames: what the client has not read when it breaks is lost.
class outbox_link final : public link {
public:
  static constexpr std::size_t capacity = 4;

  struct frame {
    std::optional<client_event> event;
    batch_ptr run;
  };

  explicit outbox_link(bool loses_frames) : loses_frames_(loses_frames) {}

  void attach(const caf::strong_actor_ptr& session) override;
  bool deliver(const batch& run) override;
  std::size_t begin_page(std::size_t) override { return frames_.size() <= capacity / 2 ? max_page_bytes : 0; }
  void end_page(std::size_t) override {}
  void ask_room() override;
  std::uint64_t written() const noexcept override { return written_; }
  bool has_unsent() const noexcept override { return false; }
  std::uint64_t waiting() const noexcept override { return 0; }
  link_row describe() const override { return {}; }
  void remind(std::chrono::milliseconds) override {}
  void send(const client_event& what) override;
  void close(close_reason why, std::chrono::milliseconds) override { break_off(why); }

  // -- the client's side ---
  std::optional<frame> read();
  void break_off(close_reason why = close_reason::client_left);
  bool is_attached() const noexcept { return session_ != nullptr; }
  bool is_open() const noexcept { return is_open_; }
  void ask(command::any what);

private:
  void say_ready();

  session_actor session_;
  bool loses_frames_;  ///< A planted fault.
  std::deque<frame> frames_;
  std::uint64_t written_ = 0;
  bool is_open_ = true;
  bool wants_room_ = false;
};

/// A client that comes and goes, keeps its cursors as `docs/protocol.md` says, and has a referee for each channel.
class client {
public:
  client(redis_model& redis, std::string user, std::string name, bool is_strict, bool loses_frames);

  connect connection();
  void break_off();
  bool is_connected() const noexcept { return out_ && out_->is_open(); }
  /// Whether there was a frame.
  bool read();
  void toggle_group();
  void join_group();

  std::string error() const;
  void finish();
  std::uint64_t count() const;
  std::uint64_t resets() const;

  bool forgets_to_check = false;

private:
  struct place {
    std::string channel;   ///< In the model.
    referee judge;
    std::optional<cursor> at;
    bool asked = false;    ///< To go on from where it was.
    bool was_told = false; ///< That messages are gone, by the frame before the reset.
  };

  void on(const event::welcome& what);
  void on(const event::subscribed& what);
  void on(const event::unsubscribed& what);
  void on(const event::reset& what);
  template <class Other>
  void on(const Other&) {}
  void on_channel(const client_channel& told, bool is_welcome);
  bool is_left(const channel& name) const;
  void on_run(const batch& run);
  void keep(place& where, const std::optional<cursor>& at);

  redis_model& redis_;
  std::string user_;
  std::string name_;
  bool loses_frames_;
  bool in_group_ = false;
  bool is_leaving_ = false;  ///< It has asked to, and was not answered yet.
  std::map<std::string, place, std::less<>> places_;  ///< By the client's name for the channel.
  caf::intrusive_ptr<outbox_link> out_;
  std::string error_;
};

inline const std::string group_id = "g";

}  // namespace herald::property
