"""How two releases differ: values in, values out."""

from dataclasses import replace

from assessments.framework_import.difference import difference
from assessments.framework_import.parsed import (
    ParsedArea,
    ParsedFramework,
    ParsedLevel,
    ParsedRequirement,
    ParsedRole,
    ParsedRoleLevel,
    ParsedScaleLevel,
    ParsedSkill,
    Place,
)

WICKS = ParsedSkill("wicks", "Wicks", "Light", levels=(ParsedLevel(1, ("trim", "choose")),))
OILS = ParsedSkill("oils", "Oils", "Light")
JUNIOR = ParsedRoleLevel("junior", "Junior", 1, requirements=(ParsedRequirement("wicks", 1),))
KEEPER = ParsedRole("keeper", "Keeper", "Lights", levels=(JUNIOR,))
BEFORE = ParsedFramework(
    slug="lamps",
    name="Lamps",
    scale=(ParsedScaleLevel(1, "Learner"), ParsedScaleLevel(2, "Master")),
    areas=(ParsedArea("Light"),),
    skills=(OILS, WICKS),
    families=("Lights",),
    roles=(KEEPER,),
)


def changes(**fields):
    return [
        (change.kind, change.subject, change.name, change.detail)
        for change in difference(BEFORE, replace(BEFORE, **fields))
    ]


def with_level(**fields):
    return changes(roles=(replace(KEEPER, levels=(replace(JUNIOR, **fields),)),))


def test_nothing_differs_from_itself():
    assert changes() == []


def test_where_a_thing_stands_in_a_file_is_no_difference():
    assert replace(WICKS, place=Place("other.csv", 7)) == WICKS
    assert changes(skills=(OILS, replace(WICKS, place=Place("other.csv", 7)))) == []


def test_everything_is_new_in_a_first_release():
    assert [(change.kind, change.subject) for change in difference(None, BEFORE)] == [
        ("added", "skill"),
        ("added", "skill"),
        ("added", "role"),
        ("added", "role_level"),
        ("added", "requirement"),
    ]


def test_a_skill_left_out_is_retired():
    assert changes(skills=(WICKS,)) == [("retired", "skill", "Oils", "")]


def test_a_changed_skill_says_what_changed():
    new = replace(
        WICKS,
        name="Wick care",
        area="Fire",
        description="About wicks.",
        levels=(ParsedLevel(1, ("trim", "dry", "store")), ParsedLevel(2, ("teach",))),
    )
    ((kind, subject, name, detail),) = changes(skills=(OILS, new))[:1]
    assert (kind, subject, name) == ("changed", "skill", "Wick care")
    assert detail.splitlines() == [
        "Name: Wicks → Wick care",
        "Area: Light → Fire",
        "Description",
        "Learner: statements 2 new and 1 gone",
        "Master: now defined",
    ]


def test_a_level_may_lose_its_definition_or_only_its_order():
    assert changes(skills=(OILS, replace(WICKS, levels=())))[0][3] == "Learner: no longer defined"
    turned = replace(WICKS, levels=(ParsedLevel(1, ("choose", "trim")),))
    assert changes(skills=(OILS, turned))[0][3] == "Learner: statements in another order"


def test_a_target_that_rises_is_a_change_of_the_required_level():
    assert with_level(requirements=(ParsedRequirement("wicks", 2),)) == [
        ("changed", "requirement", "Junior (Keeper): Wicks", "Learner → Master")
    ]


def test_a_requirement_may_come_and_go():
    assert with_level(requirements=(ParsedRequirement("oils", 2),)) == [
        ("added", "requirement", "Junior (Keeper): Oils", "Master"),
        ("retired", "requirement", "Junior (Keeper): Wicks", "Learner"),
    ]


def test_a_role_level_says_what_changed():
    found = with_level(name="Young", grades=("EO",), seniority=2, unlevelled_skills=("oils",))
    assert found == [
        (
            "changed",
            "role_level",
            "Young (Keeper)",
            "Name: Junior → Young\nPlace in the order: 1 → 2\nGrades: none → EO\nLists: Oils",
        )
    ]


def test_a_role_may_move_to_another_family():
    assert changes(roles=(replace(KEEPER, family="Fires"),)) == [
        ("changed", "role", "Keeper", "Role family: Lights → Fires")
    ]
