"""The publish API in front of Redis, for the self-test: it can refuse and forget on purpose, as a real node can't.

It reads `POST /api/v1/notifications` as docs/protocol.md has it and does each with a PUBLISH; what it does not understand it answers
with 400 and notes in `complaints`.
"""
import http.server
import json
import socket
import threading

PATH = "/api/v1/notifications"


class gateway:
    """Serves on a free port until its `with` block ends."""

    def __init__(self, redis_address, refuse_every=0, forget_every=0):
        self.refuse_every, self.forget_every = refuse_every, forget_every
        self.complaints = []
        self._count = 0
        self._lock = threading.Lock()  # requests come on several threads; Redis is spoken to by one at a time
        host, port = redis_address.split(":")
        self._redis = socket.create_connection((host, int(port)))
        self._answers = self._redis.makefile("rb")
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._server.owner = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._answers.close()
        self._redis.close()

    def take(self, body):
        """Does what a request asks for. Returns the status and the answer's body."""
        try:
            asked = json.loads(body)
            many = isinstance(asked, list)
            wanted = [(channel_of(one["to"]), one["data"], one["durable"]) for one in (asked if many else [asked])]
        except (KeyError, TypeError, ValueError) as problem:
            self.complaints.append(f"{problem!r}: {body[:200]!r}")
            return 400, {"error": {"code": "bad_field", "message": str(problem)}}
        with self._lock:
            answers = [self._publish(channel, data) for channel, data, _ in wanted]
        if many:
            return 202, answers
        return (503 if "error" in answers[0] else 202), answers[0]

    def _publish(self, channel, data):
        self._count += 1
        if self.refuse_every and self._count % self.refuse_every == 0:
            return {"error": {"code": "unavailable", "message": "refused on purpose"}}
        if not (self.forget_every and self._count % self.forget_every == 0):
            words = [b"PUBLISH", channel.encode(), json.dumps(data, separators=(",", ":")).encode()]
            self._redis.sendall(b"*3\r\n" + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words))
            self._answers.readline()
        return {"id": f"n{self._count}"}


def channel_of(to):
    (kind, value), = to.items()
    return "notification:" + {"user": "{}", "group": "group:{}", "broadcast": "broadcast"}[kind].format(value)


class handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        known = self.path == PATH and self.headers["Content-Type"] == "application/json"
        status, answer = self.server.owner.take(body) if known else (404, {})
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass
