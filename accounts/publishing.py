"""Sending messages to the workers."""

import logging

from django.db import transaction
from kombu.exceptions import KombuError, OperationalError

logger = logging.getLogger(__name__)

# A message nobody took in this time is worth nothing: the sweep has sent another.
EXPIRES_SECONDS = 10 * 60


def publish_on_commit(task, *args):
    """Tell the workers, once the row that the message hints at is committed.

    The row is the truth and a sweep finds it again, so a broker that is down is written to the
    log and costs the user nothing.
    """

    def send():  # a function with a name: Django prints it when it logs what a robust one raised
        publish(task, *args)

    transaction.on_commit(send, robust=True)


def publish(task, *args):
    """Send the message now; True when the broker took it, never an exception from the broker."""
    try:
        task.apply_async(args, expires=EXPIRES_SECONDS)
    except (KombuError, OperationalError, OSError) as error:
        logger.warning("The broker did not take %s: %s", task.name, type(error).__name__)
        return False
    return True
