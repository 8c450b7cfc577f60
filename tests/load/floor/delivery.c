/// Frames to sockets, plain or joined, and what a full socket did not take.
#define _GNU_SOURCE
#include "floor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

enum { max_frame_head = 512, max_joined = 256 };

struct backlog {
  size_t sent, length;
  char bytes[];
};

struct client {
  struct backlog* backlog; ///< what a full socket did not take, or null
  int at;                  ///< where in `open_fds`, plus one; 0: not open
};

struct frame {
  size_t offset, length; ///< in `arena`
};

/// A frame that is due to a client at the end of the turn.
struct due {
  int frame, next;
};

static struct client clients[max_clients];
static int open_fds[max_clients], open_count;

static char* arena;
static size_t arena_used, arena_capacity;
static struct frame* frames;
static int frame_count, frame_capacity;
static struct due* dues;
static int due_count, due_capacity;
static int first_due[max_clients], last_due[max_clients]; // due + 1
static int dirty_fds[max_clients], dirty_count;

void delivery_open(int fd) {
  open_fds[open_count] = fd;
  clients[fd] = (struct client){NULL, ++open_count};
}

void delivery_close(int fd) {
  if (clients[fd].at == 0)
    return;
  const int last = open_fds[--open_count];
  open_fds[clients[fd].at - 1] = last;
  clients[last].at = clients[fd].at;
  free(clients[fd].backlog);
  clients[fd] = (struct client){NULL, 0};
}

bool delivery_is_open(int fd) { return clients[fd].at != 0; }

// -- writing -----------------------------------------------------------------------------------------------------------

static void ask_for_writable(int fd, bool wanted) {
  struct epoll_event event = {.events = EPOLLIN | (wanted ? EPOLLOUT : 0u), .data.fd = fd};
  epoll_ctl(epoll_fd, EPOLL_CTL_MOD, fd, &event);
}

/// Keeps what a full socket did not take: parts from byte `skip` on.
static void keep(int fd, const struct iovec* parts, int count, size_t skip) {
  struct backlog* old = clients[fd].backlog;
  size_t length = old == NULL ? 0 : old->length;
  if (old == NULL)
    ask_for_writable(fd, true);
  for (int i = 0; i < count; ++i) {
    const size_t jumped = skip < parts[i].iov_len ? skip : parts[i].iov_len;
    const size_t bytes = parts[i].iov_len - jumped;
    skip -= jumped;
    old = grow(old, sizeof *old + length + bytes);
    memcpy(old->bytes + length, (const char*)parts[i].iov_base + jumped, bytes);
    length += bytes;
  }
  if (clients[fd].backlog == NULL)
    old->sent = 0;
  old->length = length;
  clients[fd].backlog = old;
}

static void write_parts(int fd, struct iovec* parts, int count) {
  size_t total = 0, taken = 0;
  for (int i = 0; i < count; ++i)
    total += parts[i].iov_len;
  if (clients[fd].backlog == NULL) {
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = (size_t)count};
    const ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN)
      return; // gone: epoll says so and it is closed there
    taken = sent < 0 ? 0 : (size_t)sent;
  }
  if (taken < total)
    keep(fd, parts, count, taken);
}

void delivery_resume(int fd) {
  struct backlog* backlog = clients[fd].backlog;
  if (backlog == NULL)
    return;
  const ssize_t sent = send(fd, backlog->bytes + backlog->sent, backlog->length - backlog->sent, MSG_NOSIGNAL);
  if (sent > 0)
    backlog->sent += (size_t)sent;
  if (backlog->sent < backlog->length)
    return;
  free(backlog);
  clients[fd].backlog = NULL;
  ask_for_writable(fd, false);
}

// -- a turn ------------------------------------------------------------------------------------------------------------

static void note_due(int fd, int frame) {
  if (due_count == due_capacity) {
    due_capacity = due_capacity == 0 ? 4096 : due_capacity * 2;
    dues = grow(dues, (size_t)due_capacity * sizeof *dues);
  }
  dues[due_count] = (struct due){frame, 0};
  ++due_count;
  if (first_due[fd] == 0) {
    first_due[fd] = due_count;
    dirty_fds[dirty_count++] = fd;
  } else {
    dues[last_due[fd] - 1].next = due_count;
  }
  last_due[fd] = due_count;
}

