"""Starts and ends the processes that a measurement needs: Redis, a floor, herald, the load tool.

Each runs in its own `process`, writes to a log of its own in a temporary folder, and is ended by its id. Everything listens on
127.0.0.1 only.
"""
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

REDIS_SETTINGS = """
bind 127.0.0.1
port {port}
dir {folder}
save ""
appendonly no
# A burst is published faster than a floor can send it on: what waits for the subscriber may grow, or Redis would hang up on it.
client-output-buffer-limit pubsub 0 0 0
"""


class failure(Exception):
    """Something could not be started or carried out; the text is for people."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def pinned(command, cpu):
    """The command, bound to one CPU (None: to none)."""
    return command if cpu is None else ["taskset", "-c", str(cpu), *command]


class process:
    """A running program. Ends with its `with` block: SIGINT, at which a herald does not drain as long as at SIGTERM; and SIGKILL after 10 s."""

    def __init__(self, name, command, folder, cpu=None):
        self.name = name
        self.log_path = os.path.join(folder, f"{name}.{time.monotonic_ns()}.log")
        with open(self.log_path, "wb") as log:
            self.child = subprocess.Popen(pinned(command, cpu), stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    pid = property(lambda self: self.child.pid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGINT)
            try:
                self.child.wait(10)
            except subprocess.TimeoutExpired:
                self.child.kill()
        self.child.wait()

    def log(self):
        with open(self.log_path, errors="replace") as log:
            return log.read()

    def wait_until(self, ready, seconds=20):
        """Asks `ready()` until it returns something true, and returns that. Else ends the process and raises a `failure`."""
        try:
            return self._wait_until(ready, seconds)
        except BaseException:
            self.__exit__()
            raise

    def _wait_until(self, ready, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.child.poll() is not None:
                raise failure(f"{self.name} ended with {self.child.returncode}:\n{self.log()[-2000:]}")
            found = ready()
            if found:
                return found
            time.sleep(0.02)
        raise failure(f"{self.name} was not ready within {seconds} s:\n{self.log()[-2000:]}")


def start_redis(folder, cpu=None):
    """A Redis of our own on a free port. Returns the process, with its `address`."""
    port = free_port()
    settings = os.path.join(folder, f"redis.{port}.conf")
    with open(settings, "w") as out:
        out.write(REDIS_SETTINGS.format(port=port, folder=folder))
    redis = process("redis-server", ["redis-server", settings], folder, cpu)
    redis.address = f"127.0.0.1:{port}"
    redis.wait_until(lambda: answers_ping(port))
    return redis


def answers_ping(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def start_floor(path, redis, folder, flags=(), cpu=None):
    """A floor on a port that it chooses. Returns the process, with its `address`."""
    command = [path, "--listen", "127.0.0.1:0", "--redis", redis.address, *flags]
    floor = process("herald-floor", command, folder, cpu)
    floor.address = floor.wait_until(lambda: listening_address(floor.log()))
    return floor


def listening_address(log):
    for line in log.splitlines():
        if line.startswith("listening "):
            return line.split()[1]
    return None


def start_herald(path, redis, folder, cpu=None, flags=()):
    """herald with one shard, ready to serve. Returns the process, with its `address`."""
    port, admin = free_port(), free_port()
    command = [path, "--shards", "1", "--redis", f"redis://{redis.address}", "--redis-mode", "channel",
               "--listen", f"127.0.0.1:{port}", "--admin-listen", f"127.0.0.1:{admin}", "--log-level", "warn", *flags]
    herald = process("herald", command, folder, cpu)
    herald.address = f"127.0.0.1:{port}"
    herald.wait_until(lambda: answers_ready(admin))
    return herald


def answers_ready(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return answer.status == 200
    except (OSError, urllib.error.URLError):
        return False


def run_load(path, flags, folder, cpu=None):
    """Runs the load tool to its end. Returns its exit code, what it wrote as JSON (None: nothing) and what it printed."""
    result = os.path.join(folder, f"result.{time.monotonic_ns()}.json")
    done = subprocess.run(pinned([path, *flags, "--quiet", "--json", result], cpu), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    found = None
    if os.path.exists(result):
        with open(result) as file:
            found = json.load(file)
    return done.returncode, found, done.stdout
