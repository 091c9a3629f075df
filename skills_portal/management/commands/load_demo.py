"""Load the demo department."""

import datetime
import time

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Post, Unit
from assessments.models import Rating, SelfAssessment
from skills_portal.demo.load import load_demo


class Command(BaseCommand):
    help = (
        "Load the fictional Department for Harbours and Lights: about 1,200 people with three "
        "years of posts and self-assessments. Refused where there are units already."
    )

    def add_arguments(self, parser):
        parser.add_argument("--password", required=True, help="for the people to sign in as")
        parser.add_argument("--seed", type=int, default=1, help="another department of its kind")
        parser.add_argument(
            "--until",
            type=datetime.date.fromisoformat,
            default=None,
            help="the day on which the history ends, as YYYY-MM-DD (default: today)",
        )

    def handle(self, *, password, seed, until, **options):
        if Unit.objects.exists():
            raise CommandError(
                "There are units already. The demo is for an empty database: give another one."
            )
        started = time.monotonic()
        department = load_demo(password=password, seed=seed, until=until or timezone.localdate())
        seconds = time.monotonic() - started
        self.stdout.write(
            f"{department}: {Unit.objects.count()} units, "
            f"{Post.objects.current().count():,} people in post, "
            f"{SelfAssessment.objects.submitted().count():,} self-assessments, "
            f"{Rating.objects.count():,} ratings, in {seconds:.1f} s."
        )
