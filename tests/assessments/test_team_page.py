"""A line manager's team: matrix, coverage, filters, CSV, the whole line, agreement, reminders."""

import csv
import datetime
import io
import re

import pytest
from django.utils import timezone

from accounts import services as accounts_services
from accounts.models import Post
from assessments import team_reading
from assessments.models import GradeRoleLevel, Nudge
from tests import factories
from tests.govuk.markup import parse

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(db):
    return factories.release(
        framework=factories.framework("digital-and-data"),
        skills=("Agile working", "User focus"),
        targets={"Agile working": 3, "User focus": 2},
    )


@pytest.fixture
def role_level(release):
    return factories.role_level_of(release)


@pytest.fixture
def ned(member, role_level):
    """Member, with the role level chosen."""
    factories.chosen_role_level(member, role_level)
    return member


@pytest.fixture
def get(client, line_manager):
    client.force_login(line_manager)
    return lambda url="/team/", **query: client.get(url, query)


@pytest.fixture
def read(get):
    """What the line manager reads."""
    return lambda **query: parse(get(**query).content.decode()).find("main")[0].text()


def spaced(words):
    """A cell's words with a space before each of its shapes."""
    return re.sub(r"\s*([?▼●=≠…◷])\s*", r" \1 ", words)


def cells(response):
    """{person: {skill: words}} of the matrix."""
    table = parse(response.content.decode()).find("table", class_="portal-matrix")[0]
    header, *rows = table.find("tr")
    skills = [cell.text() for cell in header.find("th")][1:]
    return {
        row.find("th")[0].text(): dict(
            zip(skills, [spaced(cell.text()) for cell in row.find("td")], strict=True)
        )
        for row in rows
    }


def cell(response, name, skill):
    found = cells(response)
    return next(row[skill] for person, row in found.items() if person.startswith(name))


# --- The matrix ------------------------------------------------------------------------------


def test_the_team_comes_from_posts(read, ned, outsider):
    page = read()
    assert "Ned Thornbury" in page
    assert "Olive Quillmoor" not in page


def test_a_cell_says_own_needed_and_managers_level(get, ned, line_manager, release):
    assert cell(get(), "Ned", "Agile working") == "Not rated ? needs 3"
    done = factories.submitted(ned, release, {"Agile working": 1, "User focus": 2}, to=line_manager)
    assert cell(get(), "Ned", "Agile working") == "1 of 3 ▼ 2 short"
    assert cell(get(), "Ned", "User focus") == "2 of 2 ● reached"
    factories.reviewed(done, {"Agile working": 2, "User focus": "agree"}, by=line_manager)
    assert cell(get(), "Ned", "Agile working") == "1 of 3 ▼ 1 short ≠ manager 2"
    assert cell(get(), "Ned", "User focus") == "2 of 2 ● reached = agreed"
    factories.reviewed(done, {"Agile working": "evidence"}, by=line_manager)
    assert cell(get(), "Ned", "Agile working") == "1 of 3 ▼ 2 short … evidence asked"


def test_what_is_old_not_applicable_or_not_asked_for_is_said(
    get, ned, line_manager, release, digital
):
    long_ago = timezone.now() - datetime.timedelta(days=400)
    factories.submitted(
        ned, release, {"Agile working": 3, "User focus": None}, to=line_manager, at=long_ago
    )
    factories.person("Nora Pendle", unit=digital, line_manager=line_manager)
    page = get()
    assert cell(page, "Ned", "Agile working") == "3 of 3 ● reached ◷ old"
    assert cell(page, "Ned", "User focus") == "Not applicable ◷ old"
    assert cell(page, "Nora", "User focus") == "–Not asked for"


def test_a_person_links_to_what_they_submitted_last(read, get, ned, line_manager, release):
    assert "Delivery manager: not yet submitted" in read()
    for month in (3, 5):
        done = factories.submitted(
            ned, release, {"Agile working": 1}, to=line_manager, at=factories.local(2026, month, 3)
        )
    assert "Delivery manager: 3 May 2026" in read()
    assert f"{done.get_absolute_url()}" in get().content.decode()


def test_the_role_level_of_a_grade_is_shown_by_the_frameworks_name(read, member, release):
    GradeRoleLevel.objects.create(
        release=release, role_level=factories.role_level_of(release), grade="HEO"
    )
    assert "Digital and data: not yet submitted" in read()


