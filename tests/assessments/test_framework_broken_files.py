"""Each thing that can be wrong with a file is named with its line, column and remedy."""

import time

import pytest

from assessments.framework_import.check import check
from govuk.files.tables import SourceFile
from tests.assessments.framework_files import (
    ORDER,
    ROLES,
    SKILLS,
    SMALL,
    edited,
    errors,
    read_gdd,
    read_portal,
)

pytestmark = pytest.mark.slow

SKILL_WITH_NO_ROLE = SKILLS + b"Knots,,,,,,\n"
LINE_OF_KNOTS = SKILLS.count(b"\n") + 1


def only(reading):
    (found,) = errors(reading)
    return found


def test_a_wrong_header_says_which_columns_miss_and_which_are_extra():
    file, line, _, message = only(read_gdd(skills=edited(SKILLS, "Working,", "Workin,", count=1)))
    assert (file, line) == ("skills.csv", 1)
    assert "lacks “Working”" in message
    assert "“Workin”, which is not expected" in message


def test_files_the_wrong_way_round_are_recognised():
    reading = read_gdd(skills=ROLES, roles=SKILLS)
    assert [error.place.file for error in reading.errors] == ["skills.csv", "roles.csv"]
    assert all("the other way round" in error.remedy for error in reading.errors)


def test_a_column_more_is_passed_over_with_a_note():
    more = b"\n".join(line + b",x" for line in ORDER.splitlines())
    reading = read_gdd(order=edited(more, "(1-4),x", "(1-4),Remarks"))
    assert reading.errors == ()
    assert any("“Remarks” as well" in note.message for note in reading.notes)


def test_a_column_twice_is_refused():
    file, line, _, message = only(read_gdd(order=edited(ORDER, "Distinct Skills", "Role")))
    assert (file, line) == ("order.csv", 1)
    assert "“Role” more than once" in message


def test_an_unknown_level_is_named_with_its_line_and_column():
    found = only(read_gdd(roles=edited(ROLES, ",Expert,", ",Master,", count=1)))
    assert found == ("roles.csv", 2, "Skill Level", "“Master” is not a level.")


def test_a_skill_missing_in_the_skills_file_is_named_once_where_it_first_stands():
    roles = edited(ROLES, "User focus,User", "Userfocus,User")
    found = errors(read_gdd(roles=roles))
    assert found == [
        ("roles.csv", 53, "Skill Name", "The skill “Userfocus” is not in skills.csv."),
        ("skills.csv", 15, "Skill Name", "No role in roles.csv has the skill “User focus”."),
    ]


def test_a_skill_missing_in_the_roles_file_is_named():
    found = only(read_gdd(skills=SKILL_WITH_NO_ROLE))
    assert found[:3] == ("skills.csv", LINE_OF_KNOTS, "Skill Name")


def test_a_skill_in_other_capitals_is_told_how_it_is_written():
    reading = read_gdd(roles=edited(ROLES, "User focus,User", "User Focus,User"))
    assert "It is called “User focus” there" in reading.errors[0].remedy


def test_latin_1_bytes_are_named_by_line_and_byte():
    skills = edited(SKILLS, "read a chart", "read a ch\xe2rt".encode("latin-1"))
    file, line, _, message = only(read_gdd(skills=skills))
    assert (file, line) == ("skills.csv", 13)
    assert message.startswith("Byte 12 of the line (0xE2) is not UTF-8.")


def test_utf_16_is_recognised():
    file, _, _, message = only(read_gdd(skills=SKILLS.decode().encode("utf-16")))
    assert (file, message) == ("skills.csv", "The file is saved as UTF-16.")


def test_a_nul_is_named_by_its_line():
    file, line, _, message = only(read_gdd(skills=edited(SKILLS, "- trim", "- tr\0im")))
    assert (file, line) == ("skills.csv", 5)
    assert "NUL" in message


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_named(content):
    file, _, _, message = only(read_gdd(skills=content))
    assert file == "skills.csv"
    assert message in ("The file is empty.", "The file has no rows.")


