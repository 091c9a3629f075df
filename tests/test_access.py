"""Who may open what: every address of the portal, for every kind of person.

How to add a page
    1. Add a line to OPENED, below the room it belongs to, with the answer each person gets when
       they open (GET) the page about `member`'s thing. The people are those of conftest.py.
    2. If its address takes values, say in `addresses` which thing of the world it is about.
    3. If it only takes posts (405), add a line to POSTED too: the answer to an empty post.
A line about another object of the same page has a note: "assessments:result (a draft)".

The answers are those of STYLE.md and of the portal's access rules: `in` is sent to sign in; out
of sight is 404, the same page as for what does not exist; seen but not allowed is 403; 405 is a
page that only takes posts. An address without a line fails, and so does a line without one.
"""

import csv
import datetime
import io
import re
import uuid
from types import SimpleNamespace

import pytest
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import converters, get_resolver, reverse
from django.utils import timezone

from accounts.models import AuditEntry, AuditHead, Grant
from accounts.second_factor import SET_UP_PAGES
from learning.log_import import COLUMNS, EXAMPLE_ROWS
from reports import compile, making, services
from tests import factories
from tests.reports.departments import fill

pytestmark = pytest.mark.django_db

# A page that needs more has a query for each of its rows, or soon will.
MOST_QUERIES = 25

PEOPLE = {
    "anon": "anonymous",
    "memb": "member",
    "mana": "line_manager",
    "amba": "ambassador",
    "read": "report_reader",
    "orga": "organisation_administrator",
    "edit": "framework_editor",
    "syst": "system_administrator",
    "outs": "outsider",
    "leav": "leaver",
}

