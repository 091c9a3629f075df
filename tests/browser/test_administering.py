"""Framework editors, organisation administrators and system administrators do their work."""

import re

import pytest
from playwright.sync_api import expect

from tests.assessments.framework_files import ROLES, SKILLS, SMALL, edited
from tests.browser.checks import check_page, follow_error_links
from tests.browser.conftest import choose


def upload(page, label, name, content):
    page.get_by_label(label, exact=True).set_input_files(
        {"name": name, "mimeType": "text/plain", "buffer": content}
    )


def test_a_framework_editor_imports_official_files_and_sees_what_they_change(open_page):
    page = open_page("Framework editor")
    page.get_by_role("link", name="Frameworks").first.click()
    page.get_by_role("button", name="Import a framework").click()
    check_page(page)

    # First with a level that the framework does not know.
    broken = edited(ROLES, b",Working,", b",Wroking,", count=1)
    upload(page, "The skills file", "skills.csv", SKILLS)
    upload(page, "The roles file", "roles.csv", broken)
    page.get_by_role("button", name="Read files").click()
    problems = page.get_by_role("table", name="What is wrong with the files")
    expect(problems.get_by_role("row").nth(1)).to_contain_text("roles.csv")
    expect(problems).to_contain_text("Wroking")
    check_page(page, errors=True)
    follow_error_links(page)

    upload(page, "The skills file", "skills.csv", SKILLS)
    upload(page, "The roles file", "roles.csv", ROLES)
    page.get_by_label("What to call this release (optional)").fill("Browser test")
    page.get_by_role("button", name="Read files").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Browser test\s+Draft"))
    expect(page.get_by_role("table", name="Changes, one by one")).to_contain_text("Beam care")
    check_page(page)
    # The demo department is measured by this framework: what it holds is not replaced here.
    page.get_by_role("button", name="Discard this draft").click()
    expect(page.get_by_text("The draft “Browser test” was discarded.")).to_be_visible()


def test_a_framework_editor_publishes_a_framework(open_page):
    page = open_page("Framework editor")
    page.get_by_role("link", name="Frameworks").first.click()
    page.get_by_role("button", name="Import a framework").click()
    page.get_by_role("link", name="import a file in the portal’s own format").click()
    check_page(page)
    upload(page, "The framework’s file", "lamps.toml", b"[framework")
    page.get_by_role("button", name="Read files").click()
    check_page(page, errors=True)
    follow_error_links(page)
    # For nobody's grade: what the demo people are asked stays as it is.
    upload(page, "The framework’s file", "lamps.toml", edited(SMALL, b'["EO", "AO"]', b"[]"))
    page.get_by_role("button", name="Read files").click()
    expect(page.get_by_text("This is the first release of the framework")).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="Publish this release").click()
    expect(page.get_by_text(re.compile("Lamps, “.*”, is now in force."))).to_be_visible()

    page = open_page("Line manager")
    page.get_by_role("link", name="Frameworks").first.click()
    page.get_by_role("link", name="Lamps", exact=True).click()
    page.get_by_role("link", name="Wicks").click()
    expect(page.get_by_text("say what a wick is")).to_be_visible()


def find_person(page, name):
    page.get_by_role("link", name="People", exact=True).first.click()
    page.get_by_label("Name or email address").fill(name)
    page.get_by_role("button", name="Search").click()


@pytest.mark.parametrize("javascript", [True, False], ids=["with script", "without"])
def test_an_organisation_administrator_adds_somebody_and_moves_them(open_page, javascript):
    name = "Wanda Brightwater" if javascript else "Wilf Brightwater"
    email = f"{name.lower().replace(' ', '.')}@harbours.example"
    page = open_page("Organisation administrator", javascript=javascript)
    page.get_by_role("link", name="People", exact=True).first.click()
    page.get_by_role("link", name="Add a person").click()
    page.get_by_role("button", name="Add the person").click()
    if javascript:
        check_page(page, errors=True)
    follow_error_links(page)
    page.get_by_label("Full name").fill(name)
    page.get_by_label("Work email address").fill(email)
    choose(page.get_by_label("Unit", exact=True), "Payroll and Pensions")
    choose(page.get_by_label("Grade"), "EO")
    page.get_by_role("button", name="Add the person").click()
    expect(page.get_by_text(f"{name} can now choose a password and sign in.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)

    find_person(page, name)
    page.get_by_role("link", name=name).click()
    page.get_by_role("button", name="Change the post").click()
    choose(page.get_by_label("Unit", exact=True), "Financial Control")
    page.get_by_role("button", name="Save the post").click()
    expect(page.get_by_text(f"{name} is now in Financial Control.")).to_be_visible()
    if javascript:
        check_page(page)
    find_person(page, name)
    expect(page.get_by_role("row").filter(has_text=name)).to_contain_text("Financial Control")


def test_a_system_administrator_gives_a_grant_and_withdraws_it(open_page):
    page = open_page("System administrator")
    page.get_by_role("link", name="People", exact=True).first.click()
    # Somebody who does not sign in, so that no other test sees a change.
    row = page.get_by_role("row").filter(has=page.get_by_role("cell", name="AO", exact=True)).first
    link = row.get_by_role("link")
    name = link.inner_text()
    link.click()
    page.get_by_role("button", name="Give a grant").click()
    page.get_by_role("button", name="Give the grant").click()
    check_page(page, errors=True)
    follow_error_links(page)
    page.get_by_role("radio", name="Report reader").check()
    page.get_by_role("button", name="Give the grant").click()
    follow_error_links(page)
    choose(page.get_by_label("For which unit"), "Internal Audit")
    page.get_by_role("button", name="Give the grant").click()
    expect(page.get_by_text(re.compile(f"{name} may now .*Internal Audit"))).to_be_visible()
    check_page(page)
    page.get_by_role("link", name=re.compile("^withdraw Report reader")).click()
    check_page(page)
    page.get_by_role("button", name="Withdraw the grant").click()
    expect(page.get_by_text(re.compile(f"{name} may no longer"))).to_be_visible()


def test_an_organisation_administrator_brings_people_and_units_up_to_date_from_files(open_page):
    page = open_page("Organisation administrator")
    page.get_by_role("link", name="People").first.click()
    page.get_by_role("link", name="Units and people from files").click()
    check_page(page)
    links = page.locator("main a[href$='/people.csv']")
    top = links.first.get_attribute("href").split("/")[2]
    page.get_by_label("Which part of the organisation").select_option(top)
    people = b"Email,Name,Unit code,Grade,Line manager email\n"
    upload(page, "File of people", "people.csv", people + b"nobody,Nora Pell,nowhere,EO,\n")
    page.get_by_role("button", name="Check the files").click()
    expect(page.get_by_role("table")).to_contain_text("“nobody” is no email address.")
    check_page(page, errors=True)
    follow_error_links(page)

    row = f"nora.pell@example.gov.uk,Nora Pell,{top},EO,\n".encode()
    page.get_by_label("Which part of the organisation").select_option(top)
    upload(page, "File of people", "people.csv", people + row)
    units = f"Unit code,Name,Parent code\nlamp-lab,Lamp lab,{top}\n".encode()
    upload(page, "File of units", "units.csv", units)
    page.get_by_role("button", name="Check the files").click()
    expect(page.get_by_role("table", name="What will change")).to_contain_text("Lamp lab")
    check_page(page)
    page.get_by_role("button", name="Change nothing").click()
    expect(page.get_by_text("Nothing was changed.")).to_be_visible()
