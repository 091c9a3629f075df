"""The Celery application. Tasks live in each room's `tasks.py`."""

import os

from celery import Celery, bootsteps
from kombu.transport import redis, virtual

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skills_portal.settings")

app = Celery("skills_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


class ForgivingQoS(redis.QoS):
    """Frees a worker's place for the next message even when Redis does not take the receipt.

    kombu keeps the place, and a worker whose Redis hung for two seconds at the wrong moment never
    takes a message again (https://github.com/celery/celery/issues/2415). Redis delivers the
    message once more after an hour, which is harmless: the row knows that the work is done.
    """

    def ack(self, delivery_tag):
        try:
            super().ack(delivery_tag)
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise


redis.Channel.QoS = ForgivingQoS


class LooksForLostWork(bootsteps.StartStopStep):
    """Has every worker send for the sweeps, whatever has become of beat. Criterion R2."""

    requires = {"celery.worker.components:Timer"}
    entry = None

    def start(self, worker):
        from django.conf import settings

        self.entry = worker.timer.call_repeatedly(settings.SWEEP_SECONDS, send_for_sweeps)

    def stop(self, worker):
        if self.entry is not None:
            self.entry.cancel()


def send_for_sweeps():
    from accounts.publishing import publish
    from learning.tasks import sweep_assignments
    from reports.tasks import sweep_gap_reports

    publish(sweep_gap_reports)
    publish(sweep_assignments)


app.steps["worker"].add(LooksForLostWork)