def test_a_draft_leaves_no_trace_on_the_team_page(read, ned, release):
    before = read()
    draft = factories.draft(ned, release)
    factories.answer(draft, "Agile working", 1)
    assert read() == before


def test_what_was_submitted_to_an_earlier_line_manager_is_not_shown(
    client, read, get, ned, digital, line_manager, release, role_level
):
    factories.submitted(ned, release, {"Agile working": 1}, to=line_manager)
    newcomer = factories.person(unit=digital)
    post = accounts_services.start_post(
        person=ned,
        unit=digital,
        grade="HEO",
        line_manager=newcomer,
        started_on=timezone.localdate(),
    )
    post.role_levels.create(role_level=role_level, started_on=timezone.localdate())
    assert "Ned Thornbury" not in read()
    client.force_login(newcomer)
    assert cell(get(), "Ned", "Agile working") == "Not rated ? needs 3"


def test_cover_sees_the_team_and_whose_it_is(client, ned, line_manager, outsider, release):
    factories.submitted(ned, release, {"Agile working": 1}, to=line_manager)
    factories.cover(line_manager, outsider)
    client.force_login(outsider)
    page = client.get("/team/")
    assert cell(page, "Ned", "Agile working") == "1 of 3 ▼ 2 short"
    assert "or Maud Ferrywell for whom you cover" in page.content.decode()
    assert 'href="/team/"' in client.get("/").content.decode()


def test_somebody_who_manages_nobody_is_told_so(client, outsider):
    client.force_login(outsider)
    assert "Nobody has you as their line manager" in client.get("/team/").content.decode()


def test_the_table_is_named_scrollable_and_has_scopes(get, ned):
    page = parse(get().content.decode())
    region = page.find("div", class_="portal-scrollable")[0]
    assert region.attrs["tabindex"] == "0"
    assert region.attrs["aria-label"] == "People and their skills"
    table = page.find("table", class_="portal-matrix")[0]
    assert table.find("caption")[0].text() == "People and their skills"
    assert {cell.attrs["scope"] for cell in table.find("th")} == {"col", "row"}


# --- Coverage --------------------------------------------------------------------------------


def test_coverage_names_single_points_of_failure_and_what_nobody_can(
    get, ned, line_manager, digital, release, role_level
):
    nora = factories.person("Nora Pendle", unit=digital, line_manager=line_manager)
    factories.chosen_role_level(nora, role_level)
    factories.submitted(ned, release, {"Agile working": 1, "User focus": 2}, to=line_manager)
    tables = parse(get().content.decode()).find("table")
    rows = [[cell.text() for cell in row.find("td")] for row in tables[1].find("tr")[1:]]
    assert rows == [["Nobody", "2", "1", "1"], ["Only one Ned Thornbury", "2", "0", "1"]]


# --- Filters and CSV -------------------------------------------------------------------------


@pytest.fixture
def essentials(release):
    made = factories.big_release(areas=2, skills_in_each=2)
    GradeRoleLevel.objects.create(
        release=made, role_level=factories.role_level_of(made), grade="HEO"
    )
    return made


def skills_on(page):
    return set(next(iter(cells(page).values())))


def test_the_matrix_is_filtered_by_framework_role_and_area(
    get, ned, essentials, role_level, digital, line_manager
):
    factories.person(unit=digital, line_manager=line_manager, grade="HEO")
    assert skills_on(get()) == {"Skill 1 1", "Skill 1 2", "Skill 2 1", "Skill 2 2"}
    assert skills_on(get(area="Area 2")) == {"Skill 2 1", "Skill 2 2"}
    assert skills_on(get(show="framework-digital-and-data")) == {"Agile working", "User focus"}
    assert skills_on(get(show="framework-digital-and-data", area="Area 2")) == {
        "Agile working",
        "User focus",
    }, "an area of another framework is passed over"
    assert len(skills_on(get(show="all"))) == 6
    assert len(skills_on(get(show=f"role-{role_level.pk}"))) == 6, "all that these people need"
    for odd in ("nonsense", "role-999", "framework-x", "\0"):
        assert skills_on(get(show=odd)) == skills_on(get())


