"""Pages about frameworks: works, no access, wrong method, errors shown."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.permissions import GrantKind
from assessments.models import Framework, Release
from assessments.services.frameworks import checked, discard_draft, draft_release, publish_release
from tests import factories
from tests.assessments.framework_files import ROLES, SKILLS, SMALL, edited, read_gdd, read_portal

pytestmark = pytest.mark.django_db

SECOND = edited(SMALL, "wicks = 2", "wicks = 1")
IMPORT = "/frameworks/import/"


@pytest.fixture
def lamps():
    """A published release of the small framework."""
    return publish_release(draft_release(checked(read_portal()), by=None).release, by=None)


@pytest.fixture
def gdd():
    return publish_release(draft_release(checked(read_gdd()), by=None).release, by=None)


@pytest.fixture
def draft(lamps, framework_editor):
    """A second release of it that waits to be published."""
    return draft_release(checked(read_portal(SECOND)), by=framework_editor).release


@pytest.fixture
def as_member(client, member):
    client.force_login(member)
    return client


@pytest.fixture
def as_editor(client, framework_editor):
    client.force_login(framework_editor)
    return client


def upload(content, name):
    return SimpleUploadedFile(name, content)


def gdd_files(skills=SKILLS, roles=ROLES):
    return {"skills": upload(skills, "skills.csv"), "roles": upload(roles, "roles.csv")}


def text_of(response):
    return response.content.decode()


# Reading


def test_the_list_shows_frameworks_in_force(as_member, lamps, gdd):
    page = text_of(as_member.get("/frameworks/"))
    assert "/frameworks/lamps/" in page
    assert "/frameworks/gdd/" in page
    assert "Import a framework" not in page


def test_the_list_shows_editors_drafts_and_the_way_to_import(as_editor, draft):
    page = text_of(as_editor.get("/frameworks/"))
    assert draft.get_absolute_url() in page
    assert IMPORT in page


def test_a_framework_shows_areas_with_skills_families_with_roles_and_releases(as_member, gdd):
    page = text_of(as_member.get("/frameworks/gdd/"))
    assert "/frameworks/gdd/skills/maps-charts-and-soundings/" in page
    assert "/frameworks/gdd/roles/harbour-planner-night/" in page
    assert gdd.get_absolute_url() in page
    assert "Open Government Licence v3.0" in page


def test_a_skill_shows_statements_undefined_levels_and_who_requires_it(as_member, gdd):
    page = text_of(as_member.get("/frameworks/gdd/skills/beam-care-harbour/"))
    assert "<li>design the lights of a port</li>" in page
    assert "does not define this level for this skill" in page
    assert "Head of lamps" in page
    assert "Open Government Licence v3.0" in page


def test_a_skill_without_levels_says_so(as_member, gdd):
    page = text_of(as_member.get("/frameworks/gdd/skills/steering-the-fleet/"))
    assert "so it cannot be rated" in page
    assert "<li>speaking up for keepers</li>" in page
    assert "/frameworks/gdd/roles/chief-lamp-officer/" in page


def test_a_role_shows_its_levels_by_seniority_against_its_skills(as_member, gdd):
    page = text_of(as_member.get("/frameworks/gdd/roles/lamp-keeper/"))
    assert page.index("Trainee lamp keeper</th>") < page.index("Head of lamps</th>")
    assert "/frameworks/gdd/skills/beam-care/" in page
    assert "Not required" in page
    assert "<li>write the log</li>" in page


def test_a_role_without_targets_lists_its_skills(as_member, gdd):
    page = text_of(as_member.get("/frameworks/gdd/roles/chief-lamp-officer/"))
    assert "without saying how much of each" in page
    assert "/frameworks/gdd/skills/user-focus/" in page
    assert "NOT IN USE" not in page


def test_a_retired_skill_keeps_its_page_and_says_so(as_member, lamps):
    new = edited(SMALL, 'slug = "wicks"', 'slug = "oils"').replace(b"wicks = 2", b"oils = 2")
    publish_release(draft_release(checked(read_portal(new)), by=None).release, by=None)
    page = text_of(as_member.get("/frameworks/lamps/skills/wicks/"))
    assert "no longer in the framework" in page


def test_texts_are_escaped(as_member):
    hostile = edited(SMALL, "Trimming wicks.", "<script>alert(1)</script>")
    hostile = edited(hostile, "choose a wick", "<b>choose</b>")
    publish_release(draft_release(checked(read_portal(hostile)), by=None).release, by=None)
    page = text_of(as_member.get("/frameworks/lamps/skills/wicks/"))
    assert "<script>alert" not in page
    assert "<b>choose" not in page


@pytest.mark.parametrize(
    "path",
    [
        "no-such/",
        "lamps/skills/no-such/",
        "lamps/roles/no-such/",
        "lamps/releases/999999/",
        "gdd/skills/wicks/",
    ],
)
def test_what_does_not_exist_is_not_found(as_member, lamps, path):
    assert as_member.get(f"/frameworks/{path}").status_code == 404


def test_a_release_belongs_to_its_framework(as_member, lamps, gdd):
    assert as_member.get(f"/frameworks/gdd/releases/{lamps.pk}/").status_code == 404


def test_everyone_may_read_what_a_published_release_changed(as_member, draft):
    publish_release(draft, by=None)
    page = text_of(as_member.get(draft.get_absolute_url()))
    assert "Keeper → Learner" in page
    assert "Publish this release" not in page
    assert "Felix Harrowgate" not in page


def test_reading_pages_take_no_posts(as_member, lamps):
    for path in (
        "/frameworks/",
        "/frameworks/lamps/",
        "/frameworks/lamps/skills/wicks/",
        "/frameworks/lamps/roles/keeper/",
        lamps.get_absolute_url(),
    ):
        assert as_member.post(path).status_code == 405


# Drafts


def test_a_draft_shows_editors_what_it_changes_and_what_was_mended(as_editor):
    release = draft_release(checked(read_gdd()), by=None).release
    page = text_of(as_editor.get(release.get_absolute_url()))
    assert "first release of the framework" in page
    assert "stray spaces" in page
    assert "Publish this release" in page
    assert "Discard this draft" in page


def test_changes_can_be_shown_by_subject(as_editor, draft):
    page = text_of(as_editor.get(f"{draft.get_absolute_url()}?show=requirement"))
    assert "Required level: 1 change<" in page
    page = text_of(as_editor.get(f"{draft.get_absolute_url()}?show=nonsense"))
    assert "All 1 change<" in page


def test_drafts_are_out_of_sight_for_everybody_else(as_member, draft):
    assert as_member.get(draft.get_absolute_url()).status_code == 404
    assert draft.label not in text_of(as_member.get("/frameworks/lamps/")).split("Releases")[-1]


def test_a_framework_with_only_a_draft_is_out_of_sight_for_everybody_else(
    client, member, framework_editor
):
    draft_release(checked(read_portal()), by=framework_editor)
    client.force_login(member)
    assert client.get("/frameworks/lamps/").status_code == 404
    client.force_login(framework_editor)
    assert "No release of this framework" in text_of(client.get("/frameworks/lamps/"))


def test_an_editor_publishes_a_draft(as_editor, draft, lamps):
    response = as_editor.post(f"{draft.get_absolute_url()}publish/", follow=True)
    assert "is now in force" in text_of(response)
    assert Release.objects.current().get() == draft


def test_an_editor_discards_a_draft(as_editor, draft, lamps):
    response = as_editor.post(f"{draft.get_absolute_url()}discard/", follow=True)
    assert "was discarded" in text_of(response)
    assert list(Release.objects.all()) == [lamps]


def test_publishing_twice_says_that_it_is_published(as_editor, draft):
    as_editor.post(f"{draft.get_absolute_url()}publish/")
    at = Release.objects.get(pk=draft.pk).published_at
    response = as_editor.post(f"{draft.get_absolute_url()}publish/", follow=True)
    assert "published already" in text_of(response)
    assert Release.objects.get(pk=draft.pk).published_at == at


def test_a_draft_another_editor_discarded_is_said_to_be_gone(as_editor, draft):
    discard_draft(draft, by=None)
    for action in ("publish", "discard"):
        response = as_editor.post(f"{draft.get_absolute_url()}{action}/", follow=True)
        assert "no longer there" in text_of(response)


def test_a_draft_another_editor_published_cannot_be_discarded(as_editor, draft):
    publish_release(draft, by=None)
    response = as_editor.post(f"{draft.get_absolute_url()}discard/", follow=True)
    assert "cannot be discarded" in text_of(response)
    assert Release.objects.filter(pk=draft.pk).exists()


@pytest.mark.parametrize("action", ["publish", "discard"])
def test_only_editors_publish_and_discard_and_only_by_post(client, member, draft, action):
    path = f"{draft.get_absolute_url()}{action}/"
    client.force_login(member)
    assert client.post(path).status_code == 403
    assert client.get(path).status_code == 405
    assert Release.objects.get(pk=draft.pk).is_draft


# Importing


@pytest.mark.parametrize("kind", [kind for kind in GrantKind if kind != "framework_editor"])
def test_only_editors_import(client, department, kind):
    client.force_login(factories.person(unit=department, grant=kind))
    assert client.get(IMPORT).status_code == 403
    assert client.post(IMPORT, gdd_files()).status_code == 403
    assert not Framework.objects.exists()


def test_the_import_page_takes_no_other_method(as_editor):
    assert as_editor.put(IMPORT).status_code == 405


def test_importing_official_files_leads_to_their_draft(as_editor, framework_editor):
    response = as_editor.post(IMPORT, gdd_files() | {"label": "Autumn 2026"}, follow=True)
    release = Release.objects.get()
    assert response.redirect_chain == [(release.get_absolute_url(), 302)]
    assert (release.label, release.imported_by) == ("Autumn 2026", framework_editor)
    assert "Check what they change" in text_of(response)


def test_importing_a_portal_file_leads_to_its_draft(as_editor):
    response = as_editor.post(f"{IMPORT}?format=portal", {"file": upload(SMALL, "small.toml")})
    assert response["Location"] == Release.objects.get().get_absolute_url()


def test_fields_nobody_offered_change_nothing(as_editor):
    as_editor.post(IMPORT, gdd_files() | {"published_at": "2020-01-01", "imported_by": "1"})
    assert Release.objects.get().published_at is None


def test_files_not_chosen_are_asked_for(as_editor):
    page = text_of(as_editor.post(IMPORT, {}))
    assert "Select the skills file" in page
    assert "Select the roles file" in page
    assert "<title>Error: " in page


def test_errors_are_shown_with_line_column_and_remedy(as_editor):
    page = text_of(as_editor.post(IMPORT, gdd_files(roles=edited(ROLES, ",Expert,", ",Master,"))))
    assert "<title>Error: " in page
    assert 'href="#problems"' in page
    assert "“Master” is not a level." in page
    assert "Write Awareness, Working, Practitioner, Expert or NOT IN USE." in page
    assert page.count("“Master” is not a level.") == 3
    assert not Framework.objects.exists()


def test_an_empty_file_is_named_among_the_problems(as_editor):
    page = text_of(as_editor.post(IMPORT, gdd_files(skills=b"")))
    assert "The file is empty." in page


def test_a_100_mb_upload_is_refused(as_editor, tmp_path):
    path = tmp_path / "big.csv"
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    files = {"skills": path.open("rb"), "roles": upload(ROLES, "roles.csv")}
    with files["skills"]:
        page = text_of(as_editor.post(IMPORT, files))
    assert "larger than 5 MB" in page
    assert not Framework.objects.exists()


def test_importing_what_is_in_force_changes_nothing_and_says_so(as_editor, gdd):
    response = as_editor.post(IMPORT, gdd_files(), follow=True)
    assert "Nothing was changed" in text_of(response)
    assert Release.objects.get() == gdd


def test_importing_the_draft_again_leads_to_it(as_editor):
    as_editor.post(IMPORT, gdd_files())
    response = as_editor.post(IMPORT, gdd_files(), follow=True)
    assert "same as this draft" in text_of(response)
    assert Release.objects.count() == 1


def test_another_editors_draft_is_named_and_not_overwritten(client, department, draft):
    client.force_login(factories.person(unit=department, grant=GrantKind.FRAMEWORK_EDITOR))
    third = edited(SMALL, "choose a wick", "sell a wick")
    page = text_of(client.post(f"{IMPORT}?format=portal", {"file": upload(third, "small.toml")}))
    assert "There is already a draft" in page
    assert "Felix Harrowgate" in page
    assert draft.get_absolute_url() in page
    assert Release.objects.count() == 2


def test_another_scale_is_explained(as_editor, lamps):
    other = edited(SMALL, '"Master"', '"Doctor"')
    page = text_of(as_editor.post(f"{IMPORT}?format=portal", {"file": upload(other, "x.toml")}))
    assert "scale of a framework cannot change" in page


# Cost


def many(count):
    """A portal file with `count` more skills, all required, with three levels each."""
    skills = "".join(
        f'\n  [[areas.skills]]\n  slug = "s{n}"\n  name = "Skill {n}"\n'
        f'  [areas.skills.levels]\n  1 = ["a"]\n  2 = ["b"]\n  3 = ["c"]\n'
        for n in range(count)
    )
    levels = "".join(
        f'\n    [[role_families.roles.levels]]\n    slug = "l{n}"\n    name = "Level {n}"\n'
        f"    seniority = {n + 2}\n      [role_families.roles.levels.targets]\n      wicks = 1\n"
        + "".join(f"      s{m} = 2\n" for m in range(count))
        for n in range(count)
    )
    return edited(SMALL, "\n[[role_families]]", f"{skills}\n[[role_families]]") + levels.encode()


@pytest.mark.parametrize(
    "path",
    [
        "/frameworks/",
        "/frameworks/lamps/",
        "/frameworks/lamps/skills/wicks/",
        "/frameworks/lamps/roles/keeper/",
        "release",
    ],
)
def test_a_page_takes_the_same_queries_for_few_and_for_many(
    as_editor, path, django_assert_max_num_queries, django_assert_num_queries
):
    def visit(content):
        release = draft_release(checked(read_portal(content)), by=None).release
        publish_release(release, by=None)
        return release.get_absolute_url() if path == "release" else path

    address = visit(many(1))
    with django_assert_max_num_queries(25) as first:
        assert as_editor.get(address).status_code == 200
    visit(many(12))
    address = visit(many(13))
    with django_assert_num_queries(len(first.captured_queries)):
        assert as_editor.get(address).status_code == 200
