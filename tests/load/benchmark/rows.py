"""What is measured (scenarios) and what is read from it (rows, with their targets)."""
from dataclasses import dataclass
from typing import Callable, Optional

OUTBOX_MESSAGES = 10_000  # herald's default limit: a burst must stay well below it in messages a session
OUTBOX_BYTES = 1 << 20
FRAME_OVERHEAD_BYTES = 160  # of a notification around its data, head of the frame included


@dataclass(frozen=True)
class scenario:
    """One run of the load tool against a fresh server."""
    key: str
    title: str
    flags: Callable[["size"], list]


@dataclass(frozen=True)
class size:
    """How much is sent. Bursts are counted, so that what waits for one session is bounded whatever the server does."""
    connections: int
    payload_bytes: int
    broadcasts: int      # in the broadcast burst: each session gets all of them
    unicasts: int        # in the unicast burst: spread over all users at random
    seconds: int         # of the runs at a rate

    def waits_for_a_session(self):
        """The most messages that one session can have to wait for."""
        return max(self.broadcasts, 2 * self.unicasts // self.connections)

    def problem(self):
        """Why a server with default limits would have to drop some, or nothing."""
        messages = self.waits_for_a_session()
        if messages > OUTBOX_MESSAGES / 2 or messages * (self.payload_bytes + FRAME_OVERHEAD_BYTES) > OUTBOX_BYTES / 2:
            return f"a burst of {messages} messages a session of {self.payload_bytes} bytes would fill an outbox of default size"
        return None


def size_of(quick, connections, payload_bytes):
    if quick:
        return size(connections or 1_000, payload_bytes, broadcasts=500, unicasts=100_000, seconds=5)
    return size(connections or 10_000, payload_bytes, broadcasts=200, unicasts=300_000, seconds=15)


SCENARIOS = (
    scenario("idle", "connects and idle connections", lambda s: ["--mode", "idle", "--duration", "2s"]),
    scenario("broadcast-burst", "broadcasts in a burst", lambda s: ["--mode", "broadcast", "--count", str(s.broadcasts)]),
    scenario("unicast-burst", "unicasts in a burst", lambda s: ["--mode", "unicast", "--count", str(s.unicasts)]),
    scenario("broadcast-rate", "2 broadcasts a second",
             lambda s: ["--mode", "broadcast", "--rate", "2", "--duration", f"{s.seconds}s"]),
    scenario("unicast-rate", "2,000 unicasts a second",
             lambda s: ["--mode", "unicast", "--rate", "2000", "--duration", f"{s.seconds}s"]),
)


@dataclass(frozen=True)
class row:
    """One line of the table. The target is a ratio to the plain floor in the same run, or a value."""
    scenario: str
    title: str
    unit: str
    read: Callable[[dict], float]
    higher_is_better: bool
    target: float
    is_ratio: bool

    def judged(self, ratio: Optional[float], value: Optional[float]):
        return ratio if self.is_ratio else value

    def within(self, ratio, value, slack=1.0):
        """Whether the target is met, or missed by no more than the factor `slack`. None: not measured."""
        found = self.judged(ratio, value)
        if found is None:
            return None
        return found >= self.target / slack if self.higher_is_better else found <= self.target * slack

    def target_text(self):
        sign = "≥" if self.higher_is_better else "≤"
        return f"{sign} {self.target:g} × plain" if self.is_ratio else f"{sign} {self.target:,.0f} {self.unit}"


def _delivery(name):
    return lambda result: result["deliveries"][name]


def _connect(name):
    return lambda result: result["connect"][name]


ROWS = (
    row("broadcast-burst", "broadcast burst: deliveries", "/s", _delivery("per_second"), True, 12, True),
    row("broadcast-burst", "broadcast burst: CPU a delivery", "µs", _delivery("cpu_us_per_delivery"), False, 0.1, True),
    row("unicast-burst", "unicast burst: deliveries", "/s", _delivery("per_second"), True, 1.8, True),
    row("unicast-burst", "unicast burst: CPU a delivery", "µs", _delivery("cpu_us_per_delivery"), False, 0.5, True),
    row("broadcast-rate", "broadcast 2/s: CPU a delivery", "µs", _delivery("cpu_us_per_delivery"), False, 1.2, True),
    row("broadcast-rate", "broadcast 2/s: p99", "ms", lambda result: result["latency_ms"]["p99"], False, 1.15, True),
    row("unicast-rate", "unicast 2,000/s: CPU a delivery", "µs", _delivery("cpu_us_per_delivery"), False, 1.3, True),
    row("idle", "memory of an idle connection", "B", _connect("bytes_per_connection"), False, 6 * 1024, False),
    row("idle", "connects at once: time", "s", _connect("seconds"), False, 1.3, True),
    row("idle", "connects at once: CPU a connect", "µs", _connect("cpu_us_per_connect"), False, 50, False),
)
