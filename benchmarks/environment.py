"""Django for a benchmark: the settings of the tests, on the database in DATABASE_URL."""

import logging
import os

import django


def set_up():
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    os.environ.setdefault("REDIS_URL", "memory://")  # messages are sent and nobody listens
    import tests.environment  # noqa: F401 - settings for whatever is not set

    django.setup()
    from django.conf import settings

    # Plain static files: collecting them is not what is measured.
    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"
    )
    settings.ROOT_URLCONF = "benchmarks.urls"
    logging.getLogger("django.request").setLevel(logging.ERROR)
