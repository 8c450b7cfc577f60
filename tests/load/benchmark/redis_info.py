"""What a Redis says about its work."""
import socket


class redis_info:
    """Asks INFO on a connection of its own."""

    def __init__(self, address):
        host, port = address.split(":")
        self._socket = socket.create_connection((host, int(port)))
        self._answers = self._socket.makefile("rb")

    def read(self):
        """Commands done, the rate that Redis itself says, and CPU time, all since it started."""
        self._socket.sendall(b"INFO\r\n")
        length = int(self._answers.readline()[1:])
        text = self._answers.read(length + 2).decode()
        said = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
        return {"commands": int(said["total_commands_processed"]), "ops_a_second": int(said["instantaneous_ops_per_sec"]),
                "cpu_seconds": float(said["used_cpu_sys"]) + float(said["used_cpu_user"])}
