"""No sequence of moves, cover, submissions, reviews and sharing shows anybody what the rules deny.

A simple model, written from the rules and not from the queries, is kept beside the database; after
each random step it says for each pair of a person and a self-assessment whether it may be seen.
"""

import datetime
import random
import uuid
from dataclasses import dataclass, field

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts import services as accounts_services
from accounts.cover import give_cover, withdraw_cover
from accounts.models import Cover, User
from assessments.models import DraftAnswer, Rating, Review, ReviewAnswer, SelfAssessment
from assessments.services import reviews, sharing
from assessments.services import self_assessments as services
from assessments.services.reviews import Said
from tests import factories

pytestmark = pytest.mark.django_db
STEPS = 50
# Many more where time is no matter: each goes another way.
SEQUENCES = 10
TODAY = datetime.date(2026, 3, 2)


@dataclass
class Model:
    """What the rules of who sees what depend on, by plain names and numbers."""

    manager: dict = field(default_factory=dict)
    without_post: set = field(default_factory=set)
    submitted: dict = field(default_factory=dict)  # self-assessment: (author, submitted to)
    shared: set = field(default_factory=set)  # (self-assessment, with whom)
    covers: list = field(default_factory=list)  # [manager, cover, first day, last day]
    finished: dict = field(default_factory=dict)  # rating: what was answered, oldest first

    def may_see(self, person, one, today):
        author, submitted_to = self.submitted[one]
        if person == author:
            return True
        manager = self.manager.get(author)
        if manager is None or not (submitted_to == manager or (one, manager) in self.shared):
            return False
        covers = person not in self.without_post and any(
            [manager, person] == names and first <= today <= last
            for *names, first, last in self.covers
        )
        return person == manager or covers


