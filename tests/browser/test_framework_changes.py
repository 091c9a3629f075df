"""Somebody rates themselves, an editor publishes a new release, and they rate themselves again."""

from playwright.sync_api import expect

from tests.browser.checks import check_page
from tests.browser.conftest import choose_password
from tests.browser.test_administering import upload
from tests.browser.test_first_visit import follow, heading
from tests.browser.test_rating import level, open_skill, rate, skills

NAMES = ("Casting", "Ringing", "Tuning")


def framework(release, *, names=NAMES, statements=None):
    """A framework of bells with one role, as a file in the portal's own format."""
    statements = statements or {}
    parts = [
        '[framework]\nslug = "bells"\nname = "Bells"\ndescription = "All about bells."\n'
        'attribution = "Written for the tests."\n',
        f'[release]\nlabel = "{release}"\npublished_on = 2026-03-0{release}\n',
        '[[scale]]\nvalue = 1\nname = "Learner"\n[[scale]]\nvalue = 2\nname = "Master"\n',
        '[[areas]]\nname = "Sound"\n',
    ]
    for name in names:
        told = statements.get(name, f"explain {name.lower()}")
        parts.append(
            f'[[areas.skills]]\nslug = "{name.lower()}"\nname = "{name}"\n'
            f'description = "{name}, done well."\n[areas.skills.levels]\n'
            f'1 = ["{told}"]\n2 = ["teach {name.lower()}"]\n'
        )
    parts.append(
        '[[role_families]]\nname = "Belfry"\n[[role_families.roles]]\nslug = "ringer"\n'
        'name = "Bell ringer"\n[[role_families.roles.levels]]\nslug = "ringer"\n'
        'name = "Bell ringer"\ngrades = []\nseniority = 1\n[role_families.roles.levels.targets]\n'
    )
    parts += [f"{name.lower()} = 2\n" for name in names]
    return "".join(parts).encode()


def publish(page, content):
    """Publish a release of the framework of bells, as its editor."""
    page.goto("/frameworks/import/?format=portal")
    upload(page, "The framework’s file", "bells.toml", content)
    page.get_by_role("button", name="Read files").click()
    check_page(page)
    page.get_by_role("button", name="Publish this release").click()
    expect(page.get_by_text("is now in force.")).to_be_visible()


def test_somebody_is_asked_only_what_a_new_release_changed(open_page, add_person, portal):
    editor = open_page("Framework editor")
    publish(editor, framework(1))
    page = open_page()
    choose_password(page, portal, add_person("Bella Ropewalk", unit="Testing"))
    page.goto("/skills/")
    page.get_by_role("button", name="Choose your role").click()
    page.get_by_label("Search for a role").fill("bell ringer")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Bell ringer", exact=True).click()
    page.get_by_role("button", name="This is my role").click()
    page.get_by_role("button", name="Start Bell ringer").click()
    expect(heading(page)).to_have_text("Rate your skills")
    assert skills(page) == list(NAMES)
    for name in NAMES:
        rate(page, name, "Learner", evidence=f"My own {name.lower()}.")
    page.get_by_role("button", name="Check your answers").click()
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(heading(page)).to_have_text("Your result")

    # One skill is described differently, one is new, one is gone and one is as it was.
    publish(
        editor,
        framework(
            2,
            names=("Casting", "Ringing", "Ropes"),
            statements={"Casting": "cast a bell of bronze"},
        ),
    )

    page.goto("/skills/")
    expect(page.get_by_text("Submitted", exact=True)).to_be_visible()
    page.get_by_role("button", name="Rate again Bell ringer").click()
    expect(page.get_by_text("2 skills left")).to_be_visible()
    page.get_by_text("What changed in the framework for you").click()
    changes = page.locator("details")
    for words in ("New for your role:", "Ropes", "No longer asked for:", "Tuning", "Casting"):
        expect(changes).to_contain_text(words)
    check_page(page)
    open_skill(page, "Casting")
    expect(page.get_by_text("The framework describes this skill differently")).to_be_visible()
    expect(page.get_by_text("cast a bell of bronze")).to_be_visible()
    expect(level(page, "Learner")).to_be_checked()
    expect(page.get_by_label("Evidence (optional)")).to_have_value("My own casting.")
    check_page(page)
    level(page, "Master").check()
    page.get_by_role("button", name="Save and see all skills").click()
    rate(page, "Ropes", "Not yet")

    # What nobody asks again is confirmed in one step.
    expect(page.get_by_role("heading", name="Your answers from last time")).to_be_visible()
    page.get_by_role("button", name="Confirm this answer").click()
    expect(page.get_by_text("You have confirmed 1 answer.")).to_be_visible()
    page.get_by_role("button", name="Check your answers").click()
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(heading(page)).to_have_text("Your result")
    chart = page.get_by_role("list", name="Levels against the target")
    expect(chart.get_by_role("listitem")).to_have_count(3)

    # Both are kept, each with its release, and the retired skill keeps its level.
    page.goto("/skills/")
    follow(page, "Your history")
    table = page.get_by_role("table", name="Every self-assessment you submitted")
    expect(table.get_by_role("row")).to_have_count(3)
    expect(table).to_contain_text("(Bells, 1)")
    expect(table).to_contain_text("(Bells, 2)")
    check_page(page)
    follow(page, "Casting")
    expect(page.get_by_role("heading", level=2)).to_contain_text(["Master", "Learner"])
    expect(page.locator("main")).to_contain_text("Bells, 1")
    check_page(page)
