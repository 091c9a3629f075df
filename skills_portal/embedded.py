"""Run the portal on one machine with nothing installed and nothing set.

`python -m skills_portal.embedded <command> ...` is `manage.py <command> ...` in an environment
where every setting that is missing gets a value that works here: SQLite, a secret key, e-mails
as files, all in one data folder (PORTAL_DATA, `var` when it is not set), and a broker behind a
Unix socket. What is set already is kept, so `DATABASE_URL=postgres://... ./portal run` uses
that database.
"""

import hashlib
import os
import secrets
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

from skills_portal import broker

CHECKOUT = Path(__file__).resolve().parent.parent


def kept_secret(path, length):
    """The secret in the file; made, and readable by its owner only, when there is none yet."""
    text = path.read_text(encoding="utf-8").strip() if path.exists() else ""
    if len(text) < length:
        text = secrets.token_urlsafe(length)[:length]
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text + "\n")
    return text


def socket_folder(data):
    """A folder of our own for the broker's socket, always the same for one data folder.

    Not in the data folder itself: a socket's path is limited to about 100 characters, and some
    shared folders hold no sockets.
    """
    name = hashlib.sha256(str(data).encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"portal-{os.getuid()}-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    facts = folder.lstat()
    if folder.is_symlink() or facts.st_uid != os.getuid() or facts.st_mode & 0o077:
        raise PermissionError(13, f"{folder} belongs to somebody else")
    return folder


def environment(data, given):
    """Every variable that is not among the `given` ones, for a run that keeps its data there."""
    data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=data):
        pass  # it can be written
    made = {
        "SECRET_KEY": kept_secret(data / "secret-key", 60),
        "DATABASE_URL": f"sqlite:///{quote(str(data / 'portal.sqlite3'))}",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "HTTPS": "false",
        "SECOND_FACTOR_FOR_GRANTS": "false",
        "STATIC_ROOT": str(data / "static"),
        "EMAIL_FILE_PATH": str(data / "mail"),
        "LOG_LEVEL": "WARNING",
    }
    if not given.get("REDIS_URL"):
        socket = socket_folder(data) / "broker.sock"
        made |= {"REDIS_URL": broker.url(socket), "PORTAL_BROKER": str(socket)}
    return {name: value for name, value in made.items() if not given.get(name)}


def main(argv):
    data = Path(os.environ.get("PORTAL_DATA") or CHECKOUT / "var").absolute()
    os.environ["PORTAL_DATA"] = str(data)
    os.environ.pop("PORTAL_BROKER", None)
    try:
        os.environ.update(environment(data, os.environ))
    except OSError as error:
        sys.exit(f"The folder {data} cannot be used: {error.strerror}. Name another with --data.")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skills_portal.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["./portal manage", *argv])


if __name__ == "__main__":
    main(sys.argv[1:])
