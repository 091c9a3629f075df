"""Generate a population for measuring."""

import datetime
import time

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Unit, User
from skills_portal.population.load import load_population


class Command(BaseCommand):
    help = (
        "Fill the database with invented people in departments of the Civil Service's real "
        "proportions: units, posts, self-assessments, reviews and learning of three years. For "
        "measuring, never beside real people: refused where there is anybody already."
    )

    def add_arguments(self, parser):
        parser.add_argument("--people", type=int, required=True, help="how many are in post")
        parser.add_argument("--seed", type=int, default=1, help="another population of its kind")
        parser.add_argument(
            "--until",
            type=datetime.date.fromisoformat,
            default=None,
            help="the day on which the history ends, as YYYY-MM-DD (default: today)",
        )
        parser.add_argument(
            "--password",
            default=None,
            help="lets the holders of grants sign in with it (default: nobody can sign in)",
        )
        parser.add_argument(
            "--beside-others",
            action="store_true",
            help="go ahead although there are people; the tables are locked meanwhile",
        )

    def handle(self, *, people, seed, until, password, beside_others, **options):
        if not 1 <= people <= 2_000_000:
            raise CommandError("Give --people a number from 1 to 2000000.")
        if seed < 0:
            raise CommandError("Give --seed a number from 0 up.")
        if not beside_others and (User.objects.exists() or Unit.objects.exists()):
            raise CommandError(
                "There are people or units already, and invented ones beside real ones would "
                "falsify every report. Give an empty database, or --beside-others if you are sure."
            )
        if Unit.objects.filter(slug__in=["dwp", "hmrc", "ho"]).exists():
            raise CommandError("A population has been generated here already.")
        started = time.monotonic()

        def tell(text):
            self.stdout.write(f"{time.monotonic() - started:7.1f} s  {text}")
            self.stdout.flush()

        until = until or timezone.localdate()
        load_population(count=people, seed=seed, until=until, password=password, tell=tell)
