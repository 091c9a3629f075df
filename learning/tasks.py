"""Background work on learning. Safe to repeat and to miss: the next sweep or night makes it good.

A task takes a key or nothing and calls one function.
"""

from celery import shared_task
from celery.signals import worker_ready

from accounts.publishing import publish
from learning import expand
from learning.models import Assignment
from learning.outcomes import count_outcomes
from learning.progress import count_progress
from learning.reminders import remind_of_due_assignments
from learning.services.resources import refresh_skill_names


@shared_task
def refresh_catalogue():
    """Names of skills, which releases may have changed, and how resources worked."""
    refresh_skill_names()
    count_outcomes()


# --- Assignments -----------------------------------------------------------------------------


@shared_task
def expand_assignment(assignment_id):
    expand.expand_assignment(assignment_id)


@shared_task
def sweep_assignments():
    """Send every assignment with work that nobody does again; fail those without attempts left.

    Safe to run at any time and any number of times, so lost messages and killed workers heal.
    """
    expand.fail_exhausted_assignments()
    waiting = Assignment.objects.without_worker().with_attempts_left()
    for assignment_id in waiting.order_by("pk").values_list("pk", flat=True):
        publish(expand_assignment, assignment_id)


@worker_ready.connect
def sweep_assignments_when_a_worker_starts(**_):
    """Recovery does not wait for beat, which may be the program that died."""
    publish(sweep_assignments)


@shared_task
def offer_open_assignments_to_newcomers():
    """Go once more through the people of open assignments that are offered later too."""
    expand.requeue_for_newcomers()
    sweep_assignments()


@shared_task
def remind_of_assignments():
    remind_of_due_assignments()


@shared_task
def count_assignment_progress():
    count_progress()
