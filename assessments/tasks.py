"""Background work on self-assessments and reviews. A task calls one function."""

from celery import shared_task

from assessments.services import reminders, reviews


@shared_task
def tell_of_reviews_left_behind():
    reviews.tell_of_reviews_left_behind()


@shared_task
def remind_of_stale_ratings():
    reminders.remind_of_stale_ratings()
