#pragma once

#include "actors/client_protocol.hpp"
#include "actors/departure.hpp"
#include "actors/descriptions.hpp"
#include "actors/link.hpp"
#include "actors/log_page.hpp"
#include "actors/notification.hpp"
#include "actors/order.hpp"
#include "actors/trace_record.hpp"
#include "actors/unix_time.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

/// Every message between herald's actors, and every actor's interface. A message is a struct; it never leaves the process.
namespace herald {

struct connect;
struct deliver;
struct channel_changed;
struct join;
struct leave;
struct session_join;
struct session_leave;
struct session_over;
struct session_forgotten;
struct router_idle;
struct linger_over;
struct next_slice;
struct attached;
struct close_session;
struct close_sessions;
struct link_closed;
struct subscribe;
struct unsubscribe;
struct publish;
struct published;
struct forwarded;
struct backplane_tick;
struct publish_all;
struct read_log;
struct find_positions;
struct positions;
struct keep_position;
struct position_kept;
struct link_ready;
struct stall_check;
struct welcome_due;
struct token_due;
struct end_sessions;
struct send_away;
struct let_stay;
struct departure_due;
struct move_sessions;
struct sample_users;
struct users_sample;
struct sessions_ended;
struct spread_order;
struct order_spread;
struct give_order;
struct order_heard;
struct say;
struct said;

// -- interfaces ---------------------------------------------------------------

/// One per connection: owns its link and speaks for its client.
using session_actor = caf::typed_actor<
  // From its router, once all channels it asked for are answered: it is live from here.
  caf::reacts_to<attached>,
  // From its router: a run of notifications of a channel it is in.
  caf::reacts_to<deliver>,
  // From its router: a group it asked for is joined, or a channel it is in went live.
  caf::reacts_to<channel_status>,
  // From its link: what the client wants.
  caf::reacts_to<client_command>,
  // From its link: there is room for more, as it was asked to say.
  caf::reacts_to<link_ready>,
  // From its link: the connection is gone.
  caf::reacts_to<link_closed>,
  // From itself: does its client take anything at all?
  caf::reacts_to<stall_check>,
  // From itself: its client has waited long enough to hear whether it can go on from its cursors.
  caf::reacts_to<welcome_due>,
  // From its link: the time that it asked to be reminded of has come.
  caf::reacts_to<token_due>,
  // From its router, for operators.
  caf::replies_to<describe_session>::with<session_facts>,
  // From the router or the warden: end it, if the order means it.
  caf::reacts_to<end_sessions>,
  // From the router: end it.
  caf::reacts_to<close_session>>;

/// One per user with a local session: owns the user's sessions and fans out to them.
using user_router_actor = caf::typed_actor<
  // From the directory: a connection of this user.
  caf::reacts_to<connect>,
  // From the directory: a run of notifications of a channel the user is in.
  caf::reacts_to<deliver>,
  // From the directory: a channel that the router joined is answered, or its state changed.
  caf::reacts_to<channel_status>,
  // From a session: its client wants into a group.
  caf::reacts_to<session_join>,
  // From a session: its client leaves a group.
  caf::reacts_to<session_leave>,
  // From a session: its connection is over. The answer comes after all that was sent to it.
  caf::replies_to<session_over>::with<session_forgotten>,
  // From the directory: end the sessions that the order means. Answered with how many were told.
  caf::replies_to<end_sessions>::with<sessions_ended>,
  // From the directory, for operators: what its user has here.
  caf::replies_to<describe_user>::with<user_facts>,
  // From the directory: end all sessions.
  caf::reacts_to<close_sessions>>;

/// One per shard: knows which users and groups live here.
using directory_actor = caf::typed_actor<
  // From the transport: a connection whose user is known and lives on this shard.
  caf::reacts_to<connect>,
  // From the bridge: a run of notifications of one channel.
  caf::reacts_to<deliver>,
  // From the bridge: a channel went live, or is answered while the backplane is away.
  caf::reacts_to<channel_changed>,
  // From a router: its user is in a channel now.
  caf::reacts_to<join>,
  // From a router: its user is in a group no more.
  caf::reacts_to<leave>,
  // From a router: its last session has left.
  caf::reacts_to<router_idle>,
  // From itself: a router or a channel was unused for the linger.
  caf::reacts_to<linger_over>,
  // From itself: go on with the fan-outs.
  caf::reacts_to<next_slice>,
  // From the warden: end a user's sessions. Answered with how many were told.
  caf::replies_to<end_sessions>::with<sessions_ended>,
  // From the inspector: what a user has here, and which groups there are.
  caf::replies_to<describe_user>::with<user_facts>,
  caf::replies_to<describe_groups>::with<groups_facts>,
  // … and what its shard knows of a notification.
  caf::replies_to<describe_trace>::with<trace_facts>,
  // From the node: end all sessions.
  caf::reacts_to<close_sessions>,
  // From the drainer: let all sessions go, little by little; or let them stay after all.
  caf::reacts_to<send_away>,
  caf::reacts_to<let_stay>,
  // From itself: some more are to go.
  caf::reacts_to<departure_due>,
  // From the balancer: let some sessions go, chosen at random. Answered with how many were told.
  caf::replies_to<move_sessions>::with<sessions_ended>,
  // From the drainer: some users who are connected, chosen at random.
  caf::replies_to<sample_users>::with<users_sample>>;

/// One per node: owns the backplane connection. Each backplane has its own; `backplane/bridge.hpp` says what they promise.
using bridge_actor = caf::typed_actor<
  // From a directory: it has a local user for this channel. Answered with `channel_changed`.
  caf::reacts_to<subscribe>,
  // From a directory: it has none any more.
  caf::reacts_to<unsubscribe>,
  // From a session or the API: accept a notification.
  caf::replies_to<publish>::with<published>,
  // From a session: a page of a channel's log. Answered when the backplane can, however long that takes.
  caf::replies_to<read_log>::with<log_page>,
  // From a session: where a device had got to. Answered as a page is.
  caf::replies_to<find_positions>::with<positions>,
  // From a session: how far a device has got.
  caf::replies_to<keep_position>::with<position_kept>,
  // From the warden: tell every other node, and keep it for those that start later. Answered at once while the backplane is away.
  caf::replies_to<spread_order>::with<order_spread>,
  // From the inspector: how it is connected, and where a channel's log is. The latter is answered within its timeout.
  caf::replies_to<describe_backplane>::with<backplane_facts>,
  caf::replies_to<look_at_channel>::with<channel_facts>,
  // From the fleet: something for other nodes.
  caf::replies_to<say>::with<said>,
  // From a directory: runs that it has passed on, so that ingress can be bounded.
  caf::reacts_to<forwarded>,
  // From itself: time goes by.
  caf::reacts_to<backplane_tick>>;

/// One per API: publishes what requests ask for and gathers the answers.
using publisher_actor = caf::typed_actor<
  // From the API: publish these, and say what became of each.
  caf::reacts_to<publish_all>>;

/// One per node: carries out orders to end sessions and to refuse tokens.
using warden_actor = caf::typed_actor<
  // From the API: an order for every node. Answered when it is carried out here.
  caf::reacts_to<give_order>,
  // From the bridge: an order of another node, or one that was given while this one was not there.
  caf::reacts_to<order_heard>>;

// -- connections --------------------------------------------------------------

/// A connection, as the handshake left it.
struct hello {
  hello() = default;
  hello(const hello&) = delete;
  hello& operator=(const hello&) = delete;
  /// A connection that no session took, or whose session failed, must not stay open without one.
  ~hello() {
    if (out) out->close(close_reason::internal, {});
  }

