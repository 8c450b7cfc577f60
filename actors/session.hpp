#pragma once

#include "actors/catch_up.hpp"
#include "actors/messages.hpp"
#include "actors/pinned.hpp"
#include "actors/rules.hpp"

#include <chrono>
#include <memory>
#include <type_traits>

namespace herald {

/// One connection: hands what comes from its router to its link, and what its client says to whom it concerns.
///
/// A channel of it is live, or catching up from a position in the log, page by page, with nothing queued for it meanwhile:
/// because its client came back with a cursor, or because it was too slow for the live stream.
/// Thread: its user's shard.   Owns: its link.   Ends: when its link has closed.
/// Bound:  what waits for the client is in the link's outbox, which is bounded, and what is read from a log is no more than the
///         link has kept room for. A client that is behind and takes nothing for `stall_timeout` is closed (1013).
class session : public pinned<session_actor, actor_kind::session> {
public:
  session(caf::actor_config& cfg, hello_ptr who, user_router_actor router, bridge_actor bridge,
          const actor_rules& rules);

  behavior_type make_behavior() override;
  void on_exit() override;

  void describe(actor_row& row) const override;
  /// Since when its client is connected, in Unix time.
  std::int64_t since_ms() const noexcept { return who_->since_ms; }
  const std::string& user() const noexcept { return who_->user; }

  std::uint64_t outbox_bytes() const noexcept override { return link_ ? link_->waiting() : 0; }
  std::uint64_t bytes_out() const noexcept override { return link_ ? link_->written() : 0; }

private:
  friend class session_roll;

  /// A group that the client waits to hear of.
  struct awaited {
    channel name;
    std::optional<cursor> after;
    request_ref ref;
  };

  /// A channel that is not live yet, or that became so just now: then what comes may be old still.
  struct behind {
    enum class stage { locating, reading, waiting_for_room, at_seam };

    channel name;
    catch_up way;
    std::uint32_t number;  ///< Tells its answers from those of an earlier one.
    stage now = stage::reading;
    std::size_t least_bytes = 0;             ///< There must be room for so much, or the next message does not fit.
    bool is_awaited = false;                 ///< By the welcome.
    bool is_live = false;                    ///< Whether all that is published to the channel comes …
    bool was_live = false;                   ///< … and whether it did when the log was asked last.
    std::optional<client_channel> to_tell;   ///< For the `subscribed` that waits for the first page …
    request_ref ref;                         ///< … and the reference in it.
  };

  /// A page that came before the welcome.
  struct first_page {
    std::uint32_t number;     ///< Whose it is.
    std::size_t room_bytes;   ///< As its link keeps for it.
    log_page page;
  };

  /// More that comes before the welcome is left to the log.
  static constexpr std::size_t max_early_runs = 64;

  /// Until the welcome.
  struct opening {
    std::vector<client_command> commands;
    std::vector<batch_ptr> runs;
    std::vector<client_channel> channels;
    std::vector<first_page> first_pages;
    std::vector<channel_status> resets;
    std::size_t awaited_pages = 0;
  };

  /// What its client's token allows, and until when.
  struct authority {
    grant_ptr granted;
    caf::actor_clock::time_point ends{};
    std::chrono::milliseconds warning{0};  ///< How long before that the client is told.
    bool warned = false;
  };

  /// How far a device has got, on its way to the backplane: one at a time, the latest of each channel.
  struct acknowledging {
    struct ack {
      std::string channel;
      cursor at;
      std::vector<request_ref> refs;
    };
    std::vector<ack> waiting;
    bool under_way = false;
    std::string last_channel;    ///< What was acknowledged last …
    std::optional<cursor> last;  ///< … and kept.
  };

  /// What is kept for operators only.
  struct operator_view {
    cursor sent;  ///< The last notification's with a position.
    channel_kind sent_kind{};
    std::uint32_t dropped = 0;

    void note_sent(const batch& run) noexcept;
    void note_dropped(std::size_t count) noexcept { dropped += static_cast<std::uint32_t>(count); }
    void show(session_row& in, bool any_sent) const;
  };
  struct no_operator_view {
    static void note_sent(const batch&) noexcept {}
    static void note_dropped(std::size_t) noexcept {}
    static void show(session_row&, bool) noexcept {}
  };

  // -- from the router ---
  session_facts on_describe(const describe_session& asked);
  void on_attached(const attached& to);
  void on_deliver(const batch_ptr& run);
  void on_channel_status(const channel_status& status);
  void on_reset(const channel_status& status);
  void say_reset(const channel& name, const std::optional<cursor>& position);
  void answer_awaited(const channel_status& status);
  void deliver(const batch_ptr& run);
  bool hand_over(const batch_ptr& run);

