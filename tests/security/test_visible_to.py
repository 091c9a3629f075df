"""Who sees what: every condition of every `visible_to`, from both sides.

One world for all tests: each test asks one model for the rows that each person sees. What is not
listed must not be seen, so leaving out a condition shows as a row too many, and a condition too
many as a row too few. `python -m tests.mutation` removes them one by one.
"""

import ast
import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.utils import timezone

from accounts import audit, audit_actions
from accounts.models import (
    AuditEntry,
    ChangeRequest,
    Cover,
    Grant,
    Notice,
    NoticeChoice,
    OrganisationImport,
    Post,
    Unit,
    User,
)
from accounts.permissions import GrantKind
from assessments.models import (
    DraftAnswer,
    Nudge,
    PostRoleLevel,
    Rating,
    Review,
    ReviewAnswer,
    ReviewReply,
    SelfAssessment,
    Sharing,
    TickedStatement,
)
from learning.models import (
    AssignedPerson,
    Assignment,
    CountedAnswer,
    LevelGoal,
    LogEntry,
    LogImport,
    MinutesGoal,
    Resource,
)
from reports.models import GapReport, GapReportFile, SmallestCount
from tests import factories

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)


@pytest.fixture
def world(
    department,
    digital,
    operations,
    line_manager,
    member,
    outsider,
    ambassador,
    report_reader,
    organisation_administrator,
    framework_editor,
    system_administrator,
    leaver,
):
    """The people of conftest.py and some more, and a thing or two of each kind for several."""
    elsewhere = factories.unit("Ministry of Bridges")
    today = timezone.localdate()
    deputy = factories.person("Dora Deputy", unit=operations)
    late = factories.person("Lars Later", unit=operations)
    stranger = factories.person("Sten Stranger", unit=elsewhere)
    stranger_too = factories.person("Stina Stranger", unit=elsewhere)
    factories.cover(line_manager, deputy)
    factories.cover(line_manager, late, first_day=today + DAY)
    # Was managed by the line manager and is so no longer: she sees what is left of it, nothing.
    moved = factories.person("Mona Moved", unit=digital, line_manager=line_manager)
    moved.posts.update(ended_on=today - DAY)
    Post.objects.create(
        person=moved, unit=operations, grade="EO", line_manager=outsider, started_on=today
    )
    return SimpleNamespace(**{name: value for name, value in locals().items() if name != "today"})


def seen(model, person, **rows):
    """The names among `rows` of what the person sees of the model."""
    person = User.objects.get(pk=person.pk)  # as of a new request
    visible = set(model.objects.visible_to(person).values_list("pk", flat=True))
    return {name for name, row in rows.items() if row.pk in visible}


def check(world, model, rows, expected):
    """Everybody sees exactly what `expected` names; who is not in it sees nothing."""
    people = {name: value for name, value in vars(world).items() if isinstance(value, User)}
    given = {name: seen(model, person, **rows) for name, person in people.items()}
    wanted = {name: set(expected.get(name, "").split()) for name in people}
    assert given == wanted


# --- Accounts --------------------------------------------------------------------------------


def test_people(world):
    people = {name: value for name, value in vars(world).items() if isinstance(value, User)}
    rows = {name: people[name] for name in ("member", "moved", "outsider", "leaver", "stranger")}
    own = {name: name for name in rows}
    check(
        world,
        User,
        rows,
        own
        | {
            "line_manager": "member",
            "outsider": "outsider moved",
            "organisation_administrator": "member moved outsider",
            "system_administrator": "member moved outsider leaver stranger",
        },
    )


def test_posts_with_their_role_levels(world):
    release = factories.release()
    level = factories.role_level_of(release)
    rows = {name: getattr(world, name).posts.current().get() for name in ("member", "stranger")}
    expected = {
        "member": "member",
        "stranger": "stranger",
        "line_manager": "member",
        "organisation_administrator": "member",
        "system_administrator": "member stranger",
    }
    check(world, Post, rows, expected)
    chosen = {
        name: PostRoleLevel.objects.create(post=post, role_level=level, started_on=post.started_on)
        for name, post in rows.items()
    }
    check(world, PostRoleLevel, chosen, expected)


def test_units(world):
    team = factories.unit("Team", parent=world.digital)
    rows = {
        "top": world.department,
        "digital": world.digital,
        "team": team,
        "operations": world.operations,
        "elsewhere": world.elsewhere,
    }
    in_digital, in_operations = "top digital", "top operations"
    below = "top digital team operations"
    local = factories.person("Lola Local", unit=world.operations)
    factories.accounts_services.give_grant(
        user=local, kind=GrantKind.AMBASSADOR, unit=world.digital, by=local
    )
    world.local = local
    check(
        world,
        Unit,
        rows,
        {
            "member": in_digital,
            "line_manager": in_digital,
            "outsider": in_operations,
            "deputy": in_operations,
            "late": in_operations,
            "moved": in_operations,
            "stranger": "elsewhere",
            "stranger_too": "elsewhere",
            "framework_editor": "top",
            "ambassador": below,
            "report_reader": below,
            "organisation_administrator": below,
            "system_administrator": below + " elsewhere",
            "local": "top digital team operations",
        },
    )


