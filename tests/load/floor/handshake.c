/// The server's half of RFC 6455, section 4: enough of HTTP to read `GET /ws?user=…&groups=…`.
#define _GNU_SOURCE
#include "floor.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

static const char websocket_guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455, section 1.3

/// The value of a header, or an empty text.
static struct text header_value(const char* request, const char* name) {
  const size_t name_length = strlen(name);
  for (const char* line = strstr(request, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
    line += 2;
    if (strncasecmp(line, name, name_length) == 0 && line[name_length] == ':') {
      const char* value = line + name_length + 1;
      value += strspn(value, " \t");
      return (struct text){value, strcspn(value, " \t\r\n")};
    }
  }
  return (struct text){NULL, 0};
}

/// The value of a query parameter in the request line, or an empty text. Names in these tests need no %-decoding.
static struct text query_value(const char* request, const char* name) {
  const size_t name_length = strlen(name);
  const char* end = request + strcspn(request, "\r\n");
  for (const char* at = memchr(request, '?', (size_t)(end - request)); at != NULL && at < end;
       at = memchr(at, '&', (size_t)(end - at))) {
    ++at;
    if (strncmp(at, name, name_length) == 0 && at[name_length] == '=')
      return (struct text){at + name_length + 1, strcspn(at + name_length + 1, "& \r\n")};
  }
  return (struct text){NULL, 0};
}

static void join_groups(struct text groups, int fd) {
  char name[160];
  const char* at = groups.bytes;
  const char* end = groups.bytes + groups.length;
  while (at < end) {
    const char* comma = memchr(at, ',', (size_t)(end - at));
    const size_t length = (size_t)((comma == NULL ? end : comma) - at);
    const int written = snprintf(name, sizeof name, "group:%.*s", (int)length, at);
    if (length > 0 && written < (int)sizeof name)
      table_add(key_of(name, (size_t)written), fd);
    at += length + 1;
  }
}

static bool answer(int fd, struct text key) {
  char joined[128];
  const int length = snprintf(joined, sizeof joined, "%.*s%s", (int)key.length, key.bytes, websocket_guid);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned digest_length = 0;
  if (length >= (int)sizeof joined || !EVP_Digest(joined, (size_t)length, digest, &digest_length, EVP_sha1(), NULL))
    return false;
  unsigned char accept[64];
  EVP_EncodeBlock(accept, digest, (int)digest_length);
  char response[256];
  const int bytes = snprintf(response, sizeof response,
                             "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             "Sec-WebSocket-Accept: %s\r\n\r\n",
                             (const char*)accept);
  return send(fd, response, (size_t)bytes, MSG_NOSIGNAL) == bytes;
}

int handshake(int fd) {
  static const char refusal[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  char request[max_request_bytes + 1];
  // Peeked first: a request that has not come whole stays in the socket, so that nothing is kept for it here.
  const ssize_t peeked = recv(fd, request, max_request_bytes, MSG_PEEK);
  if (peeked <= 0)
    return -1;
  request[peeked] = '\0';
  const char* end = strstr(request, "\r\n\r\n");
  if (end == NULL && peeked < max_request_bytes)
    return 0;
  const struct text key = header_value(request, "Sec-WebSocket-Key");
  const struct text user = query_value(request, "user");
  if (end == NULL || strncmp(request, "GET /ws?", 8) != 0 || key.length == 0 || user.length == 0) {
    (void)send(fd, refusal, sizeof refusal - 1, MSG_NOSIGNAL);
    return -1;
  }
  const size_t request_length = (size_t)(end + 4 - request);
  char taken[max_request_bytes];
  if (recv(fd, taken, request_length, 0) != (ssize_t)request_length)
    return -1;
  // On its lists before the answer: what is published once the client has it, arrives.
  table_add(key_of(user.bytes, user.length), fd);
  join_groups(query_value(request, "groups"), fd);
  return answer(fd, key) ? 1 : -1;
}
