"""The environment the tests run in, set before Django reads its settings.

Loaded as a pytest plugin (`-p tests.environment` in pyproject.toml). DATABASE_URL chooses the
database: `./portal test` runs the suite on SQLite and again on PostgreSQL.
"""

import atexit
import os
import shutil
import tempfile

_here = tempfile.mkdtemp(prefix="portal-tests-")
atexit.register(shutil.rmtree, _here, ignore_errors=True)
os.mkdir(f"{_here}/static")

for name, value in {
    "DJANGO_SETTINGS_MODULE": "skills_portal.settings",
    "SECRET_KEY": "tests-only-" + "k" * 50,
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "HTTPS": "false",
    # Tests about other things sign people in without one; test_second_factor.py turns it on.
    "SECOND_FACTOR_FOR_GRANTS": "false",
    "DATABASE_URL": f"sqlite:///{_here}/portal.sqlite3",
    # Nothing listens there: a test that wants a broker starts one.
    "REDIS_URL": f"redis+socket://{_here}/no-broker.sock",
    "STATIC_ROOT": f"{_here}/static",
    "SITE_URL": "http://testserver",
}.items():
    os.environ.setdefault(name, value)
