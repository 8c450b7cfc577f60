/// Redis's protocol, as far as a subscriber needs it: arrays of bulk strings and integers.
#define _GNU_SOURCE
#include "floor.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { max_turn_bytes = 4 << 20, max_elements = 4 };

static char* buffer;
static size_t filled, capacity;

static int connect_to(const char* host, const char* port) {
  const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
  struct addrinfo* found = NULL;
  if (getaddrinfo(host, port, &hints, &found) != 0)
    die("can't resolve the Redis address");
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) != 0)
    die("can't connect to Redis");
  freeaddrinfo(found);
  return fd;
}

int redis_subscribe(const char* host, const char* port, const char* prefix) {
  const int fd = connect_to(host, port);
  char command[256];
  const int bytes = snprintf(command, sizeof command, "*2\r\n$10\r\nPSUBSCRIBE\r\n$%zu\r\n%s*\r\n", strlen(prefix) + 1, prefix);
  char reply[256];
  if (bytes >= (int)sizeof command || send(fd, command, (size_t)bytes, MSG_NOSIGNAL) != bytes)
    die("can't subscribe");
  // The confirmation comes before any message; it is short, and one segment on loopback.
  if (recv(fd, reply, sizeof reply, 0) <= 0 || reply[0] != '*')
    die("Redis refused PSUBSCRIBE");
  if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
    die("fcntl");
  return fd;
}

/// Reads one decimal line ("$12\r\n" after its sign) at *at. False: not whole yet.
static bool read_number(size_t* at, long* number) {
  const char* end = memchr(buffer + *at, '\n', filled - *at);
  if (end == NULL)
    return false;
  *number = strtol(buffer + *at + 1, NULL, 10);
  *at = (size_t)(end - buffer) + 1;
  return true;
}

/// Reads one array at *at into texts (integers are left empty). Returns the number of elements, 0: not whole yet.
static long read_array(size_t* at, struct text* texts) {
  size_t here = *at;
  long count = 0, length = 0;
  if (!read_number(&here, &count))
    return 0;
  if (count < 1 || count > max_elements)
    die("Redis sent something unexpected");
  for (long i = 0; i < count; ++i) {
    const bool bulk = here < filled && buffer[here] == '$';
    if (!read_number(&here, &length))
      return 0;
    texts[i] = (struct text){buffer + here, 0};
    if (!bulk)
      continue;
    if (filled - here < (size_t)length + 2)
      return 0;
    texts[i].length = (size_t)length;
    here += (size_t)length + 2;
  }
  *at = here;
  return count;
}

static void fill(int fd) {
  while (filled < max_turn_bytes) {
    if (capacity - filled < 1 << 16)
      buffer = grow(buffer, capacity = capacity == 0 ? 1 << 18 : capacity * 2);
    const ssize_t got = recv(fd, buffer + filled, capacity - filled, 0);
    if (got == 0) {
      errno = 0;
      die("Redis closed the subscription");
    }
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0 && errno != EAGAIN)
      die("reading from Redis");
    if (got < 0)
      return;
    filled += (size_t)got;
  }
}

void redis_read(int fd, void (*on_message)(struct text channel, struct text payload)) {
  fill(fd);
  struct text texts[max_elements];
  size_t at = 0;
  while (at < filled) {
    const long count = read_array(&at, texts);
    if (count == 0)
      break;
    if (count == 4 && texts[0].length == 8 && memcmp(texts[0].bytes, "pmessage", 8) == 0)
      on_message(texts[2], texts[3]);
  }
  memmove(buffer, buffer + at, filled - at);
  filled -= at;
}