def test_a_header_alone_is_no_file_of_skills():
    assert only(read_gdd(skills=SKILLS.split(b"\n")[0])) == (
        "skills.csv", None, "", "The file has no rows."
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("- trim a wick", 3, "Working"),  # the next mark in the file seems to close it
        ("- closing a lamp that nobody needs", 20, "Skill Description"),  # nothing closes it
    ],
)
def test_an_unclosed_quotation_mark_is_named_where_it_opens(text, line, column):
    found = only(read_gdd(skills=edited(SKILLS, f'{text}"', text)))
    assert found[:3] == ("skills.csv", line, column)
    assert "quotation mark" in found[3]


def test_a_row_with_too_few_or_too_many_cells_is_named():
    few = edited(ORDER, "Lights,Lamp keeper,Head of lamps,4,,", "Lights,Lamp keeper,Head of lamps")
    assert only(read_gdd(order=few)) == (
        "order.csv", 5, "Level Order", "The row has 3 cells, the header has 6."
    )  # fmt: skip
    many = edited(ORDER, "Head of lamps,4,,", "Head of lamps,4,,,")
    assert only(read_gdd(order=many))[3] == "The row has 7 cells, the header has 6."


def test_a_duplicate_that_disagrees_is_named_with_the_other_line():
    again = b"Lights,Lamp keeper,,Trainee lamp keeper,Watches.,Beam care,,Expert,,\n"
    found = errors(read_gdd(roles=ROLES + again))
    line = ROLES.count(b"\n") + 1
    assert found[-1] == (
        "roles.csv",
        line,
        "Skill Level",
        "“Trainee lamp keeper” needs “Beam care” at another level than on line 45.",
    )
    # Its empty description disagrees as well.
    assert [one[2] for one in found] == ["Role Description", "Skill Level"]


def test_a_skill_twice_with_other_texts_is_named_with_the_other_line():
    skills = SKILLS + b"User focus,Something else,,,,,\n"
    found = only(read_gdd(skills=skills))
    assert found[:3] == ("skills.csv", LINE_OF_KNOTS, "Skill Name")
    assert "stands on line 15 already" in found[3]


def test_a_role_in_two_families_is_named():
    roles = edited(ROLES, "Planning,", "Plans,", count=1)
    found = errors(read_gdd(roles=roles))
    assert {column for _, _, column, _ in found} == {"Role Family"}


def test_an_empty_cell_that_must_not_be_is_named():
    found = only(read_gdd(roles=edited(ROLES, ",Harbour planner,Plans.", ",,Plans.", count=1)))
    assert found == ("roles.csv", 51, "Role Level", "The cell is empty.")


def test_an_order_for_a_role_level_that_the_roles_file_lacks_is_named():
    found = only(read_gdd(order=edited(ORDER, "Head of lamps", "Head of lights")))
    assert found[:3] == ("order.csv", 5, "Role Level")
    assert "Head of lights" in found[3]


@pytest.mark.parametrize("number", ["0", "first", "1.5", "-1", "²", "12345"])
def test_an_order_that_is_no_whole_number_is_named(number):
    found = only(read_gdd(order=edited(ORDER, "Head of lamps,4", f"Head of lamps,{number}")))
    assert found[:3] == ("order.csv", 5, "Level Order")


def test_names_that_are_too_long_are_named():
    long = "Beam" * 40
    reading = read_gdd(
        skills=edited(SKILLS, "\nBeam care,", f"\n{long},"),
        roles=edited(ROLES, "Beam care,", f"{long},"),
    )
    found = check(reading.framework).errors
    assert [(error.place.line, error.remedy) for error in found if "160" in error.message] == [
        (2, "Shorten it to 150 characters or fewer.")
    ]


def test_two_names_with_one_address_are_named():
    reading = read_gdd(
        skills=edited(SKILLS, "\nUser focus,", "\nBeam care!,"),
        roles=edited(ROLES, "User focus,User", "Beam care!,User"),
    )
    (error,) = check(reading.framework).errors
    assert "would have the same address" in error.message
    assert error.place.line == 15


def test_a_target_that_is_not_defined_for_the_skill_is_named():
    roles = edited(ROLES, "MISSING,Expert", "MISSING,Practitioner")
    (error,) = check(read_gdd(roles=roles).framework).errors
    assert error.place.line == 39
    assert "requires Practitioner in “Beam care (harbour)”" in error.message


