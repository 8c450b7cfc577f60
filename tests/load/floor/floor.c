/// The floor's main: arguments, the loop, and opening and closing of clients. See floor.h.
#define _GNU_SOURCE
#include "floor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { max_events = 1024, accepts_a_turn = 128, backlog = 4096 };

struct settings settings = {false, fault_none, 100};
size_t prefix_length;
int epoll_fd;

static int listener, redis;

_Noreturn void die(const char* what) {
  if (errno != 0)
    fprintf(stderr, "herald-floor: %s: %s\n", what, strerror(errno));
  else
    fprintf(stderr, "herald-floor: %s\n", what);
  exit(1);
}

void* grow(void* block, size_t bytes) {
  if (bytes == 0) {
    free(block);
    return NULL;
  }
  void* grown = realloc(block, bytes);
  if (grown == NULL)
    die("memory");
  return grown;
}

// -- clients -----------------------------------------------------------------------------------------------------------

static void watch(int fd) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
    die("epoll_ctl");
}

void client_close(int fd) {
  table_remove_all(fd);
  delivery_close(fd);
  close(fd);
}

static void accept_clients(void) {
  const int on = 1;
  for (int i = 0; i < accepts_a_turn; ++i) {
    const int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
      return; // none left, or one that has gone, or too many: the next turn asks again
    if (fd >= max_clients) {
      close(fd);
      continue;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(fd);
  }
}

/// Clients of the load tool say nothing but pongs and a close frame: read and forgotten, the close obeyed.
static bool client_speaks(int fd) {
  unsigned char bytes[1024];
  const ssize_t got = recv(fd, bytes, sizeof bytes, 0);
  return got < 0 ? errno == EAGAIN : got > 0 && bytes[0] != 0x88;
}

static void serve_client(const struct epoll_event* event) {
  const int fd = event->data.fd;
  bool stays = true;
  if (!delivery_is_open(fd)) {
    const int done = handshake(fd);
    stays = done >= 0;
    if (done > 0)
      delivery_open(fd);
  } else if (event->events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
    stays = client_speaks(fd);
  }
  if (stays && event->events & EPOLLOUT)
    delivery_resume(fd);
  if (!stays)
    client_close(fd);
}

// -- the loop ----------------------------------------------------------------------------------------------------------

/// `reorder`: holds a message back until the next one is out.
static void on_message(struct text channel, struct text payload) {
  static struct text held_channel, held_payload;
  static unsigned count;
  if (settings.fault == fault_reorder && held_channel.bytes == NULL && ++count % settings.fault_every == 0) {
    held_channel = (struct text){strndup(channel.bytes, channel.length), channel.length};
    held_payload = (struct text){strndup(payload.bytes, payload.length), payload.length};
    return;
  }
  deliver(channel, payload);
  if (held_channel.bytes != NULL) {
    deliver(held_channel, held_payload);
    free((char*)held_channel.bytes);
    free((char*)held_payload.bytes);
    held_channel.bytes = NULL;
  }
}

/// A turn: Redis first, so that all it has sent is known before anything is written; then clients.
static void loop(void) {
  static struct epoll_event events[max_events];
  for (;;) {
    const int count = epoll_wait(epoll_fd, events, max_events, -1);
    if (count < 0 && errno != EINTR)
      die("epoll_wait");
    for (int i = 0; i < count; ++i) {
      if (events[i].data.fd == redis)
        redis_read(redis, on_message);
      else if (events[i].data.fd == listener)
        accept_clients();
      else
        serve_client(&events[i]);
    }
    delivery_flush();
  }
}

// -- start -------------------------------------------------------------------------------------------------------------

static void listen_at(const char* host, const char* port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
  const int on = 1;
  socklen_t length = sizeof address;
  listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
    die("--listen needs an IPv4 address");
  if (bind(listener, (struct sockaddr*)&address, length) != 0 || listen(listener, backlog) != 0)
    die("can't listen");
  getsockname(listener, (struct sockaddr*)&address, &length);
  watch(listener);
  fprintf(stderr, "listening %s:%d\n", host, ntohs(address.sin_port));
}

static enum fault fault_named(const char* name) {
  static const char* const names[] = {"none", "lose", "double", "misroute", "reorder", "alter", "close"};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
    if (strcmp(name, names[i]) == 0)
      return (enum fault)i;
  fprintf(stderr, "herald-floor: --fault %s: one of none, lose, double, misroute, reorder, alter, close\n", name);
  exit(2);
}

/// Splits "host:port" in place; returns the port.
static char* split(char* address, const char* flag) {
  char* colon = strrchr(address, ':');
  if (colon == NULL) {
    fprintf(stderr, "herald-floor: %s %s: needs host:port\n", flag, address);
    exit(2);
  }
  *colon = '\0';
  return colon + 1;
}

int main(int argc, char** argv) {
  static const struct option flags[] = {
    {"listen", required_argument, NULL, 'l'}, {"redis", required_argument, NULL, 'r'},
    {"prefix", required_argument, NULL, 'p'}, {"joined", no_argument, NULL, 'j'},
    {"fault", required_argument, NULL, 'f'},  {"fault-every", required_argument, NULL, 'e'},
    {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
  static char default_listen[] = "127.0.0.1:8084", default_redis[] = "127.0.0.1:6379";
  char *listen_address = default_listen, *redis_address = default_redis;
  const char* prefix = "notification:";
  for (int flag; (flag = getopt_long(argc, argv, "", flags, NULL)) != -1;) {
    switch (flag) {
    case 'l': listen_address = optarg; break;
    case 'r': redis_address = strncmp(optarg, "redis://", 8) == 0 ? optarg + 8 : optarg; break;
    case 'p': prefix = optarg; break;
    case 'j': settings.joined = true; break;
    case 'f': settings.fault = fault_named(optarg); break;
    case 'e': settings.fault_every = atoi(optarg) > 0 ? (unsigned)atoi(optarg) : 1; break;
    default:
      fprintf(stderr, "usage: herald-floor [--listen 127.0.0.1:8084] [--redis 127.0.0.1:6379] [--prefix notification:]\n"
                      "                    [--joined] [--fault lose|double|misroute|reorder|alter|close] [--fault-every 100]\n");
      return flag == 'h' ? 0 : 2;
    }
  }
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  prefix_length = strlen(prefix);
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  const char* redis_port = split(redis_address, "--redis");
  const char* listen_port = split(listen_address, "--listen");
  redis = redis_subscribe(redis_address, redis_port, prefix);
  watch(redis);
  listen_at(listen_address, listen_port);
  loop();
}