  std::string user;
  std::string session_id;
  std::vector<channel> groups;
  std::vector<std::pair<std::string, cursor>> resume;
  std::string device;
  std::string address;  ///< The client's, as it counts for limits: behind a trusted proxy, what that says.
  bool may_publish = false;  ///< Without a token; with one, that says it.
  grant_ptr grant;           ///< Null where clients come without tokens.
  std::int64_t since_ms = unix_ms();
  link_ptr out;
};

using hello_ptr = std::shared_ptr<const hello>;

struct connect { hello_ptr who; };

struct link_closed { close_reason why; };

struct link_ready {};

struct welcome_due {};

struct token_due {};

/// `written` is what its link had written when it was sent.
struct stall_check { std::uint64_t written; };

struct close_session {
  close_reason why;
  std::chrono::milliseconds reconnect_after{0};
};

/// For the directory: `user` empty means everybody's. `reconnect_within` bounds the hints, which are spread evenly below it.
struct close_sessions {
  std::string user;
  close_reason why;
  std::chrono::milliseconds reconnect_within{0};
};

// -- departures ---------------------------------------------------------------

/// Who comes when the pace's window is over is told to go at once. `reconnect_within`: as in `close_sessions`.
struct send_away {
  departure_pace pace;
  std::chrono::milliseconds reconnect_within{0};
};

struct let_stay {};

/// `number`: which `send_away` it is of.
struct departure_due { std::uint64_t number; };

/// Only of those that have been connected for `min_age`.
struct move_sessions {
  std::size_t count;
  std::chrono::milliseconds min_age{0};
  std::chrono::milliseconds reconnect_within{0};
};

struct sample_users { std::size_t most; };

/// A user with several sessions may be in it several times.
struct users_sample { std::vector<std::string> users; };

// -- orders -------------------------------------------------------------------

struct end_sessions { order what; };

/// Sessions that were told to end, on this node.
struct sessions_ended { std::size_t count; };

struct spread_order { order what; };

struct order_spread { std::optional<failure> why_not; };

/// `done` is called once, on the warden's thread, with how many sessions were ended here, or why nothing was done.
struct give_order {
  order what;
  std::function<void(std::variant<std::size_t, failure>)> done;
};

struct order_heard { order what; };

// -- between nodes ------------------------------------------------------------

/// For the other nodes that hear at the moment. `to`: what the backplane calls a node; empty means all of them.
struct say { std::string to; std::string text; };

/// Whether the backplane has taken it.
struct said { bool is_taken; };

// -- channels -----------------------------------------------------------------

struct deliver { batch_ptr run; };

struct subscribe { channel what; directory_actor who; };

struct unsubscribe { channel what; directory_actor who; };

/// `live` is false while the backplane is away; another one follows when it is back.
struct channel_changed { channel_status status; };

struct join { channel what; user_router_actor who; };

struct leave { channel what; user_router_actor who; };

struct session_join { channel what; session_actor who; };

struct session_leave { channel what; session_actor who; };

struct session_over { session_actor who; };

struct session_forgotten {};

/// The channels a new session is in, each with the position from which on it will get everything.
struct attached { std::vector<channel_status> channels; };

/// `connections` counts what the router was given in all: with more on their way to it, it is not idle.
struct router_idle { std::string user; std::uint64_t connections; };

/// `generation` tells whether the channel was used again meanwhile.
struct linger_over { channel what; std::uint64_t generation; };

struct next_slice {};

/// How many runs, and bytes of data in them, a directory has passed on since it last said so.
struct forwarded { std::size_t runs; std::size_t bytes; };

// -- the log ------------------------------------------------------------------

/// What follows `after`, which may be `log_start`: so many bytes at most, but one message in any case.
struct read_log { channel what; cursor after; std::size_t max_bytes; };

/// The device of a user that keeps no cursors itself.
struct find_positions { std::string user; std::string device; };

struct positions { std::vector<std::pair<std::string, cursor>> found; };  ///< By the client's name for the channel.

struct keep_position { std::string user; std::string device; std::string channel; cursor at; };

struct position_kept { std::optional<failure> why_not; };

// -- publishing ---------------------------------------------------------------

struct publish { publication what; };

struct published { std::variant<receipt, failure> result; };


/// `done` is called once, on the publisher's thread, with a result for each publication, in order.
struct publish_all {
  std::vector<publication> what;
  std::function<void(std::vector<published>)> done;
};

struct backplane_tick {};

}  // namespace herald

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::attached)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::backplane_tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::channel_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::channel_status)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::client_command)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::close_session)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::close_sessions)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::connect)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::deliver)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::departure_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::end_sessions)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::find_positions)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::forwarded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::give_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::join)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::let_stay)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::keep_position)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::leave)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::linger_over)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::link_closed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::link_ready)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::move_sessions)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::log_page)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::next_slice)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::order_heard)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::order_spread)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::position_kept)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::positions)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::publish)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::publish_all)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::published)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::read_log)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::router_idle)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::said)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::sample_users)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::say)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::send_away)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::session_forgotten)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::session_join)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::session_leave)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::session_over)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::sessions_ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::spread_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::stall_check)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::subscribe)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::token_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::unsubscribe)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::users_sample)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::welcome_due)
