"""What the official GDD files hold besides their facts is read rightly, mended or passed over."""

import pytest

from assessments.framework_import import gdd
from assessments.framework_import.check import check
from tests.assessments.framework_files import ORDER, ROLES, SKILLS, edited, read_gdd


@pytest.fixture(scope="module")
def reading():
    found = read_gdd(order=ORDER)
    assert found.errors == ()
    return found


@pytest.fixture(scope="module")
def framework(reading):
    return reading.framework


def skill(framework, slug):
    return next(one for one in framework.skills if one.slug == slug)


def role(framework, slug):
    return next(one for one in framework.roles if one.slug == slug)


def note(reading, kind):
    """The note of a kind of oddity."""
    return next(one for one in reading.notes if one.message.startswith(kind))


def count(reading, kind):
    return note(reading, kind).message.removeprefix(f"{kind}: ").split(".")[0]


def statements(framework, slug, value):
    levels = {level.value: level.statements for level in skill(framework, slug).levels}
    return levels[value]


def test_the_whole_can_be_published(framework):
    assert check(framework).errors == []
    assert len(framework.skills) == 5
    assert framework.families == ("Lights", "Planning", "Chiefs")
    assert [len(one.levels) for one in framework.roles] == [1, 3, 4]


# Numbers as in the list of what an importer meets.


def test_1_a_senior_civil_service_role_has_one_level_called_after_it_and_no_targets(
    framework, reading
):
    chief = role(framework, "chief-lamp-officer")
    assert [(level.name, level.slug) for level in chief.levels] == [
        ("Chief lamp officer", "chief-lamp-officer")
    ]
    assert chief.levels[0].requirements == ()
    assert chief.levels[0].unlevelled_skills == ("steering-the-fleet", "user-focus")
    assert chief.levels[0].description == ""
    assert skill(framework, "steering-the-fleet").levels == ()
    assert "Examples of leadership" in skill(framework, "steering-the-fleet").description
    assert count(reading, gdd.UNLEVELLED) == "1"


def test_1_placeholders_are_never_kept_as_text(framework):
    assert "NOT IN USE" not in repr(framework)
    assert "MISSING" not in repr(framework)


def test_2_a_row_that_repeats_another_counts_once(framework, reading):
    junior = role(framework, "lamp-keeper").levels[1]
    assert [one.skill for one in junior.requirements] == ["beam-care", "beam-care-harbour"]
    assert count(reading, gdd.DUPLICATES) == "1"
    assert note(reading, gdd.DUPLICATES).place.line == 27


def test_2_a_duplicate_skill_counts_once_too():
    row = b'Beam care (harbour),,"You can:\n- say'
    start = SKILLS.index(row)
    end = SKILLS.index(b'"Maps, charts')
    found = read_gdd(skills=SKILLS + SKILLS[start:end])
    assert found.errors == ()
    assert count(found, gdd.DUPLICATES) == "2"


def test_3_a_skill_without_description_has_none(framework, reading):
    assert skill(framework, "beam-care-harbour").description == ""
    assert count(reading, gdd.NO_DESCRIPTION) == "1"


def test_3_a_description_that_only_the_roles_file_has_is_used():
    found = read_gdd(roles=edited(ROLES, "MISSING", "Beam care in ports."))
    assert skill(found.framework, "beam-care-harbour").description == "Beam care in ports."


def test_4_undefined_levels_leave_holes_even_in_the_middle(framework, reading):
    assert [level.value for level in skill(framework, "beam-care-harbour").levels] == [1, 2, 4]
    assert [level.value for level in skill(framework, "maps-charts-and-soundings").levels] == [2, 3]
    assert count(reading, gdd.UNDEFINED_LEVELS) == "3"
    assert count(reading, gdd.WITHOUT_LEVELS) == "1"


def test_5_the_order_of_role_levels_comes_from_the_order_file(framework):
    assert [level.name for level in role(framework, "lamp-keeper").levels] == [
        "Trainee lamp keeper",
        "Junior lamp keeper",
        "Lamp keeper",
        "Head of lamps",
    ]
    assert [level.seniority for level in role(framework, "lamp-keeper").levels] == [1, 2, 3, 4]


def test_5_without_an_order_file_role_levels_stand_by_what_they_require_and_are_named():
    found = read_gdd()
    assert [level.name for level in role(found.framework, "lamp-keeper").levels] == [
        "Trainee lamp keeper",
        "Junior lamp keeper",
        "Head of lamps",
        "Lamp keeper",
    ]
    assert count(found, gdd.ORDER_GUESSED) == "7"
    assert "Head of lamps" in note(found, gdd.ORDER_GUESSED).message


