"""What the portal's Celery application mends."""

import pytest
from kombu.transport import redis
from redis.exceptions import TimeoutError as RedisTimeoutError

from skills_portal.celery import ForgivingQoS, LooksForLostWork, app


class HangingChannel:
    """A channel whose Redis answers nothing."""

    def conn_or_acquire(self, *_):
        raise RedisTimeoutError("Timeout reading from socket")


@pytest.mark.parametrize(("kind", "is_free"), [(redis.QoS, False), (ForgivingQoS, True)])
def test_a_receipt_that_redis_does_not_take_frees_the_place_for_the_next_message(kind, is_free):
    places = kind(HangingChannel(), prefetch_count=1)
    places._on_collect.cancel()
    places._quick_append("tag", "message")
    assert not places.can_consume()
    with pytest.raises(RedisTimeoutError):
        places.ack("tag")
    # Should kombu's own become free one day, ours can go.
    assert places.can_consume() is is_free


def test_workers_use_it_and_look_for_lost_work():
    assert redis.Channel.QoS is ForgivingQoS
    assert LooksForLostWork in app.steps["worker"]
