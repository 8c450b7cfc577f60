"""Clients that connect, hear their welcome, and then read nothing, until they are told to.

Each has a socket with the smallest receive buffer that the kernel gives, so that what is sent to it waits on the node's side.
"""
import base64
import json
import os
import select
import socket
import struct
import time
from urllib.parse import quote

RECEIVE_BUFFER_BYTES = 4096


class stuck_client:
    """One connection, and what came on it. `numbers` are those of the messages, in the order they came in."""

    def __init__(self, user):
        self.user = user
        self.numbers = []
        self.cursor = None
        self.recovered = None
        self.end = None  # what it saw of its end: "bye slow, 1013", "1013", "end", "reset"

    def connect(self, address):
        host, port = address.split(":")
        self._buffer, self._bye, self._code, self.end = b"", None, None, None
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self.socket.settimeout(20)
        self.socket.connect((host, int(port)))
        resume = "&resume=" + quote(json.dumps({"user": self.cursor})) if self.cursor else ""
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(f"GET /ws?user={self.user}{resume} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
        self.recovered = None
        self._read_head()
        self._take_frames()
        while self.recovered is None and self.end is None:
            self.read()
        if self.end is not None:
            raise ConnectionError(f"{self.user}: {self.end} instead of a welcome")
        self.socket.setblocking(False)

    def _read_head(self):
        while b"\r\n\r\n" not in self._buffer:
            came = self.socket.recv(512)
            if not came:
                raise ConnectionError(f"{self.user}: no answer to the upgrade")
            self._buffer += came
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        if not head.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(f"{self.user}: {head[:80]!r}")

    def read(self):
        """Takes what is there. False: nothing was, or nothing will be any more."""
        try:
            came = self.socket.recv(1 << 16)
        except BlockingIOError:
            return False
        except ConnectionError:
            self._over("reset")
            return False
        self._buffer += came
        self._take_frames()
        if not came:
            self._over("end")
        return bool(came)

    def _over(self, how):
        said = [word for word in (self._bye and f"bye {self._bye}", self._code and str(self._code)) if word]
        self.end = ", ".join(said) or how
        self.socket.close()

    def _take_frames(self):
        at = 0
        while len(self._buffer) >= at + 2:
            opcode, length, begin = self._buffer[at] & 15, self._buffer[at + 1] & 127, at + 2
            if length >= 126:
                size = 2 if length == 126 else 8
                if len(self._buffer) < begin + size:
                    break
                length = int.from_bytes(self._buffer[begin:begin + size], "big")
                begin += size
            if len(self._buffer) < begin + length:
                break
            self._on_frame(opcode, self._buffer[begin:begin + length])
            at = begin + length
        self._buffer = self._buffer[at:]

    def _on_frame(self, opcode, payload):
        if opcode == 8:
            self._code = struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else None
        if opcode != 1:
            return
        message = json.loads(payload)
        if message["type"] == "welcome":
            channel = message["channels"]["user"]
            self.recovered = channel["recovered"]
            self.cursor = channel.get("cursor", self.cursor)
        elif message["type"] == "notification":
            self.numbers.append(message["data"]["n"])
            self.cursor = message.get("cursor", self.cursor)
        elif message["type"] == "bye":
            self._bye = message["reason"]
        elif message["type"] == "reset":
            self.numbers.append("reset")


def read_all(clients, is_done, seconds):
    """Reads on all of them until it is done for each, for no longer than that. Returns whether it was."""
    deadline = time.monotonic() + seconds
    watched = select.epoll()
    waiting = {}
    for client in clients:
        if client.end is None and not is_done(client):
            waiting[client.socket.fileno()] = client
            watched.register(client.socket.fileno(), select.EPOLLIN)
    while waiting and time.monotonic() < deadline:
        for handle, _ in watched.poll(0.2):
            client = waiting[handle]
            client.read()
            if client.end is not None or is_done(client):
                if client.end is None:
                    watched.unregister(handle)  # a closed one has left by itself
                del waiting[handle]
    watched.close()
    return not waiting