# The member works in Digital and has the line manager; the outsider works in Operations, beside
# it. The others hold their posts and grants at the top of the same department.
OPENED = """
                                              anon memb mana amba read orga edit syst outs leav
ambassador                                    in   403  403  200  403  403  403  403  403  in
home                                          in   200  200  200  200  200  200  200  200  in
mark_notices_read                             in   405  405  405  405  405  405  405  405  in
alive                                         200  200  200  200  200  200  200  200  200  200
metrics                                       404  404  404  404  404  404  404  404  404  404
security_txt                                  404  404  404  404  404  404  404  404  404  404
erase_person                                  in   403  403  404  404  403  404  302  404  in
your_data                                     in   302  302  302  302  302  302  302  302  in
privacy                                       200  200  200  200  200  200  200  200  200  200
cookies                                       200  200  200  200  200  200  200  200  200  200
ready                                         200  200  200  200  200  200  200  200  200  200

account_login                                 200  302  302  302  302  302  302  302  302  200
account_logout                                302  200  200  200  200  200  200  200  200  302
account_inactive                              200  200  200  200  200  200  200  200  200  200
account_signup                                200  302  302  302  302  302  302  302  302  200
account_reset_password                        200  200  200  200  200  200  200  200  200  200
account_reset_password_done                   200  200  200  200  200  200  200  200  200  200
account_reset_password_from_key               200  200  200  200  200  200  200  200  200  200
account_reset_password_from_key_done          200  200  200  200  200  200  200  200  200  200
account_email_verification_sent               in   302  302  302  302  302  302  302  302  in
account_confirm_login_code                    in   302  302  302  302  302  302  302  302  in
account_email                                 in   200  200  200  200  200  200  200  200  in
account_change_password                       in   200  200  200  200  200  200  200  200  in
account_set_password                          in   302  302  302  302  302  302  302  302  in
account_reauthenticate                        in   200  200  200  200  200  200  200  200  in
account_request_login_code                    200  302  302  302  302  302  302  302  302  200
mfa_index                                     in   200  200  200  200  200  200  200  200  in
mfa_authenticate                              in   302  302  302  302  302  302  302  302  in
mfa_reauthenticate                            in   302  302  302  302  302  302  302  302  in
mfa_activate_totp                             in   302  302  302  302  302  302  302  302  in
mfa_deactivate_totp                           in   404  404  404  404  404  404  404  404  in
mfa_view_recovery_codes                       in   404  404  404  404  404  404  404  404  in
mfa_generate_recovery_codes                   in   302  302  302  302  302  302  302  302  in
mfa_download_recovery_codes                   in   404  404  404  404  404  404  404  404  in
mfa_list_webauthn                             in   200  200  200  200  200  200  200  200  in
mfa_add_webauthn                              in   302  302  302  302  302  302  302  302  in
mfa_reauthenticate_webauthn                   in   302  302  302  302  302  302  302  302  in
mfa_edit_webauthn                             in   302  302  302  302  302  302  302  302  in
mfa_remove_webauthn                           in   302  302  302  302  302  302  302  302  in
mfa_login_webauthn                            in   302  302  302  302  302  302  302  302  in
department_sign_in                            404  404  404  404  404  404  404  404  404  404
openid_connect_login                          405  405  405  405  405  405  405  405  405  405
openid_connect_callback                       404  404  404  404  404  404  404  404  404  404
socialaccount_login_cancelled                 200  200  200  200  200  200  200  200  200  200
socialaccount_connections                     in   302  302  302  302  302  302  302  302  in
usersessions_list                             in   200  200  200  200  200  200  200  200  in

accounts:how_you_sign_in                      in   200  200  200  200  200  200  200  200  in
accounts:who_looked                           in   200  200  200  200  200  200  200  200  in
accounts:audit_log                            in   403  403  403  403  403  403  200  403  in
accounts:people                               in   403  403  403  403  200  403  200  403  in
accounts:add_person                           in   403  403  403  403  200  403  200  403  in
accounts:person                               in   200  200  404  404  200  404  200  404  in
accounts:person (the outsider)                in   404  404  404  404  200  404  200  200  in
accounts:person (another department)          in   404  404  404  404  404  404  200  404  in
accounts:person (who left)                    in   404  404  404  404  404  404  200  404  in
accounts:move_person                          in   403  403  404  404  200  404  200  404  in
accounts:move_person (another department)     in   404  404  404  404  404  404  200  404  in
accounts:close_account                        in   403  403  404  404  200  404  200  404  in
accounts:close_account (the administrator)    in   404  404  404  404  403  404  200  404  in
accounts:close_account (another department)   in   404  404  404  404  404  404  200  404  in
accounts:give_grant                           in   403  403  404  404  200  404  200  404  in
accounts:give_grant (the system’s)            in   404  404  404  404  200  404  403  404  in
accounts:withdraw_grant                       in   404  404  403  404  200  404  200  404  in
accounts:change_requests                      in   200  200  200  200  200  200  200  200  in
accounts:ask_for_change                       in   200  200  200  200  200  200  200  200  in
accounts:change_request                       in   200  404  404  404  200  404  200  404  in
accounts:refuse_change                        in   403  404  404  404  200  404  200  404  in
accounts:withdraw_change                      in   405  405  405  405  405  405  405  405  in
accounts:units                                in   200  200  200  200  200  200  200  200  in
accounts:unit                                 in   200  200  200  200  200  404  200  404  in
accounts:unit (beside the member’s)           in   404  404  200  200  200  404  200  200  in
accounts:unit (above the member’s)            in   200  200  200  200  200  200  200  200  in
accounts:unit (another department)            in   404  404  404  404  404  404  200  404  in
accounts:add_unit                             in   403  403  403  403  200  404  200  404  in
accounts:rename_unit                          in   403  403  403  403  200  404  200  404  in
accounts:move_unit                            in   403  403  403  403  200  404  200  404  in
accounts:move_unit (at the top)               in   403  403  403  403  403  403  200  403  in
accounts:move_unit (another department)       in   404  404  404  404  404  404  200  404  in
accounts:export_units                         in   403  403  403  403  200  404  200  404  in
accounts:export_units (another department)    in   404  404  404  404  404  404  200  404  in
accounts:export_people                        in   403  403  403  403  200  404  200  404  in
accounts:export_people (another department)   in   404  404  404  404  404  404  200  404  in
accounts:import_organisation                  in   403  403  403  403  200  403  200  403  in
accounts:check_organisation_import            in   404  404  404  404  200  404  404  404  in
accounts:add_department                       in   403  403  403  403  403  403  200  403  in
accounts:cover                                in   200  200  200  200  200  200  200  200  in
accounts:cover_for                            in   404  302  404  404  200  404  200  404  in
accounts:cover_for (the member)               in   302  403  404  404  200  404  200  404  in
accounts:end_cover                            in   405  405  405  405  405  405  405  405  in
accounts:notice_settings                      in   200  200  200  200  200  200  200  200  in

assessments:my_skills                         in   200  200  200  200  200  200  200  200  in
assessments:getting_started                   in   200  200  200  200  200  200  200  200  in
assessments:choose_role_level                 in   200  200  200  200  200  200  200  200  in
assessments:start                             in   405  405  405  405  405  405  405  405  in
assessments:directions                        in   200  200  200  200  200  200  200  200  in
assessments:direction                         in   200  200  200  200  200  200  200  200  in
assessments:history                           in   200  200  200  200  200  200  200  200  in
assessments:skill_history                     in   200  404  404  404  404  404  404  200  in
assessments:compare                           in   200  200  200  200  200  200  200  200  in
assessments:task_list                         in   200  404  404  404  404  404  404  404  in
assessments:task_list (submitted)             in   302  404  404  404  404  404  404  404  in
assessments:answer                            in   200  404  404  404  404  404  404  404  in
assessments:answer (submitted)                in   302  404  404  404  404  404  404  404  in
assessments:statements                        in   200  404  404  404  404  404  404  404  in
assessments:statements (submitted)            in   302  404  404  404  404  404  404  404  in
assessments:area                              in   200  404  404  404  404  404  404  404  in
assessments:confirm_carried                   in   405  405  405  405  405  405  405  405  in
assessments:ask_all_again                     in   405  405  405  405  405  405  405  405  in
assessments:move_draft                        in   302  404  404  404  404  404  404  404  in
assessments:check_answers                     in   200  404  404  404  404  404  404  404  in
assessments:check_answers (submitted)         in   302  404  404  404  404  404  404  404  in
assessments:result                            in   200  200  404  404  404  404  404  404  in
assessments:result (a draft)                  in   302  404  404  404  404  404  404  404  in
assessments:result (the outsider’s)           in   404  404  404  404  404  404  404  200  in
assessments:team                              in   200  200  200  200  200  200  200  200  in
assessments:team_csv                          in   200  200  200  200  200  200  200  200  in
assessments:agreement                         in   200  200  200  200  200  200  200  200  in
assessments:reviews                           in   200  200  200  200  200  200  200  200  in
assessments:remind                            in   405  405  405  405  405  405  405  405  in
assessments:review                            in   404  200  404  404  404  404  404  404  in
assessments:review (a draft)                  in   404  404  404  404  404  404  404  404  in
assessments:review (the outsider’s)           in   404  404  404  404  404  404  404  404  in
assessments:review_answers                    in   200  200  404  404  404  404  404  404  in
assessments:review_answers (a draft)          in   404  404  404  404  404  404  404  404  in
assessments:review_answer                     in   200  200  404  404  404  404  404  404  in
assessments:review_answer (not finished)      in   404  404  404  404  404  404  404  404  in
assessments:sharing                           in   200  200  200  200  200  200  200  200  in
assessments:share_again                       in   405  405  405  405  405  405  405  405  in
assessments:stop_sharing                      in   405  405  405  405  405  405  405  405  in
assessments:frameworks                        in   200  200  200  200  200  200  200  200  in
assessments:framework                         in   200  200  200  200  200  200  200  200  in
assessments:framework_skill                   in   200  200  200  200  200  200  200  200  in
assessments:framework_role                    in   200  200  200  200  200  200  200  200  in
assessments:release                           in   200  200  200  200  200  200  200  200  in
assessments:release (a draft)                 in   404  404  404  404  404  200  404  404  in
assessments:import_framework                  in   403  403  403  403  403  200  403  403  in
assessments:publish_release                   in   405  405  405  405  405  405  405  405  in
assessments:discard_release                   in   405  405  405  405  405  405  405  405  in

learning:log                                  in   200  200  200  200  200  200  200  200  in
learning:entry                                in   200  404  404  404  404  404  404  404  in
learning:entry (shared)                       in   200  200  404  404  404  404  404  404  in
learning:entry (deleted)                      in   404  404  404  404  404  404  404  404  in
learning:change_entry                         in   200  404  404  404  404  404  404  404  in
learning:change_entry (shared)                in   200  404  404  404  404  404  404  404  in
learning:delete_entry                         in   405  405  405  405  405  405  405  405  in
learning:restore_entry                        in   405  405  405  405  405  405  405  405  in
learning:share_entry                          in   405  405  405  405  405  405  405  405  in
learning:stop_sharing                         in   405  405  405  405  405  405  405  405  in
learning:deleted_entries                      in   200  200  200  200  200  200  200  200  in
learning:shared_entries                       in   200  200  200  200  200  200  200  200  in
learning:year                                 in   200  200  200  200  200  200  200  200  in
learning:import_entries                       in   200  200  200  200  200  200  200  200  in
learning:import_template                      in   200  200  200  200  200  200  200  200  in
learning:check_import                         in   200  404  404  404  404  404  404  404  in
learning:asked_list                           in   200  200  200  200  200  200  200  200  in
learning:asked                                in   200  404  404  404  404  404  404  404  in
learning:asked (withdrawn)                    in   200  404  404  404  404  404  404  404  in
learning:accept_asked                         in   405  405  405  405  405  405  405  405  in
learning:decline_asked                        in   200  404  404  404  404  404  404  404  in
learning:agree_to_be_named                    in   405  405  405  405  405  405  405  405  in
learning:assignments                          in   403  200  200  403  403  403  403  403  in
learning:set_assignment                       in   403  200  200  403  403  403  403  403  in
learning:assignment                           in   404  404  200  404  404  404  404  404  in
learning:assignment (of a team)               in   404  200  404  404  404  404  404  404  in
learning:assignment (another department)      in   404  404  404  404  404  404  404  404  in
learning:assignment_progress                  in   404  404  200  404  404  404  404  404  in
learning:assignment_figures                   in   404  404  200  404  404  404  404  404  in
learning:assignment_figures (of a team)       in   404  200  404  404  404  404  404  404  in
learning:change_due_date                      in   404  404  200  404  404  404  404  404  in
learning:change_due_date (of a team)          in   404  200  404  404  404  404  404  404  in
learning:withdraw_assignment                  in   404  404  200  404  404  404  404  404  in
learning:withdraw_assignment (of a team)      in   404  200  404  404  404  404  404  404  in
learning:try_assignment_again                 in   405  405  405  405  405  405  405  405  in
learning:export                               in   200  200  200  200  200  200  200  200  in
learning:export_file                          in   200  200  200  200  200  200  200  200  in
learning:goals                                in   200  200  200  200  200  200  200  200  in
learning:level_goal                           in   200  200  200  200  200  200  200  200  in
learning:end_minutes_goal                     in   405  405  405  405  405  405  405  405  in
learning:end_level_goal                       in   405  405  405  405  405  405  405  405  in
learning:next_steps                           in   200  200  200  200  200  200  200  200  in
learning:resources                            in   200  200  200  200  200  200  200  200  in
learning:suggest_resource                     in   200  200  200  200  200  200  200  200  in
learning:suggestions                          in   403  403  200  403  403  403  403  403  in
learning:resource                             in   200  200  200  200  200  200  200  200  in
learning:resource (for Digital)               in   200  200  200  404  404  404  404  404  in
learning:resource (a suggestion)              in   200  404  200  404  404  404  404  404  in
learning:decide_resource                      in   403  404  200  404  404  404  404  404  in
learning:retire_resource                      in   405  405  405  405  405  405  405  405  in

reports:smallest_counts                       in   403  403  403  403  200  403  200  403  in
reports:smallest_count                        in   403  403  403  403  200  403  200  403  in
reports:smallest_count (not a department)     in   404  404  404  404  404  404  404  404  in
reports:smallest_count (another department)   in   404  404  404  404  404  404  200  404  in
reports:reports                               in   403  403  200  200  403  403  403  403  in
reports:request                               in   403  403  403  200  403  403  403  403  in
reports:report                                in   404  404  200  200  404  404  404  404  in
reports:report (another department)           in   404  404  404  404  404  404  404  404  in
reports:progress                              in   404  404  200  200  404  404  404  404  in
reports:ask_again                             in   405  405  405  405  405  405  405  405  in
reports:running                               in   403  403  200  200  403  403  403  403  in
reports:running_progress                      in   403  403  200  200  403  403  403  403  in
reports:cancel                                in   404  404  403  302  404  404  404  404  in
reports:cancel (not ready)                    in   404  404  403  200  404  404  404  404  in
reports:files                                 in   404  404  200  200  404  404  404  404  in
reports:files (not ready)                     in   404  404  404  404  404  404  404  404  in
reports:files (another department)            in   404  404  404  404  404  404  404  404  in
reports:files_progress                        in   404  404  200  200  404  404  404  404  in
reports:file                                  in   404  404  200  200  404  404  404  404  in
reports:file (not made)                       in   404  404  404  404  404  404  404  404  in
reports:make_again                            in   405  405  405  405  405  405  405  405  in
reports:unit                                  in   404  404  200  200  404  404  404  404  in
reports:unit (withheld)                       in   404  404  404  404  404  404  404  404  in
reports:unit (another department)             in   404  404  404  404  404  404  404  404  in
reports:figures                               in   404  404  200  200  404  404  404  404  in
reports:skill                                 in   404  404  200  200  404  404  404  404  in
reports:earlier                               in   404  404  200  200  404  404  404  404  in
reports:groups                                in   404  404  200  200  404  404  404  404  in
reports:group                                 in   404  404  200  200  404  404  404  404  in
reports:group (withheld)                      in   404  404  404  404  404  404  404  404  in
reports:departments                           in   404  404  200  200  404  404  404  404  in
reports:departments (another department)      in   404  404  404  404  404  404  404  404  in
"""

