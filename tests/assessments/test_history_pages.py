"""What somebody submitted over time: submissions, one skill, any two days."""

import pytest
from django.urls import reverse

from assessments.models import Rating, ReviewAnswer, TickedStatement
from tests import factories

pytestmark = pytest.mark.django_db
HISTORY = "/skills/history/"
COMPARE = "/skills/compare/"


@pytest.fixture
def release(db):
    return factories.release(
        framework=factories.framework("digital-and-data"),
        skills=("Agile working", "Cloud", "User focus"),
    )


@pytest.fixture
def two(member, line_manager, release):
    """Two submissions: in March 2025 and in March 2026."""
    first = factories.submitted(
        member,
        release,
        {"Agile working": 1, "Cloud": 3},
        to=line_manager,
        at=factories.local(2025, 3, 3),
    )
    second = factories.submitted(
        member,
        release,
        {"Agile working": 3, "Cloud": 2, "User focus": None},
        at=factories.local(2026, 3, 3),
    )
    return first, second


@pytest.fixture
def read(client, member):
    client.force_login(member)
    return lambda url, **query: client.get(url, query).content.decode()


def skill_url(slug="agile-working"):
    return f"{HISTORY}digital-and-data/{slug}/"


def compare(read, earlier, later):
    days = {
        f"{name}-{part}": value
        for name, text in (("earlier", earlier), ("later", later))
        for part, value in zip(("day", "month", "year"), text.split(), strict=True)
    }
    return " ".join(read(COMPARE, **days).split())


def test_every_submission_and_every_skill_is_listed(read, two):
    html = read(HISTORY)
    for words in ("3 March 2025", "3 March 2026", "Delivery manager", "Maud Ferrywell"):
        assert words in html
    for one in two:
        assert one.get_absolute_url() in html
    for slug in ("agile-working", "cloud", "user-focus"):
        assert skill_url(slug) in html
    assert "Not applicable" in html


def test_without_a_submission_the_page_says_so(read):
    assert "You have not submitted anything yet" in read(HISTORY)


def test_a_skill_shows_each_rating_with_evidence_ticks_and_release(read, two, release):
    old = Rating.objects.get(level=1)
    old.evidence = "Ran a <b>retro</b>"
    old.save(update_fields=["evidence"])
    statement = release.skill_versions.get(name="Agile working").levels.first().statements.first()
    TickedStatement.objects.create(rating=old, statement=statement)
    html = read(skill_url())
    assert html.index("3 March 2026: Practitioner") < html.index("3 March 2025: Awareness")
    assert "Ran a &lt;b&gt;retro&lt;/b&gt;" in html
    assert "1 statement ticked" in html
    assert str(release) in html
    assert "No answer" in html


def test_the_line_managers_level_stands_beside_superseded_or_not(read, two, line_manager):
    rating = Rating.objects.get(level=1)
    review = two[0].reviews.create(
        line_manager=line_manager,
        finished_by=line_manager,
        finished_at=factories.local(2025, 3, 5),
    )
    ReviewAnswer.objects.create(
        review=review,
        rating=rating,
        answered_by=line_manager,
        kind="level",
        level=2,
        reason="You led the team",
        fixed_at=factories.local(2025, 3, 5),
    )
    html = read(skill_url())
    assert "Sees Working" in html
    assert "You led the team" in html
    assert "Superseded" in html


@pytest.mark.parametrize("slug", ["cloudy", "user-focus"])
def test_a_skill_never_rated_is_not_found(client, member, release, slug):
    client.force_login(member)
    assert client.get(skill_url(slug)).status_code == 404


def test_history_is_for_its_owner_alone(client, two, line_manager, outsider):
    for person in (line_manager, outsider):
        client.force_login(person)
        assert client.get(skill_url()).status_code == 404
        assert "3 March 2025" not in client.get(HISTORY).content.decode()


# --- Two days --------------------------------------------------------------------------------


def test_two_days_are_compared_skill_by_skill(read, two):
    html = compare(read, "31 12 2025", "31 3 2026")
    assert "3 skills: 1 went up and 1 went down." in html
    assert "2 levels up" in html
    assert "1 level down" in html
    assert "Rated for the first time" in html


def test_a_day_holds_until_its_midnight_in_london(read, two):
    assert "2 levels up" in compare(read, "2 3 2026", "3 3 2026")
    assert "No change" in compare(read, "3 3 2025", "2 3 2026")


def test_a_day_before_anything_was_rated_is_no_zero(read, two):
    html = compare(read, "1 1 2020", "1 1 2021")
    assert "You had rated nothing by either day" in html


@pytest.mark.parametrize(
    ("earlier", "later", "message"),
    [
        ("3 3 2026", "3 3 2026", "The second date must be after the first date"),
        ("30 2 2026", "3 3 2026", "First date must be a real date"),
        ("1 1 2026", "1 1 3026", "Second date must be today or in the past"),
        ("x x x", "1 1 2026", "Year must include 4 numbers"),
    ],
)
def test_days_that_cannot_be_compared_are_explained(read, two, earlier, later, message):
    assert message in compare(read, earlier, later)


def test_the_page_starts_from_the_first_submission(read, two):
    html = read(COMPARE)
    assert 'value="2025"' in html
    assert "Error" not in html


def test_the_pages_take_the_same_queries_for_one_rating_and_for_twelve(
    client, member, release, django_assert_max_num_queries
):
    client.force_login(member)
    counts = []
    days = {"earlier-day": 1, "earlier-month": 1, "earlier-year": 2024}
    days |= {"later-day": 1, "later-month": 10, "later-year": 2026}
    for months in (1, 12):
        for month in range(1, months + 1):
            factories.submitted(
                member,
                release,
                {"Agile working": month % 4, "Cloud": 1} if months > 1 else {"Agile working": 1},
                at=factories.local(2025, month, months),
            )
        count = []
        for url in (HISTORY, skill_url(), COMPARE):
            with django_assert_max_num_queries(25) as made:
                client.get(url, days if url == COMPARE else {})
            count.append(len(made))
        counts.append(count)
    assert counts[0] == counts[1]


def test_an_old_submission_stays_reachable_from_its_rating(read, two):
    assert reverse("assessments:result", args=[two[0].pk]) in read(skill_url())