class World:
    """The same steps in the database and in the model."""

    def __init__(self, seed, monkeypatch):
        self.random = random.Random(seed)
        self.model = Model()
        self.today = TODAY
        monkeypatch.setattr(timezone, "localdate", self._localdate)
        self.release = factories.release(skills=("Agile working", "User focus"))
        self.role_level = factories.role_level_of(self.release)
        self.unit = factories.unit()
        self.people = [
            factories.person(unit=self.unit, started_on=TODAY - datetime.timedelta(days=400))
            for _ in range(4)
        ]
        self.ratings_seen = {}
        self.answers_seen = {}

        self.steps = [getattr(self, name) for name in sorted(dir(self)) if name.startswith("step_")]
        # The day moves seldom, or cover would have run out before anybody looked.
        chances = {self.step_tomorrow: 1, self.step_leave: 1, self.step_review: 6}
        self.chances = [chances.get(step, 2) for step in self.steps]
        for person in self.people[1:]:
            self.move(person, self.people[0])
            self.submit(person)

    def step(self):
        self.random.choices(self.steps, self.chances)[0]()

    def _localdate(self, value=None, timezone=None):
        return self.today if value is None else value.date()

    def pick(self, some):
        return self.random.choice(list(some))

    # --- Steps -------------------------------------------------------------------------------

    def step_tomorrow(self):
        self.today += datetime.timedelta(days=self.pick([1, 1, 3]))

    def step_move(self):
        self.move(self.pick(self.people), self.pick([*self.people, None]))

    def move(self, person, manager):
        try:
            accounts_services.start_post(
                person=person,
                unit=self.unit,
                grade=self.pick(["EO", "HEO"]),
                line_manager=manager,
                started_on=self.today,
            )
        except ValidationError:
            return
        self.model.manager[person.pk] = manager.pk if manager else None
        self.model.without_post.discard(person.pk)

    def step_leave(self):
        """Somebody's account is closed; a later move may bring them back."""
        person, by = self.random.sample(self.people, 2)
        try:
            accounts_services.close_account(
                person=person, last_day=self.today - datetime.timedelta(days=1), by=by
            )
        except ValidationError:  # the post began only today
            return
        self.model.manager[person.pk] = None
        self.model.without_post.add(person.pk)

    def step_submit(self):
        self.submit(self.pick(self.people))

    def submit(self, person):
        draft = services.start_self_assessment(person=person, role_level=self.role_level)
        skills = [one.skill for one in self.release.skill_versions.all()]
        for skill in self.random.sample(skills, self.pick([1, 2])):
            factories_answer(draft, skill, self.pick([0, 1, 2, 3]))
        manager = self.model.manager.get(person.pk)
        done = services.submit_self_assessment(
            self_assessment=draft,
            by=person,
            shown_manager=User.objects.get(pk=manager) if manager else None,
        )
        self.model.submitted[done.pk] = person.pk, manager

    def step_share(self):
        elsewhere = [
            (one, self.model.manager[author])
            for one, (author, submitted_to) in self.model.submitted.items()
            if self.model.manager.get(author) not in {submitted_to, None}
        ]
        if not elsewhere:
            return
        one, manager = self.pick(elsewhere)
        author = self.model.submitted[one][0]
        sharing.share_again(
            self_assessment=SelfAssessment(pk=one),
            by=User.objects.get(pk=author),
            shown_manager=User.objects.get(pk=manager),
        )
        self.model.shared.add((one, manager))

    def step_stop_sharing(self):
        if self.model.shared:
            one, _ = self.pick(self.model.shared)
            author = User.objects.get(pk=self.model.submitted[one][0])
            sharing.stop_sharing(self_assessment=SelfAssessment(pk=one), by=author)
            self.model.shared = {pair for pair in self.model.shared if pair[0] != one}

    def step_cover(self):
        managing = {pk for pk in self.model.manager.values() if pk}
        manager = self.pick([one for one in self.people if one.pk in managing] or self.people)
        cover = self.pick(self.people)
        first = self.today + datetime.timedelta(days=self.pick([0, 1]))
        last = first + datetime.timedelta(days=self.pick([0, 2]))
        try:
            give_cover(manager=manager, cover=cover, first_day=first, last_day=last, by=manager)
        except ValidationError:
            return
        facts = [manager.pk, cover.pk, first, last]
        if facts not in self.model.covers:
            self.model.covers.append(facts)

    def step_end_cover(self):
        standing = list(Cover.objects.filter(withdrawn_at=None).order_by("pk"))
        if standing:
            found = self.pick(standing)
            withdraw_cover(cover=found, by=found.manager)
            self.model.covers.remove(
                [found.manager_id, found.cover_id, found.starts_on, found.last_day]
            )

    def step_review(self):
        """Anybody tries to answer anything: it works for whom the model lets see it, and others."""
        by, one = self.pick(self.people), self.pick(self.model.submitted)
        allowed = [
            (person, submitted)  # where there is a rating in force to answer
            for submitted in Rating.objects.current().values_list("self_assessment", flat=True)
            for author in self.model.submitted[submitted][:1]
            for person in self.people
            if person.pk != author and self.model.may_see(person.pk, submitted, self.today)
        ]
        # Chance alone would seldom find them, and an answer that replaces another hardly ever.
        if allowed and self.pick([True, False]):
            by, one = self.pick(allowed)
        newest = Review.objects.finished().filter(self_assessment=one).order_by("-pk").first()
        ratings = list(Rating.objects.current().filter(self_assessment=one))
        said = {
            rating.pk: self.pick([Said(kind="agree"), Said(kind="evidence")]) for rating in ratings
        }
        may = self.model.may_see(by.pk, one, self.today) and by.pk != self.model.submitted[one][0]
        try:
            reviews.save_review(
                self_assessment=SelfAssessment(pk=one),
                by=by,
                after=newest.pk if newest else 0,
                said=said,
                finish=self.pick([True, False]),
                leave_rest=True,
            )
        except SelfAssessment.DoesNotExist:
            assert not may
        else:
            assert may

    def step_reply(self):
        answers = list(ReviewAnswer.objects.in_force().values_list("pk", "review__self_assessment"))
        if not answers:
            return
        by, (answer, one) = self.pick(self.people), self.pick(answers)
        try:
            reviews.reply_to_answer(
                answer=ReviewAnswer(pk=answer), by=by, text="Indeed", form_key=uuid.uuid4()
            )
        except ReviewAnswer.DoesNotExist:
            assert not self.model.may_see(by.pk, one, self.today)
        except ValidationError:
            pass
        else:
            assert self.model.may_see(by.pk, one, self.today)

    # --- What must hold ----------------------------------------------------------------------

    def check(self):
        self.check_sight()
        self.check_nothing_is_lost()

    def check_sight(self):
        looked_at_closely = self.random.sample(self.people, 2)
        drafts = dict(SelfAssessment.objects.drafts().values_list("pk", "person"))
        for person in self.people:
            wanted = {
                one
                for one in self.model.submitted
                if self.model.may_see(person.pk, one, self.today)
            }
            own_drafts = {pk for pk, author in drafts.items() if author == person.pk}
            seen = set(SelfAssessment.objects.visible_to(person).values_list("pk", flat=True))
            assert seen == wanted | own_drafts
            if person not in looked_at_closely:
                continue
            ratings = Rating.objects.visible_to(person)
            assert set(ratings.values_list("self_assessment", flat=True)) <= wanted
            answers = ReviewAnswer.objects.visible_to(person)
            assert set(answers.values_list("review__self_assessment", flat=True)) <= wanted
            for answer in answers.filter(fixed_at=None).select_related("rating", "review"):
                # Unfinished: only for whoever writes it now, never for whom it is about.
                author = answer.rating.person_id
                assert person.pk != author
                assert self.model.manager.get(author) == answer.review.line_manager_id
            assert set(
                SelfAssessment.objects.reviewable_by(person).values_list("pk", flat=True)
            ) == {one for one in wanted if self.model.submitted[one][0] != person.pk}

    def check_nothing_is_lost(self):
        """Ratings and finished answers are only ever added and closed, never changed."""
        for model, seen, closed in (
            (Rating.objects.all(), self.ratings_seen, "superseded_at"),
            (ReviewAnswer.objects.fixed(), self.answers_seen, "superseded_at"),
        ):
            rows = {row["id"]: row for row in model.values()}
            for pk, before in seen.items():
                after = rows[pk]
                open_until = before.pop(closed)
                assert open_until is None or after[closed] == open_until
                assert {**after, closed: None} == {**before, closed: None}
            seen.clear()
            seen.update(rows)


