"""The portal behind gunicorn with its production settings, and a client that costs little.

`with gunicorn() as address` starts it on a Unix socket, one process, with the bare page of
`benchmarks.urls`; `Asker(address, ...)` keeps a connection to it.
"""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time

from benchmarks.measure import HERE


def application(environ, start_response):
    """What gunicorn serves; Django is set up by the first request."""
    if "django" not in _made:
        from benchmarks import environment

        environment.set_up()
        from django.core.wsgi import get_wsgi_application

        _made["django"] = get_wsgi_application()
    return _made["django"](environ, start_response)


_made = {}


@contextlib.contextmanager
def gunicorn():
    with tempfile.TemporaryDirectory(prefix="portal-served-") as folder:
        address = f"{folder}/socket"
        argv = [
            *(sys.executable, "-m", "gunicorn", "--config=python:skills_portal.gunicorn_settings"),
            *("--workers=1", "--keep-alive=60", f"--bind=unix:{address}", "--log-level=warning"),
            "benchmarks.served:application",
        ]
        server = subprocess.Popen(argv, cwd=HERE, env={**os.environ, "PYTHONPATH": str(HERE)})
        try:
            deadline = time.monotonic() + 30
            while not answers(address):
                if server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("gunicorn did not start.")
                time.sleep(0.05)
            yield address
        finally:
            server.terminate()
            server.wait(30)


def answers(address):
    with socket.socket(socket.AF_UNIX) as one:
        return one.connect_ex(address) == 0


class Asker:
    """One browser's connection: keeps it open, sends its cookies, takes compressed answers."""

    def __init__(self, address, client):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(address)
        self.answers = self.socket.makefile("rb")
        cookies = "; ".join(f"{one.key}={one.value}" for one in client.cookies.values())
        self.headers = f"Host: testserver\r\nCookie: {cookies}\r\nAccept-Encoding: gzip\r\n"

    def ask(self, url, *, method="GET", body="", headers=""):
        """The body of the answer in bytes, as sent; RuntimeError unless it is a 200."""
        head = f"{method} {url} HTTP/1.1\r\n{self.headers}{headers}Content-Length: {len(body)}\r\n"
        self.socket.sendall(f"{head}\r\n{body}".encode())
        status = self.answers.readline().split(maxsplit=2)[1]
        length = 0
        while (line := self.answers.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        answer = self.answers.read(length)
        if status != b"200":
            raise RuntimeError(f"{url} answered {status.decode()}.")
        return answer
