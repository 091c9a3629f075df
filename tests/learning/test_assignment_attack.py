"""Nobody's rating follows from the figures of assignments, and would without any one rule."""

import datetime
import random
import re
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.models import Skill
from learning import disclosure, expand
from learning.models import Assignment, CountedAnswer
from learning.progress import count_progress, most_known
from learning.services import assignments as services
from tests import factories
from tests.learning.attack import World, attack, figure, random_world, watch

SERIES = range(150)


def exposures(world, figures):
    """What an outsider learns, who knows their own answer, and each line manager, who does too."""
    found = attack(figures, world.truth)
    for manager in world.managers():
        own = next(person for person in world.people if person.manager != manager)
        found |= attack(figures, world.truth, world.known_to(manager) | {own.answer})
    return found


@pytest.mark.slow
def test_no_series_of_assignments_exposes_anybody():
    shown = 0
    for seed in SERIES:
        world = random_world(seed)
        figures = watch(world, days=8)
        shown += sum(len(one.possible) == disclosure.WIDTH for one in figures)
        assert exposures(world, figures) == set(), f"series {seed}"
    # The attacker had something to work on.
    assert shown >= len(SERIES) / 4


@pytest.mark.parametrize("rule", ["once", "margin"])
def test_without_a_rule_some_series_exposes_somebody(rule):
    for seed in SERIES:
        world = random_world(seed, **{rule: False})
        if attack(watch(world, days=8), world.truth):
            return
    pytest.fail("The rule makes no difference.")


# --- Known ways, one by one -------------------------------------------------------------------


def world_of(below, others, **rules):
    """One unit with a line manager for each person, so that nobody knows a team."""
    world = World(None, **rules)
    for number in range(below + others):
        world.join("d/", "x", manager=number, is_below=number < below)
    return world


@pytest.mark.parametrize("is_below", [True, False])
def test_setting_the_same_again_after_somebody_joined(is_below):
    for once in (True, False):
        world = world_of(14 if is_below else 15, 40, once=once)
        figures = [world.assign("d/")]
        # The newcomer takes the count over the edge of a band, or not: known either way at one of
        # the edges. Here somebody known to be below leaves, so that it can fall as well.
        if not is_below:
            world.people.pop(0)
        newcomer = world.join("d/", "x", manager=99, is_below=is_below)
        figures.append(world.assign("d/"))
        found = attack(figures, world.truth, {0})
        exposed = {answer for one in found if one.is_certain for answer in one.answers}
        assert (newcomer.answer in exposed) is not once


def test_one_role_less_is_one_person():
    for once in (True, False):
        world = world_of(14, 40, once=once)
        single = world.join("d/", "y", manager=99, is_below=True)
        figures = [world.assign("d/"), world.assign("d/", "x")]
        found = attack(figures, world.truth)
        assert any(single.answer in one.answers for one in found) is not once


def test_a_new_rating_of_one_person():
    for once in (True, False):
        world = world_of(14, 40, once=once)
        figures = [world.assign("d/")]
        world.answer_anew(world.people[20], is_below=True)
        figures.append(world.assign("d/"))
        found = attack(figures, world.truth)
        exposed = {answer for one in found if one.is_certain for answer in one.answers}
        assert (world.people[20].answer in exposed) is not once


def test_a_line_manager_who_subtracts_the_own_team():
    for dominance in (True, False):
        world = World(None, dominance=dominance)
        for number in range(60):
            world.join("d/", "x", manager=0 if number < 14 else number, is_below=number < 14)
        figures = [world.assign("d/")]
        found = attack(figures, world.truth, world.known_to(0))
        assert any(one.is_certain for one in found) is not dominance


def test_everybody_below_target():
    for margin in (True, False):
        world = world_of(40, 0, margin=margin)
        found = attack([world.assign("d/")], world.truth)
        assert any(one.is_certain for one in found) is not margin