def factories_answer(draft, skill, level):
    """The draft's answer, given now whatever was carried over."""
    DraftAnswer.objects.update_or_create(
        self_assessment=draft, skill=skill, defaults={"level": level, "ask_again": ""}
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_no_sequence_of_steps_shows_what_the_rules_deny_or_loses_an_answer(seed, monkeypatch):
    world = World(seed, monkeypatch)
    for _ in range(STEPS):
        world.step()
        world.check()


def test_the_model_denies_what_it_should():
    """The model itself, by hand: it must not be as wrong as what it checks."""
    day = TODAY
    model = Model(manager={1: 2}, submitted={10: (1, 2), 11: (1, 3)})
    assert [model.may_see(person, 10, day) for person in (1, 2, 3, 4)] == [True, True, False, False]
    assert [model.may_see(person, 11, day) for person in (1, 2, 3, 4)] == [
        True,
        False,
        False,
        False,
    ]
    model.shared.add((11, 2))
    assert model.may_see(2, 11, day)
    model.covers.append([2, 4, day, day])
    assert model.may_see(4, 11, day)
    assert not model.may_see(4, 11, day + datetime.timedelta(days=1))
    model.without_post.add(4)
    assert not model.may_see(4, 11, day)
    model.manager[1] = 3
    assert [model.may_see(person, 10, day) for person in (1, 2, 3, 4)] == [
        True,
        False,
        False,
        False,
    ]