def test_more_than_50000_rows_are_refused():
    header = ORDER.split(b"\n")[0]
    found = only(read_gdd(order=header + b"\n" + b"a,b,c,1,,\n" * 50_001))
    assert found == ("order.csv", 50_002, "", "The file has more than 50,000 rows.")


def test_a_hundred_errors_are_listed_and_the_others_counted():
    header = ORDER.split(b"\n")[0]
    reading = read_gdd(order=header + b"\n" + b"a,b,c,1,,\n" * 150)
    assert len(reading.errors) == 100
    assert reading.errors_left_out == 50


def test_a_line_of_nearly_5_mb_gets_an_error_in_under_2_seconds():
    header = SKILLS.split(b"\n", 1)[0]
    for filler in (b"x", b'"', b",", b'"x",'):
        line = (filler * 4_900_000)[:4_900_000]
        began = time.process_time()
        assert errors(read_gdd(skills=header + b"\n" + line))
        assert time.process_time() - began < 2


def test_a_100_mb_file_is_refused_without_reading_it(tmp_path):
    path = tmp_path / "big.csv"
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    source = SourceFile.from_path(path)
    assert len(source.content) == 5 * 1024 * 1024 + 1
    assert only(read_gdd(skills=source.content))[3] == "The file is larger than 5 MB."


# The portal's own format


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "message"),
    [
        ('name = "Lamps"', "name = Lamps", 5, "character 8", "not valid TOML"),
        ('slug = "wicks"', 'slug = "Wicks!"', 29, "slug", "cannot be part of an address"),
        ('description = "Trimming', 'descripton = "Trimming', 29, "descripton", "not expected"),
        ('label = "1"\n', "", None, "label", "“label” is missing"),
        ("2026-03-02", '"soon"', None, "published_on", "is not a date"),
        ("seniority = 1", 'seniority = "1"', 44, "seniority", "not a whole number"),
        ("wicks = 2", 'wicks = "2"', 44, "targets", "not a whole number"),
        ('1 = ["say what a wick is"]', "1 = 5", 29, "levels", "not a list of statements"),
        ("  1 = [", "  one = [", 29, "levels", "not the number of a level"),
        ("[[areas]]", "[areas]", None, "areas", "is not a list"),
    ],
)
def test_what_is_wrong_in_a_portal_file_is_named(old, new, line, column, message):
    reading = read_portal(edited(SMALL, old, new, count=1))
    found = [one for one in errors(reading) if message in one[3]]
    assert found, errors(reading)
    assert found[0][1:3] == (line, column)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("wicks = 2", "flames = 2", "requires the skill “flames”, which does not exist"),
        ("wicks = 2", "wicks = 3", "a level that is not defined for that skill"),
        ("wicks = 2", "wicks = 9", "which the scale does not have"),
        ('2 = ["trim', '7 = ["trim', "has a level 7"),
        ('"EO", "AO"', '"E0"', "the grade “E0”, which does not exist"),
        ("seniority = 1", "seniority = 2", "not numbered from 1"),
        ("value = 3", "value = 4", "2 to 8 levels numbered from 1"),
        ('"Master"', '"keeper"', "Two levels of the scale are called"),
        ('slug = "lamps"', 'slug = "import"', "cannot have the address “import”"),
        ('["say what a wick is"]', "[]", "has no statement at level 1"),
    ],
)
def test_what_does_not_fit_together_is_named(old, new, message):
    reading = read_portal(edited(SMALL, old, new, count=1))
    assert reading.errors == ()
    problems = check(reading.framework).errors
    assert any(message in problem.message for problem in problems), problems
    assert all(problem.remedy for problem in problems)


@pytest.mark.parametrize(
    "content",
    [
        b"a = " + b"[" * 4_900_000,
        b'name = "x' + b" " * 4_900_000 + b'x"',
        b"a." * 2_400_000 + b"a = 1",
        b"[a]\n" * 1_200_000,
    ],
    ids=["nesting", "spaces", "dots", "lines"],
)
def test_a_strange_portal_file_of_nearly_5_mb_gets_an_error_in_under_2_seconds(content):
    began = time.process_time()
    assert errors(read_portal(content))
    assert time.process_time() - began < 2