def test_grants(world):
    rows = {
        name: Grant.objects.get(user=getattr(world, name))
        for name in ("ambassador", "report_reader")
    }
    check(
        world,
        Grant,
        rows,
        {
            "ambassador": "ambassador",
            "report_reader": "report_reader",
            "organisation_administrator": "ambassador report_reader",
            "system_administrator": "ambassador report_reader",
        },
    )


def test_notices_and_choices_about_them(world):
    rows = {
        name: Notice.objects.create(
            recipient=getattr(world, name), key=name, subject=name, body=name
        )
        for name in ("member", "line_manager")
    }
    check(world, Notice, rows, {name: name for name in rows})
    choices = {
        name: NoticeChoice.objects.create(user=getattr(world, name), kind="x", delivery="off")
        for name in ("member", "line_manager")
    }
    check(world, NoticeChoice, choices, {name: name for name in choices})


def test_the_audit_log(world):
    looked = audit_actions.Action("looked", "looked")
    audit.note(looked, by=world.line_manager, about=world.member)
    audit.note(audit_actions.REFUSED, by=world.outsider, about=world.member)
    audit.note(looked, by=world.stranger, about=world.outsider)
    noted = AuditEntry.objects.filter(action__in=["looked", "refused"]).order_by("pk")
    rows = dict(zip(["looked", "refused", "other"], noted, strict=True))
    check(
        world,
        AuditEntry,
        rows,
        {"member": "looked", "outsider": "other", "system_administrator": "looked refused other"},
    )


def test_cover(world):
    rows = {"deputy": Cover.objects.get(cover=world.deputy)}
    rows["others"] = factories.cover(world.outsider, world.late)
    rows["far"] = factories.cover(world.stranger, world.stranger_too)
    check(
        world,
        Cover,
        rows,
        {
            "line_manager": "deputy",
            "deputy": "deputy",
            "member": "deputy",
            "outsider": "others",
            "late": "others",
            "moved": "others",
            "stranger": "far",
            "stranger_too": "far",
            "organisation_administrator": "deputy others",
            "system_administrator": "deputy others far",
        },
    )


def test_requests_for_changes(world):
    rows = {
        name: ChangeRequest.objects.create(
            person=person, post=person.posts.current().get(), grade="SEO"
        )
        for name in ("member", "stranger")
        for person in [getattr(world, name)]
    }
    check(
        world,
        ChangeRequest,
        rows,
        {
            "member": "member",
            "stranger": "stranger",
            "organisation_administrator": "member",
            "system_administrator": "member stranger",
        },
    )


def test_files_about_to_be_imported_are_their_owners(world):
    rows = {
        name: getattr(world, name).organisation_imports.create(unit=world.department)
        for name in ("organisation_administrator", "system_administrator")
    }
    check(world, OrganisationImport, rows, {name: name for name in rows})


# --- Assessments -----------------------------------------------------------------------------


@pytest.fixture
def rated(world):
    """Self-assessments: submitted to the line manager, a draft, one of who moved, a later one."""
    release = factories.release()
    levels = {"Agile working": 1}
    return SimpleNamespace(
        release=release,
        submitted=factories.submitted(world.member, release, levels, to=world.line_manager),
        # Was submitted to somebody else before the line manager came, and not shared with her.
        before=factories.submitted(world.member, release, levels, to=world.outsider),
        again=factories.submitted(world.member, release, levels, to=world.outsider),
        draft=factories.draft(world.member, release),
        moved=factories.submitted(world.moved, release, levels, to=world.line_manager),
        withdrawn=factories.submitted(world.member, release, levels, to=world.outsider),
        moved_on=factories.submitted(world.moved, release, levels, to=world.outsider),
    )


def share(self_assessment, *, to, withdrawn=False):
    made = Sharing.objects.create(self_assessment=self_assessment, shared_with=to)
    if withdrawn:
        Sharing.objects.filter(pk=made.pk).update(withdrawn_at=timezone.now())
    return made


READS = {"line_manager": "submitted again", "deputy": "submitted again", "outsider": "moved_on"}
OWN = {"member": "submitted before again draft withdrawn", "moved": "moved moved_on"}


