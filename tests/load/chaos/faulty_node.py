"""A node for the self-test: logs in memory, clients that come back with cursors, publishes with ids; and, on purpose, faults.

It speaks as much of docs/protocol.md as the load tool's chaos mode asks for: `/ws` with `user`, `groups` and `resume`, `welcome`, `notification`
and `reset`, pings, and `POST /api/v1/notifications`. One asyncio loop on a thread of its own serves both.
"""
import asyncio
import base64
import hashlib
import json
import struct
import threading
import urllib.parse

PING_MS = 200
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class faulty_node:
    """Serves on a free port until its `with` block ends.

    fault: what happens to each `every`th delivery that is made live: None, "drop", "double", "swap", "cut" (the connection ends before
           it), "silence" (the connection stays and nothing comes any more), "misroute", "alter"
    on_resume: "replay" what was missed; "forget" it, and say that nothing was; "reset": forget it, and say so
    publish: "take"; "refuse" every third with 503; "take and refuse" every third, which a second try with its id mends; "take twice":
             the same, and the id is not looked at
    """

    def __init__(self, fault=None, every=50, on_resume="replay", publish="take"):
        self.fault, self.every, self.on_resume, self.publish = fault, every, on_resume, publish
        self.logs = {}  # channel: [(id, data), …]
        self.ids = set()
        self.sessions = set()
        self.deliveries = self.publishes = 0
        self.loop = asyncio.new_event_loop()

    def __enter__(self):
        started = threading.Event()
        self.thread = threading.Thread(target=self.serve, args=(started,), daemon=True)
        self.thread.start()
        started.wait()
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    def serve(self, started):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self.accept, "127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % server.sockets[0].getsockname()[1]
        pinging = self.loop.create_task(self.ping_all())
        started.set()
        self.loop.run_forever()
        pinging.cancel()
        for session in list(self.sessions):
            session.writer.transport.abort()
        server.close()
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())

    async def accept(self, reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                request, *lines = head.split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                method, target, _ = request.split()
                if method == "POST":
                    body = await reader.readexactly(int(headers["content-length"]))
                    status, answer = self.take_publish(json.loads(body))
                    text = json.dumps(answer).encode()
                    writer.write(b"HTTP/1.1 %d x\r\nContent-Length: %d\r\n\r\n" % (status, len(text)) + text)
                else:
                    await self.take_client(reader, writer, target, headers["sec-websocket-key"])
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.transport.abort()

    # -- publishing ----------------------------------------------------------------------------------------------------

    def take_publish(self, what):
        self.publishes += 1
        third = self.publishes % 3 == 0
        to = what["to"]
        channel = to["user"] if "user" in to else "group:" + to["group"] if "group" in to else "broadcast"
        refused = 503, {"error": {"code": "unavailable"}, "id": what["id"]}
        if third and self.publish == "refuse":
            return refused
        if what["id"] not in self.ids or self.publish == "take twice":
            self.ids.add(what["id"])
            log = self.logs.setdefault(channel, [])
            log.append((what["id"], what["data"]))
            for session in list(self.sessions):
                if channel in session.channels:
                    session.deliver(channel, len(log))
        if third and self.publish in ("take and refuse", "take twice"):
            return refused
        return 202, {"id": what["id"], "cursor": f"1.{len(self.logs[channel])}.x"}

    # -- clients -------------------------------------------------------------------------------------------------------

    async def take_client(self, reader, writer, target, key):
        query = urllib.parse.parse_qs(urllib.parse.urlparse(target).query)
        accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest())
        writer.write(b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        groups = query.get("groups", [""])[0]
        session = one_session(self, writer, query["user"][0], [g for g in groups.split(",") if g])
        session.greet(json.loads(query.get("resume", ["{}"])[0]))
        self.sessions.add(session)
        try:
            while await reader.read(4096):
                pass
        finally:
            self.sessions.discard(session)
            writer.transport.abort()

    async def ping_all(self):
        while True:
            await asyncio.sleep(PING_MS / 1000)
            for session in list(self.sessions):
                session.send_frame(9, b"")


class one_session:
    def __init__(self, node, writer, user, groups):
        self.node, self.writer = node, writer
        self.channels = {user: "user", "broadcast": "broadcast", **{f"group:{g}": f"group:{g}" for g in groups}}
        self.user, self.held, self.silent = user, None, False

    def greet(self, resume):
        position = {channel: len(self.node.logs.get(channel, [])) for channel in self.channels}
        said = {}
        for channel, name in self.channels.items():
            said[name] = {"cursor": f"1.{position[channel]}.x", "live": True}
            if name in resume:
                said[name]["recovered"] = self.node.on_resume != "reset"
        if self.node.on_resume == "replay":
            for name, cursor in resume.items():
                said[name]["cursor"] = cursor
        self.send({"type": "welcome", "user": self.user, "ping_ms": PING_MS, "channels": said})
        for channel, name in self.channels.items():
            if name not in resume:
                continue
            if self.node.on_resume == "reset":
                self.send({"type": "reset", "channel": name, "cursor": f"1.{position[channel]}.x"})
            elif self.node.on_resume == "replay":
                for n in range(int(resume[name].split(".")[1]), position[channel]):
                    self.notify(channel, n + 1)

    def notify(self, channel, n, data=None):
        id, published = self.node.logs[channel][n - 1]
        self.send({"type": "notification", "channel": self.channels.get(channel, "user"), "cursor": f"1.{n}.x", "id": id,
                   "time": "x", "data": data or published})

    def deliver(self, channel, n):
        self.node.deliveries += 1
        fault = self.node.fault if self.node.deliveries % self.node.every == 0 else None
        if self.held:
            self.notify(channel, n)
            held, self.held = self.held, None
            self.notify(*held)
        elif fault == "swap":
            self.held = channel, n
            # With nothing after it, it would be lost instead.
            asyncio.get_running_loop().call_later(0.5, self.let_go, self.held)
        elif fault == "drop":
            return
        elif fault == "cut":
            self.writer.transport.abort()
        elif fault == "silence":
            self.silent = True
        elif fault == "alter":
            self.notify(channel, n, {**self.node.logs[channel][n - 1][1], "pad": "?"})
        else:
            self.notify(channel, n)
            if fault == "double":
                self.notify(channel, n)
            if fault == "misroute" and channel == self.user:
                other = next(s for s in self.node.sessions if s.user != self.user)
                other.notify(channel, n)

    def let_go(self, held):
        if self.held is held:
            self.held = None
            self.notify(*held)

    def send(self, message):
        self.send_frame(1, json.dumps(message, separators=(",", ":")).encode())

    def send_frame(self, opcode, payload):
        if self.silent or self.writer.transport.is_closing():
            return
        length = struct.pack(">BH", 126, len(payload)) if len(payload) > 125 else struct.pack(">B", len(payload))
        self.writer.write(bytes([0x80 | opcode]) + length + payload)