static void send_frame(int fd, int frame) {
  if (settings.joined) {
    note_due(fd, frame);
    return;
  }
  // write() would raise SIGPIPE at a closed socket; send() without further flags is the same call.
  const ssize_t sent = clients[fd].backlog != NULL
                         ? 0
                         : send(fd, arena + frames[frame].offset, frames[frame].length, MSG_NOSIGNAL);
  if (sent == (ssize_t)frames[frame].length || (sent < 0 && errno != EAGAIN))
    return;
  const struct iovec part = {arena + frames[frame].offset, frames[frame].length};
  keep(fd, &part, 1, sent < 0 ? 0 : (size_t)sent);
}

/// One delivery, done wrong if it is the turn of a fault of deliveries (`reorder` and `alter` are faults of messages).
static void send_or_spoil(int fd, int frame) {
  static unsigned count;
  const bool of_deliveries = settings.fault != fault_none && settings.fault != fault_reorder && settings.fault != fault_alter;
  if (!of_deliveries || ++count % settings.fault_every != 0) {
    send_frame(fd, frame);
    return;
  }
  switch (settings.fault) {
  case fault_double: send_frame(fd, frame), send_frame(fd, frame); break;
  case fault_misroute: send_frame(open_fds[clients[fd].at % open_count], frame); break;
  case fault_close: shutdown(fd, SHUT_RDWR); break;
  default: break; // lost
  }
}

static const char* now_text(void) {
  static char text[64];
  static time_t shown;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (now.tv_sec != shown) {
    struct tm parts;
    gmtime_r(&now.tv_sec, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    shown = now.tv_sec;
  }
  snprintf(text + 19, sizeof text - 19, ".%03ldZ", now.tv_nsec / 1000000);
  return text;
}

/// Appends a text frame (RFC 6455, section 5.2), in the shape of herald's notification, to the turn's.
static int encode(struct text channel, struct text payload) {
  static unsigned encoded;
  if (frame_count == frame_capacity) {
    frame_capacity = frame_capacity == 0 ? 256 : frame_capacity * 2;
    frames = grow(frames, (size_t)frame_capacity * sizeof *frames);
  }
  const size_t most = payload.length + max_frame_head;
  if (arena_capacity - arena_used < most)
    arena = grow(arena, arena_capacity = arena_capacity * 2 + most);
  char head[max_frame_head];
  const int head_bytes = snprintf(head, sizeof head - 16, "{\"type\":\"notification\",\"channel\":\"%.*s\",\"time\":\"%s\",\"data\":",
                                  (int)channel.length, channel.bytes, now_text());
  const size_t body = (size_t)head_bytes + payload.length + 1;
  unsigned char* out = (unsigned char*)arena + arena_used;
  size_t at = 0;
  out[at++] = 0x81; // final, text
  out[at++] = (unsigned char)(body < 126 ? body : body < 65536 ? 126 : 127);
  for (int shift = body < 126 ? -8 : body < 65536 ? 8 : 56; shift >= 0; shift -= 8)
    out[at++] = (unsigned char)(body >> shift);
  memcpy(out + at, head, (size_t)head_bytes);
  memcpy(out + at + head_bytes, payload.bytes, payload.length);
  if (settings.fault == fault_alter && payload.length > 8 && ++encoded % settings.fault_every == 0)
    out[at + (size_t)head_bytes + payload.length - 4] ^= 1;
  out[at + body - 1] = '}';
  frames[frame_count] = (struct frame){arena_used, at + body};
  arena_used += at + body;
  return frame_count++;
}

void deliver(struct text channel, struct text payload) {
  const struct text name = {channel.bytes + prefix_length, channel.length - prefix_length};
  if (name.length == 9 && memcmp(name.bytes, "broadcast", 9) == 0) {
    const int frame = encode(name, payload);
    for (int i = 0; i < open_count; ++i)
      send_or_spoil(open_fds[i], frame);
    return;
  }
  int entry = table_first(key_of(name.bytes, name.length));
  if (entry < 0)
    return;
  const bool group = name.length > 6 && memcmp(name.bytes, "group:", 6) == 0;
  const int frame = encode(group ? name : (struct text){"user", 4}, payload);
  for (; entry >= 0; entry = table_next(entry))
    send_or_spoil(table_fd(entry), frame);
}

void delivery_flush(void) {
  struct iovec parts[max_joined];
  for (int i = 0; i < dirty_count; ++i) {
    const int fd = dirty_fds[i];
    int due = first_due[fd];
    first_due[fd] = 0;
    while (due != 0) {
      int count = 0;
      for (; due != 0 && count < max_joined; due = dues[due - 1].next) {
        const struct frame* frame = &frames[dues[due - 1].frame];
        parts[count++] = (struct iovec){arena + frame->offset, frame->length};
      }
      if (delivery_is_open(fd))
        write_parts(fd, parts, count);
    }
  }
  dirty_count = due_count = frame_count = 0;
  arena_used = 0;
}
