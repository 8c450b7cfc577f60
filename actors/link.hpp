#pragma once

#include "actors/actor_row.hpp"
#include "actors/client_protocol.hpp"
#include "actors/notification.hpp"

#include <caf/fwd.hpp>
#include <caf/intrusive_ptr.hpp>
#include <caf/ref_counted.hpp>

#include <cstddef>
#include <cstdint>

namespace herald {

/// A session's way out to its client.
/// Thread: its shard, which is its session's too. A session calls it; it answers with messages to the session.
/// Errors: none are returned; a link that breaks sends `link_closed` to its session, once.
class link : public caf::ref_counted {
public:
  /// Tells it to whom to send what its client says. Called once, by the session, before anything else.
  virtual void attach(const caf::strong_actor_ptr& session) = 0;

  /// Queues a run of notifications. False if the outbox is full: then nothing of it was queued.
  virtual bool deliver(const batch& run) = 0;

  /// How many bytes of a log may be read for the client now, `least_bytes` at least: they are kept for it until `end_page`. 0:
  /// there is no room, and `ask_room` says when to try again.
  virtual std::size_t begin_page(std::size_t least_bytes) = 0;

  /// What was read was delivered, or came to nothing. Gives back what `begin_page` kept, and writes what the socket takes.
  virtual void end_page(std::size_t bytes) = 0;

  /// Sends `link_ready` to its session, once, as soon as there may be room for a page of a log.
  virtual void ask_room() = 0;

  /// Bytes that the socket has taken so far: whether a slow client takes anything at all.
  virtual std::uint64_t written() const noexcept = 0;

  /// Whether anything waits for the client to read.
  virtual bool has_unsent() const noexcept = 0;

  /// How many bytes wait for the socket to take them.
  virtual std::uint64_t waiting() const noexcept = 0;

  /// What an operator is told of it.
  virtual link_row describe() const = 0;

  /// Queues an event. Events are small and few, and are queued even when the outbox is full.
  virtual void send(const client_event& what) = 0;

  /// Sends `token_due` to its session when that time has passed; a later call replaces an earlier one.
  virtual void remind(std::chrono::milliseconds after) = 0;

  /// Says `bye` where the protocol has such a word, closes, and takes no more. Sends `link_closed` when done.
  virtual void close(close_reason why, std::chrono::milliseconds reconnect_after) = 0;
};

using link_ptr = caf::intrusive_ptr<link>;

}  // namespace herald