def test_only_gaps_leaves_out_who_and_what_misses_nothing(
    get, read, ned, line_manager, digital, release, role_level
):
    nora = factories.person("Nora Pendle", unit=digital, line_manager=line_manager)
    factories.chosen_role_level(nora, role_level)
    factories.submitted(nora, release, {"Agile working": 3, "User focus": 2}, to=line_manager)
    assert "Nobody here misses anything that is rated" in read(gaps="on")
    factories.submitted(ned, release, {"Agile working": 1, "User focus": 2}, to=line_manager)
    found = cells(get(gaps="on"))
    assert [list(row) for row in found.values()] == [["Agile working"]]
    assert next(iter(found)).startswith("Ned")


def test_the_csv_has_a_row_for_each_person_and_skill_and_no_formula(
    get, ned, line_manager, release
):
    done = factories.submitted(
        ned, release, {"Agile working": 0}, to=line_manager, at=factories.local(2024, 3, 3)
    )
    factories.reviewed(done, {"Agile working": 1}, by=line_manager)
    ned.full_name = '=HYPERLINK("x")'
    ned.save()
    response = get("/team/team.csv")
    assert response["Content-Disposition"] == 'attachment; filename="team.csv"'
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [row["Skill"] for row in rows] == ["Agile working", "User focus"]
    assert rows[0]["Person"] == '\'=HYPERLINK("x")'
    assert rows[0]["Own level"] == "Not yet"
    assert rows[0]["Needed"] == "Practitioner"
    assert rows[0]["Line manager’s level"] == "Awareness"
    assert (rows[0]["Rated on"], rows[0]["Old"]) == ("2024-03-03", "yes")
    assert rows[1]["Own level"] == "Not rated"
    assert len(get("/team/team.csv", area="Elsewhere").content.splitlines()) == 3
    assert len(get("/team/team.csv", gaps="on").content.splitlines()) == 2


# --- Numbers of queries ----------------------------------------------------------------------


@pytest.mark.usefixtures("audit_log_begun")
def test_the_team_page_takes_14_queries_for_12_people_and_for_60(
    client, line_manager, digital, django_assert_max_num_queries
):
    big = factories.big_release(areas=4, skills_in_each=3)
    level = factories.role_level_of(big)
    names = list(big.skill_versions.values_list("name", flat=True))

    def add(count):
        for _ in range(count):
            person = factories.person(unit=digital, line_manager=line_manager)
            factories.chosen_role_level(person, level)
            done = factories.submitted(person, big, dict.fromkeys(names[:2], 2), to=line_manager)
            factories.reviewed(done, {names[0]: "agree"}, by=line_manager)

    add(12)
    client.force_login(line_manager)
    with django_assert_max_num_queries(14) as twelve:  # six of them note who is read
        page = client.get("/team/")
    assert len(cells(page)) == len(names) == 12
    add(48)
    with django_assert_max_num_queries(14) as sixty:
        page = client.get("/team/")
    assert "60 people have you" in page.content.decode()
    assert len(sixty) == len(twelve)
    # As much as a first view may take, style sheets and scripts (36 kB) apart.
    assert len(client.get("/team/", headers={"accept-encoding": "gzip"}).content) < 100_000
    with django_assert_max_num_queries(14):
        assert len(client.get("/team/team.csv").content.splitlines()) == 60 * 12 + 1


def test_how_levels_differ_takes_the_same_queries_for_one_person_and_for_twelve(
    client, line_manager, digital, release, django_assert_max_num_queries
):
    client.force_login(line_manager)
    counts = []
    for count in (1, 11):
        for _ in range(count):
            person = factories.person(unit=digital, line_manager=line_manager)
            done = factories.submitted(
                person, release, {"Agile working": 2, "User focus": 1}, to=line_manager
            )
            factories.reviewed(done, {"Agile working": 1, "User focus": "agree"}, by=line_manager)
        with django_assert_max_num_queries(25) as made:
            client.get("/team/agreement/")
        counts.append(len(made))
    assert counts[0] == counts[1]


# --- The whole line below --------------------------------------------------------------------


@pytest.fixture
def line(line_manager, digital, role_level, release):
    """`line(12)` gives the line manager that many people below a person they manage."""
    deputy = factories.person("Dora Middleton", unit=digital, line_manager=line_manager)
    last_year = timezone.now() - datetime.timedelta(days=90)

    def make(count, reach=5):
        for number in range(count):
            person = factories.person(f"Below {number}", unit=digital, line_manager=deputy)
            factories.chosen_role_level(person, role_level)
            level = 3 if number < reach else 1
            factories.submitted(
                person, release, {"Agile working": level, "User focus": 2}, to=deputy, at=last_year
            )

    return make


