"""How gunicorn serves the portal: `gunicorn --config python:skills_portal.gunicorn_settings`."""

import os
import tempfile

wsgi_app = "skills_portal.wsgi"
worker_class = "gthread"
workers = 3
threads = 4
graceful_timeout = 20
# A worker that grew is replaced, not all at once.
max_requests = 2000
max_requests_jitter = 200
control_socket_disable = True
if os.path.isdir("/dev/shm"):  # noqa: S108 - gunicorn makes its own file there
    worker_tmp_dir = "/dev/shm"  # noqa: S108

# The web processes add up their counts in files here. The library looks when it is imported.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="portal-metrics-"))


def child_exit(server, worker):
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)