POSTED = """
                                              anon memb mana amba read orga edit syst outs leav
mark_notices_read                             in   302  302  302  302  302  302  302  302  in
openid_connect_login                          404  404  404  404  404  404  404  404  404  404
accounts:end_cover                            in   403  302  404  404  302  404  302  404  in
assessments:remind                            in   404  404  404  404  404  404  404  404  in
assessments:share_again                       in   302  404  404  404  404  404  404  404  in
assessments:stop_sharing                      in   302  404  404  404  404  404  404  404  in
accounts:withdraw_change                      in   302  404  404  404  404  404  404  404  in
assessments:start                             in   404  404  404  404  404  404  404  404  in
assessments:confirm_carried                   in   302  404  404  404  404  404  404  404  in
assessments:ask_all_again                     in   302  404  404  404  404  404  404  404  in
assessments:publish_release                   in   403  403  403  403  403  302  403  403  in
assessments:discard_release                   in   403  403  403  403  403  302  403  403  in
learning:delete_entry                         in   302  404  404  404  404  404  404  404  in
learning:delete_entry (shared)                in   302  404  404  404  404  404  404  404  in
learning:restore_entry                        in   302  404  404  404  404  404  404  404  in
learning:share_entry                          in   302  404  404  404  404  404  404  404  in
learning:stop_sharing                         in   302  404  404  404  404  404  404  404  in
learning:stop_sharing (shared)                in   302  404  404  404  404  404  404  404  in
learning:end_minutes_goal                     in   302  404  404  404  404  404  404  404  in
learning:end_level_goal                       in   302  404  404  404  404  404  404  404  in
learning:retire_resource                      in   403  403  302  404  404  404  404  404  in
learning:accept_asked                         in   302  404  404  404  404  404  404  404  in
learning:agree_to_be_named                    in   302  404  404  404  404  404  404  404  in
learning:withdraw_assignment                  in   404  404  302  404  404  404  404  404  in
learning:withdraw_assignment (of a team)      in   404  302  404  404  404  404  404  404  in
learning:try_assignment_again                 in   404  404  302  404  404  404  404  404  in
reports:smallest_count                        in   403  403  403  403  200  403  200  403  in
reports:ask_again                             in   404  404  403  302  404  404  404  404  in
reports:cancel                                in   404  404  403  302  404  404  404  404  in
reports:cancel (not ready)                    in   404  404  403  302  404  404  404  404  in
reports:make_again                            in   404  404  403  302  404  404  404  404  in
"""