def test_the_whole_line_shows_rounded_numbers_and_no_name(read, line):
    line(12)
    page = read(whole="1")
    assert "Agile working 10 10 5" in page
    assert "User focus 10 10 [c]" in page, "everybody reaches it"
    assert "Below" not in page.replace("below", "")
    assert "Dora" not in page


def test_the_whole_line_takes_the_same_queries_for_ten_people_and_for_forty(
    get, line, django_assert_max_num_queries
):
    counts = []
    for more in (10, 30):
        line(more)
        with django_assert_max_num_queries(25) as made:
            get(whole="1")
        counts.append(len(made))
    assert counts[0] == counts[1]


def test_a_small_line_shows_no_number_at_all(read, line):
    line(9)
    page = read(whole="1")
    assert "Fewer than 10 people work below your team" in page
    assert "Agile" not in page


def test_the_whole_line_stands_as_at_the_end_of_last_month(read, line, release):
    line(12)
    before = read(whole="1")
    for post in Post.objects.filter(person__full_name__startswith="Below"):
        factories.submitted(post.person, release, {"Agile working": 3}, to=post.line_manager)
    assert read(whole="1") == before


def test_the_line_below_goes_all_the_way_down_and_ends_in_a_circle(
    member, line_manager, outsider, digital
):
    factories.person(unit=digital, line_manager=member)
    outsider.posts.update(line_manager=member)
    below = Post.objects.in_line_below(line_manager)
    assert below.count() == 3
    line_manager.posts.update(line_manager=outsider)
    assert below.count() == 3
    assert line_manager.pk not in below.values_list("person", flat=True)


def test_very_large_lines_are_sent_to_the_gap_report(read, line, monkeypatch):
    monkeypatch.setattr(team_reading, "LINE_MAX_PEOPLE", 10)
    line(12)
    assert "Very many people work below your team" in read(whole="1")


# --- Agreement -------------------------------------------------------------------------------


def test_agreement_shows_how_far_and_which_way_from_five_answers_on(
    client, line_manager, digital, release, outsider
):
    client.force_login(line_manager)
    levels = {"Agile working": 2, "User focus": 2}
    people = [factories.person(unit=digital, line_manager=line_manager) for _ in range(5)]
    for number, person in enumerate(people):
        done = factories.submitted(person, release, levels, to=line_manager)
        said = {"Agile working": 1 if number < 2 else "agree"}
        if number:
            said["User focus"] = 3
        factories.reviewed(done, said, by=line_manager)
    page = parse(client.get("/team/agreement/").content.decode()).find("main")[0].text()
    assert "Agile working 5 3 0 2 0.4 lower" in page
    assert "User focus" not in page
    assert "1 skill with fewer than 5 answers is left out" in page
    people[0].posts.update(line_manager=outsider)
    page = client.get("/team/agreement/").content.decode()
    assert "Agile working" not in page
    client.force_login(outsider)
    assert "Agile working" not in client.get("/team/agreement/").content.decode()


# --- Reminders -------------------------------------------------------------------------------


def test_people_who_have_not_submitted_are_reminded_once_a_week(client, get, ned, line_manager):
    page = parse(get("/reviews/").content.decode()).find("main")[0].text()
    assert "Ned Thornbury Delivery manager Remind" in page
    for _ in range(10):
        assert client.post("/reviews/remind/", {"person": ned.public_id}).status_code == 302
    assert Nudge.objects.count() == ned.notices.count() == 1
    assert "Reminded in the last week" in get("/reviews/").content.decode()


def test_all_are_reminded_at_once_and_who_has_submitted_is_not(
    client, get, ned, line_manager, digital, release, role_level
):
    nora = factories.person("Nora Pendle", unit=digital, line_manager=line_manager)
    factories.chosen_role_level(nora, role_level)
    factories.submitted(nora, release, {"Agile working": 3}, to=line_manager)
    client.post("/reviews/remind/", {"person": "all"})
    assert {nudge.person for nudge in Nudge.objects.all()} == {ned}
    assert client.post("/reviews/remind/", {"person": nora.public_id}).status_code == 404


def test_nobody_reminds_other_peoples_people(client, ned, outsider):
    client.force_login(outsider)
    for asked in ("all", ned.public_id, "", "x"):
        assert client.post("/reviews/remind/", {"person": asked}).status_code == 404
    assert not Nudge.objects.exists()