def test_one_answer_a_day():
    """Whoever sees a colleague at the course learns that they were asked, if the count moves."""
    for freeze in (True, False):
        minimum = 10
        done = {("before", n): n < 14 for n in range(60)}
        truth = done | {("after", 20): True}
        answers = set(done)

        def rule(count):
            states = disclosure.Answers(60 - count, 0, 0, count)
            nobody = disclosure.Answers(0, 0, 0, 0)
            shown = disclosure.shown_answers(states, named=nobody, asked=60, minimum=10)
            return shown.done

        figures = [figure(answers, truth, rule)]
        if not freeze or disclosure.may_be_counted_anew(1, minimum=minimum):
            figures.append(figure(answers - {("before", 20)} | {("after", 20)}, truth, rule))
        found = attack(figures, truth, {("before", 20)})
        assert any(one.answers == {("after", 20)} for one in found) is not freeze


def test_names_of_everybody_who_was_asked():
    """Where all who were asked are named, the others are known not to have been."""
    world = world_of(24, 60, dominance=False)
    shown = world.assign("d/")
    asked = sorted(answer for answer, is_below in world.truth.items() if is_below)
    most = disclosure.most_names(disclosure.Band(20), minimum=world.minimum)
    for names in (asked[:most], asked):
        found = attack([shown], world.truth, set(names))
        assert any(one.is_certain for one in found) is (len(names) == len(asked))


# --- On the pages -----------------------------------------------------------------------------


@pytest.fixture
def release(db):
    return factories.release()


@pytest.fixture
def skill(release):
    return Skill.objects.get(versions__release=release, versions__name="Agile working")


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_pages_on_successive_days_show_no_more_than_the_attacker_was_tried_on(
    client, ambassador, department, digital, operations, release, skill, settings, seed
):
    """An ambassador who manages a team sets and withdraws one assignment after the other."""
    settings.REPORT_MINIMUM_COUNT = 5
    rng, level = random.Random(seed), factories.role_level_of(release)
    managers = [factories.person(unit=unit) for unit in (digital, operations) * 5]
    managers.append(ambassador)
    client.force_login(ambassador)

    def rate(person):
        below = rng.random() < 0.5
        factories.submitted(person, release, {"Agile working": 1 if below else 2})

    def join(manager):
        unit = digital if manager is ambassador else manager.current_post.unit
        person = factories.person(unit=unit, line_manager=manager)
        factories.chosen_role_level(person, level)
        if rng.random() < 0.8:
            rate(person)
        return person

    people = [join(manager) for manager in managers for _ in range(4)]
    figures, truth, seen_bands = [], {}, 0
    for place in (department, digital, department, operations, department):
        made = services.set_assignment(by=ambassador, form_key=uuid.uuid4(), **asked(place, skill))
        expand.expand_assignment(made.pk)
        count_progress()
        page = client.get(reverse("learning:assignment_figures", args=[made.pk])).text
        shown = re.search(r"(\d+) to (\d+) were asked", page)
        rows = CountedAnswer.objects.filter(assignment=made)
        offered = set(made.people.values_list("person", flat=True))
        answers = {(row.person_id, row.rating_id) for row in rows}
        truth |= {answer: answer[0] in offered for answer in answers}
        known = most_known(rows.values("person"))

        def rule(count, answers=answers, known=known):
            return disclosure.offered_band(count, counted=len(answers), known=known, minimum=5)

        figures.append(figure(answers, truth, rule))
        expected = rule(sum(truth[answer] for answer in answers))
        assert (shown and int(shown[1])) == (expected and expected.least)
        seen_bands += shown is not None
        assert "people were asked" not in page
        if rng.random() < 0.5:
            services.withdraw_assignment(assignment=made, by=ambassador)
        rate(rng.choice(people))
        people.append(join(rng.choice(managers)))
        people.pop(0).posts.update(ended_on=timezone.localdate())
    assert seen_bands
    assert attack(figures, truth) == set()
    for manager in {*managers}:
        theirs = set(manager.managed_posts.values_list("person", flat=True))
        known = {answer for answer in truth if answer[0] in theirs}
        assert attack(figures, truth, known) == set()


def asked(place, skill):
    """An assignment for people below target in the place."""
    return {
        "unit": place,
        "team_of": None,
        "role": None,
        "skill": skill,
        "resource": None,
        "audience": Assignment.Audience.BELOW_TARGET,
        "title": "A morning on retrospectives",
        "description": "",
        "link": "",
        "reason": "Our services need it.",
        "due_on": timezone.localdate() + datetime.timedelta(days=28),
        "offered_also_later": True,
    }
