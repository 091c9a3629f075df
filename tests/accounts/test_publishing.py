"""Sending a message never costs the person anything, whatever the broker does."""

import pytest

from accounts import tasks
from accounts.publishing import publish_on_commit


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [ConnectionRefusedError, RuntimeError])
def test_no_error_while_publishing_reaches_the_caller(error, monkeypatch):
    def refuse(*args, **kwargs):
        raise error("no")

    monkeypatch.setattr(tasks.send_notice, "apply_async", refuse)
    publish_on_commit(tasks.send_notice, 1)