@pytest.fixture
def shared(world, rated):
    return {
        "again": share(rated.again, to=world.line_manager),
        "withdrawn": share(rated.withdrawn, to=world.line_manager, withdrawn=True),
        "moved": share(rated.moved, to=world.line_manager),
        # Shared with somebody who is nobody's line manager any more.
        "old": share(rated.before, to=world.outsider),
        # A draft is its author's, whatever a row says.
        "draft": share(rated.draft, to=world.line_manager),
    }


def test_self_assessments(world, rated, shared):
    rows = {name: row for name, row in vars(rated).items() if isinstance(row, SelfAssessment)}
    check(world, SelfAssessment, rows, OWN | READS)


def test_sharing(world, shared):
    expected = {"line_manager": "again", "member": "again withdrawn old draft", "moved": "moved"}
    check(world, Sharing, shared, expected)


def test_answers_of_drafts(world, rated):
    rows = {"own": factories.answer(rated.draft, "Agile working")}
    check(world, DraftAnswer, rows, {"member": "own"})


def test_ratings_with_their_ticked_statements(world, rated, shared):
    rows = {
        name: row.ratings.get()
        for name, row in vars(rated).items()
        if isinstance(row, SelfAssessment) and row.submitted_at
    }
    own = {name: text.replace(" draft", "") for name, text in OWN.items()}
    check(world, Rating, rows, own | READS)
    statement = rated.release.skill_versions.first().levels.first().statements.first()
    ticked = {
        name: TickedStatement.objects.create(rating=row, statement=statement)
        for name, row in rows.items()
    }
    answer = factories.answer(rated.draft, "Agile working")
    ticked["draft"] = TickedStatement.objects.create(draft_answer=answer, statement=statement)
    check(world, TickedStatement, ticked, OWN | READS)


def test_reviews_with_their_answers_and_replies(world, rated, shared):
    rows = {
        "finished": factories.reviewed(
            rated.submitted, {"Agile working": 2}, by=world.line_manager
        ),
        "moved": factories.reviewed(rated.moved, {"Agile working": 2}, by=world.line_manager),
    }
    answers = {name: review.answers.get() for name, review in rows.items()}
    answers["writing"] = factories.unfinished_answer(
        rated.again, "Agile working", by=world.line_manager
    )
    rows["writing"] = answers["writing"].review
    # Begun by the line manager before, who sees the ratings again while covering for the one of
    # now, and is somebody else's line manager: nobody sees what was begun then.
    factories.person(unit=world.operations, line_manager=world.deputy)
    Post.objects.create(
        person=world.member,
        unit=world.operations,
        grade="EO",
        line_manager=world.deputy,
        started_on=datetime.date(2020, 1, 1),
        ended_on=datetime.date(2021, 1, 1),
    )
    answers["former"] = factories.unfinished_answer(
        rated.submitted, "Agile working", by=world.deputy
    )
    rows["former"] = answers["former"].review
    expected = {
        "member": "finished",
        "moved": "moved",
        "line_manager": "finished writing",
        "deputy": "finished writing",
    }
    check(world, Review, rows, expected)
    check(world, ReviewAnswer, answers, expected)
    replies = {
        name: ReviewReply.objects.create(answer=answer, author=world.member, text="Thank you")
        for name, answer in answers.items()
        if name in {"finished", "moved"}
    }
    check(
        world,
        ReviewReply,
        replies,
        {
            "member": "finished",
            "moved": "moved",
            "line_manager": "finished",
            "deputy": "finished",
        },
    )


def test_nobody_manages_themselves_while_covering_for_their_line_manager(world, rated):
    factories.cover(world.line_manager, world.member)
    writing = factories.unfinished_answer(rated.submitted, "Agile working", by=world.line_manager)
    assert seen(Review, world.member, writing=writing.review) == set()
    assert seen(ReviewAnswer, world.member, writing=writing) == set()
    managed = Post.objects.managed_by(world.member, with_cover=True)
    assert not managed.filter(person=world.member).exists()


def test_nudges(world):
    rows = {"nudge": Nudge.objects.create(sent_by=world.line_manager, person=world.member)}
    check(world, Nudge, rows, {"line_manager": "nudge", "member": "nudge"})


# --- Learning --------------------------------------------------------------------------------


def test_log_entries(world):
    rows = {
        "own": factories.log_entry(world.member),
        "shared": factories.log_entry(world.member, shared_with=world.line_manager),
        "deleted": factories.log_entry(
            world.member, shared_with=world.line_manager, deleted_at=timezone.now()
        ),
        "old": factories.log_entry(world.member, shared_with=world.outsider),
        "moved": factories.log_entry(world.moved, shared_with=world.line_manager),
    }
    check(
        world,
        LogEntry,
        rows,
        {"member": "own shared deleted old", "moved": "moved", "line_manager": "shared"},
    )