  // -- the welcome ---
  void begin_resume(const channel_status& at, const std::vector<std::pair<std::string, cursor>>& wanted);
  std::vector<std::pair<std::string, cursor>> take_wanted();
  void welcome_if_ready();
  void welcome();

  // -- catching up (session_catch_up.cpp) ---
  behind& begin_behind(const channel& name, cursor after, bool is_live);
  void note_live(behind& what, bool is_live);
  void fall_behind(const batch_ptr& run);
  void locate();
  void on_positions(const positions& known);
  void read(behind& what);
  void on_page(std::uint32_t number, std::size_t room_bytes, const log_page& page);
  void take_page(std::uint32_t number, std::size_t room_bytes, const log_page& page);
  void answer_first_page(behind& what, const log_page& page);
  void put_off(behind& what, const log_page& page, std::size_t least_bytes);
  bool hand_over_page(behind& what, const catch_up::step& next, const cursor& before);
  void on_link_ready();
  void on_stall_check(const stall_check& last);
  void wait_for_room(behind& what);
  void deliver_behind(behind& what, const batch_ptr& run);
  void deliver_at_seam(behind& what, const batch_ptr& run);
  behind* find_behind(const channel& name);
  behind* find_behind(std::uint32_t number);
  void forget_behind(std::uint32_t number);

  // -- from the client (session_commands.cpp) ---
  void on_command(const client_command& asked);
  void carry_out(const client_command& asked);
  void on(const command::subscribe& asked, const request_ref& ref);
  void on(const command::unsubscribe& asked, const request_ref& ref);
  void on(const command::publish& asked, const request_ref& ref);
  void on(const command::ping& asked, const request_ref& ref);
  void on(const command::resume& asked, const request_ref& ref);
  void on(const command::ack& asked, const request_ref& ref);
  void on(const command::authenticate& asked, const request_ref& ref);
  void on(const command::renew& asked, const request_ref& ref);
  void on(const command::malformed& asked, const request_ref& ref);

  // -- its token (session_token.cpp) ---
  void take_grant(const grant_ptr& granted);
  void forget_grant();
  void on_token_due();
  void on_end_sessions(const order& what);
  bool is_meant(const order& what) const;
  bool check_may_join(const channel& group, const request_ref& ref);
  bool check_may_publish(const channel& to, const request_ref& ref);
  void leave_forbidden_groups();
  void leave(const channel& group);

  void on_published(const published& outcome, const request_ref& ref);
  void send_acks();
  void on_position_kept(const acknowledging::ack& sent, const position_kept& outcome);
  void refuse(failure why, const request_ref& ref);
  void count_bad_message();
  void close(close_reason why, std::chrono::milliseconds reconnect_after = {});
  void on_link_closed(close_reason why);

  static constexpr std::uint8_t bit_of(channel_kind kind) noexcept {
    return static_cast<std::uint8_t>(1u << static_cast<unsigned>(kind));
  }
  bool is_in(const channel& name) const;
  void drop(drop_reason why, std::size_t count) noexcept;

  // -- what is traced (session_trace.cpp) ---
  void trace(const batch& run, session_step what, std::string_view why = {}) {
    if (run.is_traced()) [[unlikely]] write_down(run, what, why);
  }
  void write_down(const batch& run, session_step what, std::string_view why);
  void trace_read(const channel& on, const cursor& from, const cursor& to, std::string_view lost);
  void trace_acknowledged(std::string_view client_name, const cursor& up_to);
  void trace_left(const channel& group);
  void trace_over(close_reason why);
  std::optional<channel> channel_called(std::string_view client_name) const;
  client_channel as_told(const channel_status& status);
  std::optional<cursor> before_early(const channel_status& status) const;

  hello_ptr who_;
  link_ptr link_;
  user_router_actor router_;
  bridge_actor bridge_;
  const actor_rules& rules_;
  std::vector<channel> groups_;
  std::vector<awaited> awaited_;
  std::unique_ptr<opening> opening_ = std::make_unique<opening>();  ///< Null once welcomed.
  std::vector<std::unique_ptr<behind>> behind_;
  std::unique_ptr<acknowledging> acks_;
  std::unique_ptr<authority> authority_;  ///< Null where clients come without tokens.
  std::uint32_t numbers_ = 0;
  std::uint8_t delivered_kinds_ = 0;  ///< A bit for each kind of channel of which something with a position was sent.
  [[no_unique_address]] std::conditional_t<actor_stats, operator_view, no_operator_view> told_;
  std::uint32_t roll_place_ = session_roll::nowhere;
  bool closing_ = false;
  bool watching_stall_ = false;
  bool has_traced_ = false;  ///< Something that it was given is traced.
  std::uint32_t bad_messages_ = 0;
  caf::actor_clock::time_point bad_since_{};
};

}  // namespace herald