def read_table(text):
    """{line: {person: answer}} of a table above."""
    header, *lines = [line for line in text.splitlines() if line.strip()]
    table = {}
    for line in lines:
        *name, answers = re.split(r"\s{2,}", line.strip(), maxsplit=1)
        assert name[0] not in table, f"{name[0]} is there twice"
        table[name[0]] = dict(zip(header.split(), answers.split(), strict=True))
    return table


OPENED, POSTED = read_table(OPENED), read_table(POSTED)


def patterns(resolver=None, namespace=""):
    """(full name, pattern) of every address, those of included rooms and of allauth too."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if hasattr(pattern, "url_patterns"):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from patterns(pattern, inner)
        else:
            assert pattern.name, f"{pattern.pattern} has no name"
            yield f"{namespace}{pattern.name}", pattern


def page_of(line):
    """The address's name in a table's line."""
    return line.partition(" (")[0]


# --- The world -------------------------------------------------------------------------------


@pytest.fixture
def people(request):
    """Every kind of person, None for nobody signed in."""
    return {
        short: None if name == "anonymous" else request.getfixturevalue(name)
        for short, name in PEOPLE.items()
    }


@pytest.fixture
def world(people, department, digital, operations):
    """One of everything that an address can be about."""
    member, line_manager, outsider = people["memb"], people["mana"], people["outs"]
    release = factories.release()
    role_level = factories.role_level_of(release)
    skill = release.skill_versions.get(name="Agile working").skill
    for person in (member, outsider, *(factories.person(unit=digital) for _ in range(10))):
        factories.chosen_role_level(person, role_level)
    for shift in range(4):  # enough people for the department's figures to be published
        fill(factories.unit(parent=department), release, people=45, shift=shift)
    elsewhere = factories.unit("Ministry of Bridges")
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    report = services.request_gap_report(unit=department, as_at=yesterday, by=people["read"])
    compile.compile_report(report.pk)
    making.make_file(report.files.get(format="csv").pk)
    day_before = yesterday - datetime.timedelta(days=1)
    services.request_gap_report(unit=department, as_at=day_before, by=people["read"])
    services.request_gap_report(unit=elsewhere, as_at=yesterday, by=None)
    ratings = {"Agile working": 1, "User focus": 3}
    submitted = factories.submitted(member, release, ratings, to=line_manager)
    tomorrow = timezone.localdate() + datetime.timedelta(days=1)
    return SimpleNamespace(
        **{name: people[short] for short, name in PEOPLE.items()},
        department=department,
        digital=digital,
        operations=operations,
        elsewhere=elsewhere,
        stranger=factories.person(unit=elsewhere),
        release=release,
        draft_release=factories.release(
            framework=release.framework, skills=("Cloud",), published_at=None
        ),
        skill=skill,
        role=role_level.role,
        submitted=submitted,
        review=factories.reviewed(submitted, {"Agile working": 2}, by=line_manager),
        unfinished=factories.unfinished_answer(submitted, "User focus", by=line_manager),
        # Who covers from tomorrow on sees nothing today.
        cover=factories.cover(line_manager, factories.person(unit=digital), first_day=tomorrow),
        draft=factories.draft(member, release),
        change_request=member.change_requests.create(post=member.current_post, grade="SEO"),
        outsiders=factories.submitted(outsider, release, ratings),
        entry=factories.log_entry(member),
        shared_entry=factories.log_entry(member, shared_with=line_manager),
        deleted_entry=factories.log_entry(member, deleted_at=timezone.now()),
        organisation_import=people["orga"].organisation_imports.create(
            unit=department,
            units_name="units.csv",
            units_text=f"Unit code,Name,Parent code\nlab,Lab,{digital.slug}\n",
        ),
        log_file=member.log_imports.create(name="log.csv", text=log_file()),
        minutes_goal=member.minutes_goals.create(minutes_a_month=60),
        level_goal=member.level_goals.create(skill=skill, level=2, reach_by=yesterday),
        resource=factories.resource(),
        unit_resource=factories.resource(unit=digital),
        suggestion=factories.suggestion(by=member),
        assignment=factories.assignment(people["amba"], unit=digital, skill=skill, people=[member]),
        withdrawn=factories.assignment(
            people["amba"], unit=digital, people=[member], withdrawn_at=timezone.now()
        ),
        team_assignment=factories.assignment(line_manager, team_of=line_manager),
        strange_assignment=factories.assignment(line_manager, unit=elsewhere),
        day=yesterday,
        day_before=day_before,
    )


def log_file():
    """A CSV file of learning as somebody would import it."""
    lines = io.StringIO()
    csv.writer(lines).writerows([COLUMNS, *EXAMPLE_ROWS])
    return lines.getvalue()


def addresses(world):
    """{line: the values its address takes}; lines of pages without values are left out.

    What stands under "?" goes behind the question mark.
    """

    def about(person):
        return {"public_id": person.public_id}

    framework = {"slug": world.release.framework.slug}
    release = framework | {"pk": world.release.pk}
    draft_release = framework | {"pk": world.draft_release.pk}
    answer = {"slug": world.skill.slug}
    report = {"slug": world.department.slug, "as_at": world.day}
    section = report | {"unit": world.department.slug}
    in_framework = {"framework": world.release.framework.slug, "skill": world.skill.slug}
    return {
        "account_reset_password_from_key": {"uidb36": "1", "key": "none"},
        "mfa_edit_webauthn": {"pk": 1},
        "mfa_remove_webauthn": {"pk": 1},
        "openid_connect_login": {"provider_id": "nobody"},
        "openid_connect_callback": {"provider_id": "nobody"},
        "erase_person": about(world.member),
        "accounts:person": about(world.member),
        "accounts:person (the outsider)": about(world.outsider),
        "accounts:person (another department)": about(world.stranger),
        "accounts:person (who left)": about(world.leaver),
        "accounts:move_person": about(world.member),
        "accounts:move_person (another department)": about(world.stranger),
        "accounts:close_account": about(world.member),
        "accounts:close_account (the administrator)": about(world.organisation_administrator),
        "accounts:close_account (another department)": about(world.stranger),
        "accounts:give_grant": about(world.member),
        "accounts:give_grant (the system’s)": about(world.system_administrator),
        "accounts:withdraw_grant": about(world.ambassador)
        | {"pk": Grant.objects.get(user=world.ambassador).pk},
        "accounts:change_request": {"pk": world.change_request.pk},
        "accounts:refuse_change": {"pk": world.change_request.pk},
        "accounts:withdraw_change": {"pk": world.change_request.pk},
        "accounts:unit": {"slug": world.digital.slug},
        "accounts:unit (beside the member’s)": {"slug": world.operations.slug},
        "accounts:unit (above the member’s)": {"slug": world.department.slug},
        "accounts:unit (another department)": {"slug": world.elsewhere.slug},
        "accounts:add_unit": {"slug": world.digital.slug},
        "accounts:rename_unit": {"slug": world.digital.slug},
        "accounts:move_unit": {"slug": world.digital.slug},
        "accounts:export_units": {"slug": world.digital.slug},
        "accounts:export_units (another department)": {"slug": world.elsewhere.slug},
        "accounts:export_people": {"slug": world.digital.slug},
        "accounts:export_people (another department)": {"slug": world.elsewhere.slug},
        "accounts:check_organisation_import": {"pk": world.organisation_import.pk},
        "accounts:move_unit (at the top)": {"slug": world.department.slug},
        "accounts:move_unit (another department)": {"slug": world.elsewhere.slug},
        "accounts:cover_for": about(world.line_manager),
        "accounts:cover_for (the member)": about(world.member),
        "accounts:end_cover": {"pk": world.cover.pk},
        "assessments:task_list": {"pk": world.draft.pk},
        "assessments:task_list (submitted)": {"pk": world.submitted.pk},
        "assessments:answer": answer | {"pk": world.draft.pk},
        "assessments:answer (submitted)": answer | {"pk": world.submitted.pk},
        "assessments:direction": {"pk": world.draft.role_level_id},
        "assessments:skill_history": in_framework,
        "assessments:statements": answer | {"pk": world.draft.pk},
        "assessments:statements (submitted)": answer | {"pk": world.submitted.pk},
        "assessments:area": {"pk": world.draft.pk, "area": world.release.areas.get().pk},
        "assessments:confirm_carried": {"pk": world.draft.pk},
        "assessments:ask_all_again": {"pk": world.draft.pk},
        "assessments:move_draft": {"pk": world.draft.pk},
        "assessments:check_answers": {"pk": world.draft.pk},
        "assessments:check_answers (submitted)": {"pk": world.submitted.pk},
        "assessments:result": {"pk": world.submitted.pk},
        "assessments:result (a draft)": {"pk": world.draft.pk},
        "assessments:result (the outsider’s)": {"pk": world.outsiders.pk},
        "assessments:review": {"pk": world.submitted.pk},
        "assessments:review (a draft)": {"pk": world.draft.pk},
        "assessments:review (the outsider’s)": {"pk": world.outsiders.pk},
        "assessments:review_answers": {"pk": world.submitted.pk},
        "assessments:review_answers (a draft)": {"pk": world.draft.pk},
        "assessments:review_answer": {"pk": world.review.answers.get().pk},
        "assessments:review_answer (not finished)": {"pk": world.unfinished.pk},
        "assessments:share_again": {"pk": world.submitted.pk},
        "assessments:stop_sharing": {"pk": world.submitted.pk},
        "assessments:framework": framework,
        "assessments:framework_skill": framework | {"skill_slug": world.skill.slug},
        "assessments:framework_role": framework | {"role_slug": world.role.slug},
        "assessments:release": release,
        "assessments:release (a draft)": draft_release,
        "assessments:publish_release": draft_release,
        "assessments:discard_release": draft_release,
        "learning:entry": {"pk": world.entry.pk},
        "learning:entry (shared)": {"pk": world.shared_entry.pk},
        "learning:entry (deleted)": {"pk": world.deleted_entry.pk},
        "learning:change_entry": {"pk": world.entry.pk},
        "learning:change_entry (shared)": {"pk": world.shared_entry.pk},
        "learning:delete_entry": {"pk": world.entry.pk},
        "learning:delete_entry (shared)": {"pk": world.shared_entry.pk},
        "learning:restore_entry": {"pk": world.deleted_entry.pk},
        "learning:share_entry": {"pk": world.entry.pk},
        "learning:stop_sharing": {"pk": world.entry.pk},
        "learning:stop_sharing (shared)": {"pk": world.shared_entry.pk},
        "learning:export_file": {"extension": "csv", "?": {"from": world.day, "to": world.day}},
        "learning:check_import": {"pk": world.log_file.pk},
        "learning:end_minutes_goal": {"pk": world.minutes_goal.pk},
        "learning:end_level_goal": {"pk": world.level_goal.pk},
        "learning:resource": {"pk": world.resource.pk},
        "learning:resource (for Digital)": {"pk": world.unit_resource.pk},
        "learning:resource (a suggestion)": {"pk": world.suggestion.pk},
        "learning:decide_resource": {"pk": world.suggestion.pk},
        "learning:retire_resource": {"pk": world.unit_resource.pk},
        "learning:asked": {"pk": world.assignment.pk},
        "learning:asked (withdrawn)": {"pk": world.withdrawn.pk},
        "learning:accept_asked": {"pk": world.assignment.pk},
        "learning:decline_asked": {"pk": world.assignment.pk},
        "learning:agree_to_be_named": {"pk": world.assignment.pk},
        "learning:assignment": {"pk": world.assignment.pk},
        "learning:assignment (of a team)": {"pk": world.team_assignment.pk},
        "learning:assignment (another department)": {"pk": world.strange_assignment.pk},
        "learning:assignment_progress": {"pk": world.assignment.pk},
        "learning:assignment_figures": {"pk": world.assignment.pk},
        "learning:assignment_figures (of a team)": {"pk": world.team_assignment.pk},
        "learning:change_due_date": {"pk": world.assignment.pk},
        "learning:change_due_date (of a team)": {"pk": world.team_assignment.pk},
        "learning:withdraw_assignment": {"pk": world.assignment.pk},
        "learning:withdraw_assignment (of a team)": {"pk": world.team_assignment.pk},
        "learning:try_assignment_again": {"pk": world.assignment.pk},
        "reports:smallest_count": {"slug": world.department.slug},
        "reports:smallest_count (not a department)": {"slug": world.digital.slug},
        "reports:smallest_count (another department)": {"slug": world.elsewhere.slug},
        "reports:report": report,
        "reports:report (another department)": report | {"slug": world.elsewhere.slug},
        "reports:progress": report,
        "reports:ask_again": report,
        "reports:cancel": report,
        "reports:cancel (not ready)": report | {"as_at": world.day_before},
        "reports:files": report,
        "reports:files (not ready)": report | {"as_at": world.day_before},
        "reports:files (another department)": report | {"slug": world.elsewhere.slug},
        "reports:files_progress": report,
        "reports:file": report | {"file": "csv"},
        "reports:file (not made)": report | {"file": "pdf"},
        "reports:make_again": report | {"file": "pdf"},
        "reports:unit": section,
        "reports:unit (withheld)": report | {"unit": world.operations.slug},
        "reports:unit (another department)": report | {"unit": world.elsewhere.slug},
        "reports:figures": section,
        "reports:skill": section | in_framework,
        "reports:earlier": section,
        "reports:groups": report,
        "reports:group": report | {"dimension": "grade", "group": "eo"},
        "reports:group (withheld)": report | {"dimension": "grade", "group": "g6"},
        "reports:departments": report,
        "reports:departments (another department)": report | {"slug": world.elsewhere.slug},
    }


@pytest.fixture
def urls(world):
    """{line: address} for every line of both tables."""
    values = addresses(world)
    return {line: address(line, values.get(line, {})) for line in {*OPENED, *POSTED}}


def address(line, values):
    kwargs = {name: value for name, value in values.items() if name != "?"}
    return reverse(page_of(line), kwargs=kwargs, query=values.get("?"))


def signed_in(person):
    client = Client()
    if person is not None:
        client.force_login(person)
    return client


def answer_of(response):
    if response.status_code == 302 and response["Location"].startswith(reverse("account_login")):
        return "in"
    return str(response.status_code)


# --- The tests -------------------------------------------------------------------------------


def test_every_address_has_a_line_and_every_line_an_address():
    names = {name for name, _ in patterns()}
    assert names - set(OPENED) == set(), "addresses without a line in OPENED"
    assert {page_of(line) for line in (*OPENED, *POSTED)} - names == set(), "lines without address"
    posts_only = {line for line, answers in OPENED.items() if "405" in answers.values()}
    assert posts_only - set(POSTED) == set(), "pages that only take posts without a line in POSTED"


@pytest.mark.slow
@pytest.mark.parametrize("short", PEOPLE)
def test_opening_a_page_gives_the_answer_of_the_table_and_changes_nothing(short, people, urls):
    client = signed_in(people[short])
    before = everything_stored()
    given, queries, cookies = {}, {}, set()
    for line in OPENED:
        with CaptureQueriesContext(connection) as made:
            response = client.get(urls[line])
        given[line] = answer_of(response)
        queries[line] = len(made)
        cookies |= response.cookies.keys()
    wanted = {line: answers[short] for line, answers in OPENED.items()}
    assert differences(given, wanted) == {}
    assert everything_stored() == before
    assert {line: count for line, count in queries.items() if count > MOST_QUERIES} == {}
    assert cookies <= {"session", "csrf"}  # the cookie page tells of no others


@pytest.mark.slow
@pytest.mark.parametrize("short", PEOPLE)
def test_posting_gives_the_answer_of_the_table(short, people, urls):
    """A page that cannot be opened takes no post either; one for posts says what it does."""
    client = signed_in(people[short])
    refused = {
        line: answers[short]
        for line, answers in OPENED.items()
        if answers[short] in {"in", "403", "404"}
    }
    wanted = refused | {line: answers[short] for line, answers in POSTED.items()}
    given = {line: answer_of(undone_post(client, urls[line])) for line in wanted}
    found = differences(given, wanted)
    # What is only for reading says so to everybody who is signed in, whoever they are.
    assert {line: pair for line, pair in found.items() if line in POSTED or pair[0] != "405"} == {}


@pytest.mark.slow
@pytest.mark.parametrize("short", ["mana", "amba", "outs"])
def test_what_is_out_of_sight_looks_like_what_does_not_exist(short, people, world, urls):
    client = signed_in(people[short])
    values = addresses(world)
    by_name = dict(patterns())
    for line, answers in OPENED.items():
        absent = absent_values(by_name[page_of(line)], values.get(line, {}))
        if answers[short] == "404" and absent:
            unseen = client.get(urls[line])
            missing = client.get(address(line, absent))
            assert (line, missing.status_code) == (line, 404)
            assert without_tokens(missing) == without_tokens(unseen), line


@pytest.mark.slow
@pytest.mark.parametrize("short", ["amba", "read", "orga", "edit", "syst"])
def test_without_a_second_step_people_with_grants_reach_only_its_set_up(
    short, people, urls, settings
):
    settings.SECOND_FACTOR_FOR_GRANTS = True
    client = signed_in(people[short])
    for line, url in urls.items():
        name = page_of(line)
        if name.startswith("mfa_") or name in SET_UP_PAGES or is_public(name):
            continue
        for answer in (client.get(url), undone_post(client, url)):
            assert (line, answer.status_code, answer.get("Location")) == (
                line,
                302,
                reverse("mfa_index"),
            )


def is_public(name):
    """Whether also people who are not signed in are answered at this address."""
    return not getattr(dict(patterns())[name].callback, "login_required", True)


@pytest.mark.slow
def test_a_post_without_its_token_is_refused_everywhere(people, urls):
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["syst"])
    given = {line: client.post(url).status_code for line, url in urls.items()}
    assert {line: status for line, status in given.items() if status != 403} == {}


def test_our_pages_name_the_methods_they_take(people, urls):
    client = signed_in(people["memb"])
    ours = {line: url for line, url in urls.items() if not line.startswith(("account_", "mfa_"))}
    given = {line: client.put(url).status_code for line, url in ours.items()}
    assert {line: status for line, status in given.items() if status != 405} == {}


# --- What the tests use ----------------------------------------------------------------------


def differences(given, wanted):
    """{line: (given, wanted)} where they differ."""
    return {line: (given[line], wanted[line]) for line in wanted if given[line] != wanted[line]}


def everything_stored():
    """Every row of every table, but for what remembers a visit: sessions and the audit log."""
    return {
        model.__name__: list(model._base_manager.order_by("pk").values_list())
        for model in apps.get_models()
        if model not in {AuditEntry, AuditHead, Session, UserSession}
    }


def undone_post(client, url):
    """The answer to an empty post whose effects are taken back, so that lines stay apart."""
    with transaction.atomic():
        response = client.post(url)
        transaction.set_rollback(True)
    return response


def absent_values(pattern, values):
    """Values of the same kinds of which there is no object; nothing where the kinds are unknown."""
    nothing = {
        converters.IntConverter: 999_999_999,
        converters.SlugConverter: "no-such-thing",
        converters.UUIDConverter: uuid.UUID(int=0),
    }
    known = getattr(pattern.pattern, "converters", {})
    absent = {
        name: nothing[type(converter)]
        for name, converter in known.items()
        if type(converter) in nothing
    }
    return values | absent if absent else {}


def without_tokens(response):
    return re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", response.content)