def test_5_without_an_order_file_role_levels_the_portal_ships_keep_its_order():
    roles = ROLES
    for old, new in (
        ("Junior lamp keeper", "Business architect"),
        ("Lamp keeper ", "Trainee business architect"),
        ("Head of lamps", "Lead business architect"),
        ("Lamp keeper", "Business architect"),
    ):
        roles = edited(roles, f",{old},", f",{new},")
    found = read_gdd(roles=roles)
    assert [level.name for level in role(found.framework, "business-architect").levels] == [
        # Not known to the portal, and requires the least.
        "Trainee lamp keeper",
        # Known, although it requires more than those above it.
        "Trainee business architect",
        "Business architect",
        "Lead business architect",
    ]
    assert "Trainee business architect" not in note(found, gdd.ORDER_GUESSED).message
    assert count(found, gdd.ORDER_GUESSED) == "4"


def test_6_requirements_may_fall_from_one_level_to_the_next(framework):
    keeper, head = role(framework, "lamp-keeper").levels[2:]
    assert {one.skill: one.target for one in keeper.requirements}["beam-care-harbour"] == 4
    assert {one.skill: one.target for one in head.requirements}["beam-care-harbour"] == 2


def test_7_management_levels_stand_in_the_same_row_of_levels(framework):
    assert [level.slug for level in role(framework, "harbour-planner-night").levels] == [
        "harbour-planner",
        "senior-harbour-planner-management",
        "senior-harbour-planner",
    ]


def test_8_skills_that_differ_in_brackets_are_different_skills(framework):
    assert skill(framework, "beam-care").name == "Beam care"
    assert skill(framework, "beam-care-harbour").name == "Beam care (harbour)"


def test_9_the_roles_that_require_a_skill_come_from_the_roles_file(framework, reading):
    assert count(reading, gdd.STALE_ROLES) == "2"
    planner = role(framework, "harbour-planner-night")
    assert all("beam-care" not in repr(level.requirements) for level in planner.levels)


def test_10_stray_spaces_and_invisible_characters_are_taken_out(framework, reading):
    assert "Lamp keeper" in [level.name for level in role(framework, "lamp-keeper").levels]
    assert count(reading, gdd.NAMES_MENDED) == "2"
    assert skill(framework, "maps-charts-and-soundings").description.endswith("the water.")
    assert statements(framework, "maps-charts-and-soundings", 3) == ("draw a chart from soundings",)
    assert statements(framework, "user-focus", 2) == ("ask sailors what they need",)
    assert {character for character in repr(framework) if not character.isprintable()} == set()


def test_10_the_lead_line_is_no_statement_with_or_without_its_colon(framework):
    assert statements(framework, "maps-charts-and-soundings", 2) == ("read a chart",)
    assert statements(framework, "beam-care", 2) == ("clean a lens", "trim a wick")


def test_10_descriptions_keep_their_paragraphs_and_lists(framework):
    assert role(framework, "lamp-keeper").description == (
        "A lamp keeper looks after lamps.\n\n"
        "In this role, you will:\n- keep them lit\n- write the log"
    )


def test_11_links_keep_their_words_and_lose_their_address(framework, reading):
    assert role(framework, "chief-lamp-officer").description.endswith(
        "The role belongs to the Lamp profession and the Sea profession."
    )
    assert count(reading, gdd.LINKS) == "1"
    assert note(reading, gdd.LINKS).place.column == "Role Description"


def test_12_commas_belong_to_skill_names(framework):
    assert skill(framework, "maps-charts-and-soundings").name == "Maps, charts and soundings"


def test_13_a_byte_order_mark_and_windows_line_ends_change_nothing(framework):
    windows = [
        b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n") for content in (SKILLS, ROLES, ORDER)
    ]
    assert read_gdd(*windows).framework == framework


def test_13_columns_may_stand_in_any_order(framework):
    lines = [b",".join(reversed(line.split(b","))) for line in ORDER.splitlines()]
    assert read_gdd(order=b"\n".join(lines)).framework == framework


def test_14_brackets_leave_the_slug(framework):
    assert role(framework, "harbour-planner-night").name == "Harbour planner (night)"


def test_a_skill_is_in_the_portals_area_or_else_in_the_family_that_requires_it_most(
    framework, reading
):
    assert skill(framework, "user-focus").area == "User research and evidence"
    assert skill(framework, "beam-care").area == "Lights"
    assert skill(framework, "steering-the-fleet").area == "Chiefs"
    assert count(reading, gdd.AREA_GUESSED) == "4"


def test_texts_that_differ_between_the_files_come_from_the_skills_file():
    found = read_gdd(roles=edited(ROLES, "- name the parts of a lamp", "- name a lamp"))
    assert statements(found.framework, "beam-care", 1) == ("name the parts of a lamp",)
    assert count(found, gdd.TEXTS_DIFFER) == "1"


def test_notes_name_the_line_on_which_the_record_begins_and_the_column(reading):
    trailing = note(reading, gdd.NAMES_MENDED).place
    assert (trailing.file, trailing.line, trailing.column) == ("roles.csv", 33, "Role Level")
