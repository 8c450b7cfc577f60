/// The floor: a program that does nothing but the work (see ../README.md). Shared declarations of its parts.
///
///   Redis ──▶ resp.c ──▶ a turn's frames ──▶ table.c: who is due? ──▶ delivery.c: write() or writev()
///   client ─▶ handshake.c ─▶ table.c
///
/// One thread, one epoll. No log, no cursors, no limits, no pings: whatever herald costs above this is the price of
/// what herald does.
#ifndef HERALD_FLOOR_H
#define HERALD_FLOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { max_clients = 20000, max_request_bytes = 8192 };

// -- faults: so that the load tool's checks can be seen to fail --------------------------------------------------------

enum fault { fault_none, fault_lose, fault_double, fault_misroute, fault_reorder, fault_alter, fault_close };

struct settings {
  bool joined;          ///< false: one write() a message a socket; true: one writev() a socket a turn
  enum fault fault;     ///< what to do wrong
  unsigned fault_every; ///< … at each so-manyth delivery (`reorder` and `alter`: message)
};

extern struct settings settings;

/// Prints a message, and errno's if it is set, and exits with 1. The floor has no other way to fail.
_Noreturn void die(const char* what);

/// realloc() that does not return without memory.
void* grow(void* block, size_t bytes);

// -- table.c: who listens to what --------------------------------------------------------------------------------------

/// A user, or "group:<id>", by its 64-bit hash: the name itself is not kept, two names with one hash are one to us.
uint64_t key_of(const char* name, size_t length);

/// Puts a socket on a key's list. A socket may be on many.
void table_add(uint64_t key, int fd);

/// Takes a socket off all of its lists.
void table_remove_all(int fd);

/// The first entry of a key's list, or -1.
int table_first(uint64_t key);
int table_next(int entry);
int table_fd(int entry);

// -- handshake.c: HTTP to WebSocket ------------------------------------------------------------------------------------

/// Reads a client's upgrade request and answers it. Returns 1 when done (the socket is on its lists), 0 when the request
/// has not arrived whole, -1 when it is bad (already answered; close it).
int handshake(int fd);

// -- resp.c: what Redis sends ------------------------------------------------------------------------------------------

struct text {
  const char* bytes;
  size_t length;
};

/// Connects and sends PSUBSCRIBE <prefix>*; returns the non-blocking socket.
int redis_subscribe(const char* host, const char* port, const char* prefix);

/// Reads all that has come (up to 4 MiB) and calls `on_message` for each whole pmessage. The texts live until it returns.
void redis_read(int fd, void (*on_message)(struct text channel, struct text payload));

// -- delivery.c: frames and sockets ------------------------------------------------------------------------------------

void delivery_open(int fd);
void delivery_close(int fd);
bool delivery_is_open(int fd);

/// Encodes a message once and, plain, writes it to all who are due; joined, notes it for each of them.
void deliver(struct text channel, struct text payload);

/// Ends a turn: joined, writes what was noted; forgets the turn's frames.
void delivery_flush(void);

/// Writes what a full socket did not take before.
void delivery_resume(int fd);

/// The epoll instance, for delivery.c to ask for EPOLLOUT.
extern int epoll_fd;

/// Closes a client: off its lists, out of epoll.
void client_close(int fd);

/// The length of the configured channel prefix ("notification:").
extern size_t prefix_length;

#endif