def test_imports_goals_and_counted_answers_are_their_owners(world):
    rows = {
        name: LogImport.objects.create(person=getattr(world, name), name="a.csv", text="a")
        for name in ("member", "outsider")
    }
    check(world, LogImport, rows, {name: name for name in rows})
    release = factories.release()
    skill, role_level = release.skill_versions.first().skill, factories.role_level_of(release)
    minutes, levels, counted = {}, {}, {}
    for name in rows:
        person = getattr(world, name)
        minutes[name] = person.minutes_goals.create(minutes_a_month=60)
        levels[name] = person.level_goals.create(
            skill=skill, level=2, reach_by=timezone.localdate()
        )
        counted[name] = person.counted_answers.create(
            assignment=factories.assignment(world.ambassador), skill=skill, role_level=role_level
        )
    check(world, MinutesGoal, minutes, {name: name for name in rows})
    check(world, LevelGoal, levels, {name: name for name in rows})
    check(world, CountedAnswer, counted, {name: name for name in rows})


def test_assignments_and_who_was_asked(world):
    named = {"agreed_to_be_named_at": timezone.now()}
    rows = {
        "unit": factories.assignment(world.ambassador, unit=world.digital),
        "team": factories.assignment(world.line_manager, team_of=world.line_manager),
        "far": factories.assignment(world.stranger, unit=world.elsewhere),
    }
    asked = {
        "named": factories.assigned_person(rows["unit"], world.member, **named),
        "unnamed": factories.assigned_person(rows["unit"], world.line_manager),
        "gone": factories.assigned_person(rows["unit"], world.moved, **named),
        "in_team": factories.assigned_person(rows["team"], world.member, **named),
        "left_team": factories.assigned_person(rows["team"], world.moved, **named),
        "far": factories.assigned_person(rows["far"], world.stranger, **named),
    }
    check(
        world,
        Assignment,
        rows,
        {
            "member": "unit team",
            "moved": "unit team",
            "line_manager": "unit team",
            "deputy": "team",
            "ambassador": "unit",
            "stranger": "far",
        },
    )
    check(
        world,
        AssignedPerson,
        asked,
        {
            "member": "named in_team",
            "moved": "gone left_team",
            "line_manager": "unnamed in_team",
            "deputy": "in_team",
            "ambassador": "named",
            "stranger": "far",
        },
    )


def test_resources(world):
    rows = {
        "everyone": factories.resource(),
        "digital": factories.resource(unit=world.digital),
        "far": factories.resource(unit=world.elsewhere),
        "suggested": factories.suggestion(by=world.member),
        "waiting": factories.suggestion(by=world.line_manager),
        "logged": factories.resource(unit=world.elsewhere),
        "asked": factories.resource(unit=world.elsewhere),
        # Suggested for everybody and not decided on.
        "open": factories.resource(approved_at=None),
    }
    factories.log_entry(world.outsider, resource=rows["logged"])
    factories.assignment(
        world.ambassador, unit=world.operations, resource=rows["asked"], people=[world.outsider]
    )
    everybody = {name: "everyone" for name, value in vars(world).items() if isinstance(value, User)}
    check(
        world,
        Resource,
        rows,
        everybody
        | {
            "member": "everyone digital suggested",
            "line_manager": "everyone digital waiting",
            "outsider": "everyone logged asked",
            "stranger": "everyone far logged asked",
            "stranger_too": "everyone far logged asked",
            "ambassador": "everyone digital suggested waiting",
        },
    )


# --- Reports ---------------------------------------------------------------------------------


def test_gap_reports_and_their_files(world):
    rows = {
        name: GapReport.objects.create(unit=unit, as_at=timezone.localdate(), minimum_count=10)
        for name, unit in {"ours": world.department, "far": world.elsewhere}.items()
    }
    expected = {"ambassador": "ours", "report_reader": "ours"}
    check(world, GapReport, rows, expected)
    files = {
        name: GapReportFile.objects.create(report=report, format="csv")
        for name, report in rows.items()
    }
    check(world, GapReportFile, files, expected)


def test_smallest_counts(world):
    rows = {
        name: SmallestCount.objects.create(unit=unit, minimum_count=12)
        for name, unit in {"ours": world.department, "far": world.elsewhere}.items()
    }
    expected = {"organisation_administrator": "ours", "system_administrator": "ours far"}
    check(world, SmallestCount, rows, expected)


# --- The whole -------------------------------------------------------------------------------


def test_every_model_with_visible_to_is_checked_here():
    tree = ast.parse(Path(__file__).read_text(encoding="utf-8"))
    checked = {
        node.args[1].id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "check"
    }
    private = {
        model.__name__ for model in apps.get_models() if hasattr(model.objects, "visible_to")
    }
    assert private - checked == set()
