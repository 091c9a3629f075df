"""Drafts, publication and what the portal ships."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from assessments.framework_import import store
from assessments.models import (
    Framework,
    GradeRoleLevel,
    Release,
    Requirement,
    Role,
    RoleLevel,
    Skill,
    SkillVersion,
    Statement,
)
from assessments.services.frameworks import (
    DraftExists,
    Outcome,
    checked,
    discard_draft,
    draft_release,
    load_shipped_frameworks,
    publish_release,
)
from tests.assessments.framework_files import ORDER, ROLES, SMALL, edited, read_gdd, read_portal

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ALL_MODELS = [
    Framework, Release, Skill, SkillVersion, Statement, Role, RoleLevel, Requirement,
    GradeRoleLevel,
]  # fmt: skip
SECOND = edited(edited(SMALL, "choose a wick", "sell a wick"), 'label = "1"', 'label = "2"')


def rows():
    return {model.__name__: model.objects.count() for model in ALL_MODELS}


def draft(content=SMALL, by=None):
    return draft_release(checked(read_portal(content)), by=by).release


def published(content=SMALL, at=None):
    return publish_release(draft(content), by=None, at=at)


@pytest.mark.parametrize(
    "reading", [lambda: read_portal(), lambda: read_gdd(), lambda: read_gdd(order=ORDER)]
)
def test_a_draft_reads_back_as_it_was_written(reading):
    reading = checked(reading())
    release = draft_release(reading, by=None).release
    assert store.read_release(release) == reading.framework


@pytest.mark.parametrize("publish", [False, True])
@pytest.mark.parametrize("read", [read_portal, read_gdd])
def test_importing_twice_changes_nothing(read, publish):
    first = draft_release(checked(read()), by=None)
    if publish:
        publish_release(first.release, by=None)
    before = rows()
    again = draft_release(checked(read()), by=None)
    assert again.outcome is (Outcome.SAME_AS_CURRENT if publish else Outcome.SAME_AS_DRAFT)
    assert again.release == first.release
    assert rows() == before


def test_a_release_remembers_what_was_read_mended_and_by_whom(framework_editor):
    release = draft_release(checked(read_gdd()), by=framework_editor).release
    assert release.imported_by == framework_editor
    assert release.source == "skills.csv, roles.csv"
    assert release.label.startswith("Imported ")
    note = release.notes.get(column="Role Level", text__contains="stray spaces")
    assert (note.file, note.line) == ("roles.csv", 33)


def test_grades_reach_everyone_at_them():
    release = published()
    assert sorted(release.grade_role_levels.values_list("grade", flat=True)) == ["AO", "EO"]


def test_skills_and_roles_keep_their_identity_from_release_to_release():
    published()
    skill, level = Skill.objects.get(), RoleLevel.objects.get()
    second = published(SECOND)
    assert Skill.objects.get() == skill
    assert RoleLevel.objects.get() == level
    assert [change.detail for change in second.changes.all()] == [
        "Keeper: statements 1 new and 1 gone"
    ]


def test_publishing_supersedes_the_release_before_and_leaves_its_texts():
    first = published(at=timezone.now() - datetime.timedelta(days=30))
    before = store.read_release(first)
    second = published(SECOND)
    first.refresh_from_db()
    assert first.superseded_at == second.published_at
    assert store.read_release(first) == before
    assert list(Release.objects.current()) == [second]
    assert list(Release.objects.as_at(first.published_at)) == [first]


def test_the_framework_shows_the_attribution_of_the_release_in_force():
    published()
    release = draft(edited(SECOND, "for the tests", "for the second time"))
    assert Framework.objects.get().attribution == "Written for the tests."
    publish_release(release, by=None)
    assert Framework.objects.get().attribution == "Written for the second time."


def test_a_second_draft_is_refused_and_names_the_first():
    first = draft()
    with pytest.raises(DraftExists, match="Publish or discard it") as refused:
        draft(SECOND)
    assert refused.value.release == first


def test_importing_what_is_in_force_says_so_beside_a_draft():
    release = published()
    draft(SECOND)
    again = draft_release(checked(read_portal()), by=None)
    assert (again.outcome, again.release) == (Outcome.SAME_AS_CURRENT, release)


def test_another_scale_is_refused():
    published()
    with pytest.raises(ValidationError, match="scale of a framework cannot change"):
        draft(edited(SECOND, '"Master"', '"Doctor"'))
    assert Release.objects.count() == 1


def test_a_label_in_use_is_numbered():
    published()
    assert draft(edited(SMALL, "choose a wick", "sell a wick")).label == "1 (2)"


def test_a_release_is_published_once():
    release = draft()
    publish_release(release, by=None)
    with pytest.raises(ValidationError, match="published already"):
        publish_release(release, by=None)


def test_a_discarded_draft_cannot_be_published():
    release = draft()
    discard_draft(release, by=None)
    with pytest.raises(ValidationError, match="discarded"):
        publish_release(release, by=None)


def test_a_release_is_not_published_in_the_future_nor_before_the_one_it_replaces():
    now = timezone.now()
    with pytest.raises(ValidationError, match="future"):
        published(at=now + datetime.timedelta(hours=1))
    Release.objects.all().delete()
    published(at=now - datetime.timedelta(days=1))
    with pytest.raises(ValidationError, match="after the one it takes the place of"):
        published(SECOND, at=now - datetime.timedelta(days=2))
    assert Release.objects.published().count() == 1


def test_discarding_the_first_draft_leaves_nothing():
    discard_draft(draft(), by=None)
    assert set(rows().values()) == {0}


def test_discarding_a_later_draft_leaves_what_was_there():
    published()
    before = rows()
    added = edited(SECOND, '  slug = "wicks"', '  slug = "oils"\n  name = "Oils"\n'
                   '  [areas.skills.levels]\n  1 = ["fill a lamp"]\n\n'
                   '  [[areas.skills]]\n  slug = "wicks"')  # fmt: skip
    release = draft(added)
    assert Skill.objects.filter(slug="oils").exists()
    assert discard_draft(release, by=None) is True
    assert rows() == before
    assert discard_draft(release, by=None) is False


def test_a_published_release_cannot_be_discarded():
    release = published()
    with pytest.raises(ValidationError, match="cannot be discarded"):
        discard_draft(release, by=None)


def test_a_framework_with_errors_has_no_draft_to_make():
    reading = checked(read_portal(edited(SMALL, "wicks = 2", "wicks = 3")))
    assert reading.framework is None
    assert reading.errors


# What the portal ships


@pytest.fixture
def shipped():
    return load_shipped_frameworks()


def test_the_portal_ships_two_frameworks(shipped):
    essentials, gdd = shipped
    assert essentials.framework.slug == "digital-essentials"
    assert gdd.counts() == {
        "role_families": 8,
        "roles": 52,
        "role_levels": 205,
        "role_levels_without_targets": 4,
        "skill_areas": 16,
        "skills": 188,
        "requirements": 1781,
    }
    grades = essentials.grade_role_levels.values_list("grade", flat=True)
    assert sorted(grades) == ["AA", "AO", "EO", "G6", "G7", "HEO", "SCS", "SEO"]
    assert timezone.localtime(essentials.published_at).isoformat().startswith("2023-09-01T00:00")


def test_loading_what_the_portal_ships_again_changes_nothing(shipped):
    before = rows()
    assert load_shipped_frameworks() == shipped
    assert rows() == before


def test_what_the_portal_ships_can_be_in_force_from_a_given_day():
    at = datetime.datetime(2022, 5, 1, tzinfo=datetime.UTC)
    assert {release.published_at for release in load_shipped_frameworks(published_at=at)} == {at}


def test_a_release_an_editor_published_is_not_replaced_by_the_shipped_one(shipped):
    official = draft_release(checked(read_gdd()), by=None).release
    publish_release(official, by=None)
    assert load_shipped_frameworks() == [shipped[0], official]
    assert Release.objects.current().count() == 2


def test_a_draft_an_editor_began_is_left_alone(framework_editor):
    begun = draft_release(checked(read_gdd()), by=framework_editor).release
    (essentials,) = load_shipped_frameworks()
    assert essentials.framework.slug == "digital-essentials"
    begun.refresh_from_db()
    assert begun.is_draft


def test_a_new_shipped_release_takes_the_place_of_the_one_before(shipped):
    statement = Statement.objects.filter(skill_level__skill_version__release=shipped[0]).first()
    statement.text = "words of an older version of the portal"
    statement.save()
    newer = load_shipped_frameworks(published_at=datetime.datetime(2022, 5, 1, tzinfo=datetime.UTC))
    assert newer[0] != shipped[0]
    assert newer[0].changes.count() == 1
    assert newer[1] == shipped[1]


def test_roles_files_of_another_date_make_retired_and_added_requirements():
    publish_release(draft_release(checked(read_gdd(order=ORDER)), by=None).release, by=None)
    roles = edited(ROLES, "harbour),MISSING,Expert", "harbour),MISSING,Working")
    release = draft_release(checked(read_gdd(roles=roles, order=ORDER)), by=None).release
    assert [(change.kind, change.name, change.detail) for change in release.changes.all()] == [
        ("changed", "Lamp keeper: Beam care (harbour)", "Expert → Working")
    ]
