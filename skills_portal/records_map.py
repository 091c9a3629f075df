"""What the portal holds about a person, field by field: what they are given, and why not the rest.

Every model of the portal and of allauth is here, and every field of those about people: a test
fails for what is missing. `path` leads from a row to the person; a model may have rows that are
about somebody and rows that somebody else wrote, each with what is theirs in it.
"""

from dataclasses import dataclass, field

KEY = "a number that means nothing outside the database"
SECRET = "lets somebody sign in: never given out"  # noqa: S105
WORKING = "how far the portal’s own work on the row is"
FORM_KEY = "keeps a form that is sent twice from counting twice"


@dataclass(frozen=True)
class Part:
    """Rows that lead to a person by `path`; `fields` are given to them, as lookups."""

    title: str
    path: str
    fields: tuple


@dataclass(frozen=True)
class Records:
    """A model with rows about people; `left_out` says why a field is not given."""

    parts: tuple
    left_out: dict = field(default_factory=lambda: {"id": KEY})


def records(*parts, **left_out):
    return Records(parts, {"id": KEY} | left_out)


def part(title, path, fields):
    return Part(title, path, tuple(fields.split()))


ABOUT_PEOPLE = {
    "accounts.User": Records(
        (part("You", "pk", "email full_name public_id is_active created_at last_login erased_at"),),
        {"id": KEY, "password": SECRET},
    ),
    "account.EmailAddress": records(part("Email addresses", "user", "email verified primary")),
    "account.EmailConfirmation": records(
        part(
            "Email addresses to be confirmed",
            "email_address__user",
            "email_address__email created sent",
        ),
        key=SECRET,
    ),
    "mfa.Authenticator": records(
        part("Second steps", "user", "type created_at last_used_at"),
        data=SECRET,
    ),
    "socialaccount.SocialAccount": records(
        part("Department accounts", "user", "provider uid last_login date_joined extra_data")
    ),
    "socialaccount.SocialToken": records(
        part("Permits of department accounts", "account__user", "account__provider expires_at"),
        app="is a setting of the portal",
        token=SECRET,
        token_secret=SECRET,
    ),
    "usersessions.UserSession": records(
        part("Where you are signed in", "user", "created_at last_seen_at ip user_agent"),
        session_key=SECRET,
        data="is empty: the portal keeps nothing there",
    ),
    "accounts.Post": records(
        part(
            "Posts",
            "person",
            "unit__name grade line_manager__full_name started_on ended_on confirmed_at",
        ),
        part("Posts of people you are line manager of", "line_manager", "started_on ended_on"),
    ),
    "accounts.OrganisationImport": records(
        part(
            "Files of units and people you chose",
            "person",
            "unit__name units_name people_name closes_missing created_at confirmed_at",
        ),
        units_text="is about units",
        people_text="is about other people",
    ),
    "accounts.Grant": records(
        part(
            "What else you may do",
            "user",
            "kind unit__name given_by__full_name given_at withdrawn_at",
        ),
        part("Grants you gave", "given_by", "kind unit__name given_at withdrawn_at"),
    ),
    "accounts.Cover": records(
        part(
            "Who covers for you",
            "manager",
            "cover__full_name starts_on ends_on given_at withdrawn_at",
        ),
        part(
            "For whom you cover",
            "cover",
            "manager__full_name starts_on ends_on given_at withdrawn_at",
        ),
        part("Cover you arranged", "given_by", "starts_on ends_on given_at withdrawn_at"),
    ),
    "accounts.ChangeRequest": records(
        part(
            "Changes you asked for",
            "person",
            "post__unit__name unit_name line_manager_email grade note outcome reason "
            "decided_by__full_name asked_at decided_at",
        ),
        part("Requests you decided on", "decided_by", "outcome reason decided_at"),
    ),
    "accounts.Notice": records(
        part(
            "Messages to you",
            "recipient",
            "kind subject body link by_email created_at read_at email_sent_at",
        ),
        key=WORKING,
        email_attempt=WORKING,
        email_lease_until=WORKING,
        email_error=WORKING,
    ),
    "accounts.NoticeChoice": records(
        part("How you want messages", "user", "kind delivery chosen_at")
    ),
    "accounts.AuditEntry": Records(
        (
            part(
                "What others did with your data",
                "subject",
                "number actor__full_name action thing noted_at",
            ),
            part("What you did", "actor", "number action thing noted_at"),
        ),
        {"request_id": WORKING, "hash": "proves that nobody changed the entry"},
    ),
    "assessments.PostRoleLevel": records(
        part(
            "Role levels you chose",
            "post__person",
            "post__unit__name role_level__role__slug role_level__slug started_on ended_on",
        ),
    ),
    "assessments.SelfAssessment": records(
        part(
            "Self-assessments",
            "person",
            "role_level__role__slug role_level__slug release__label submitted_to__full_name "
            "started_at submitted_at",
        ),
        part("Self-assessments submitted to you", "submitted_to", "submitted_at"),
    ),
    "assessments.DraftAnswer": records(
        part(
            "Answers in drafts",
            "self_assessment__person",
            "skill__slug level not_applicable not_applicable_reason no_opportunity confidence "
            "evidence override_reason self_assessment__started_at given_on__label ask_again "
            "carried_rated_at saved_at",
        ),
        version=WORKING,
    ),
    "assessments.Rating": records(
        part(
            "Ratings",
            "person",
            "skill__slug level not_applicable not_applicable_reason no_opportunity confidence "
            "evidence override_reason self_assessment__submitted_at rated_at superseded_at",
        )
    ),
    "assessments.TickedStatement": records(
        part(
            "Statements you ticked in drafts",
            "draft_answer__self_assessment__person",
            "draft_answer__skill__slug statement__text",
        ),
        part("Statements you ticked", "rating__person", "rating__skill__slug statement__text"),
    ),
    "assessments.Sharing": records(
        part(
            "What you shared again",
            "self_assessment__person",
            "self_assessment__submitted_at shared_with__full_name shared_at withdrawn_at",
        ),
        part("What was shared with you again", "shared_with", "shared_at withdrawn_at"),
    ),
    "assessments.Review": records(
        part(
            "Reviews of your self-assessments",
            "self_assessment__person",
            "self_assessment__submitted_at line_manager__full_name finished_by__full_name "
            "finished_at",
        ),
        part("Reviews that were yours to make", "line_manager", "started_at finished_at"),
        part("Reviews you finished", "finished_by", "started_at finished_at"),
    ),
    "assessments.ReviewAnswer": records(
        part(
            "Answers to your ratings",
            "review__self_assessment__person",
            "rating__skill__slug answered_by__full_name kind level reason fixed_at superseded_at",
        ),
        part(
            "Answers you gave",
            "answered_by",
            "kind reason review__started_at saved_at fixed_at superseded_at",
        ),
        version=WORKING,
    ),
    "assessments.ReviewReply": records(
        part(
            "Replies below answers to your ratings",
            "answer__review__self_assessment__person",
            "answer__rating__skill__slug author__full_name text sent_at",
        ),
        part("Replies you wrote", "author", "text sent_at"),
        form_key=FORM_KEY,
    ),
    "assessments.Nudge": records(
        part("Reminders to submit", "person", "sent_by__full_name sent_at"),
        part("Reminders you sent", "sent_by", "sent_at"),
    ),
    "assessments.Release": records(
        part("Releases of frameworks you imported", "imported_by", "label created_at"),
        framework="is a framework’s",
        source="is a framework’s",
        attribution="is a framework’s",
        published_at="is a framework’s",
        superseded_at="is a framework’s",
    ),
    "learning.LogEntry": records(
        part(
            "Learning log",
            "person",
            "title done_on duration_minutes time kind link reflection resource__title "
            "shared_with__full_name shared_at created_at saved_at deleted_at",
        ),
        part("Learning shared with you", "shared_with", "shared_at"),
        version=WORKING,
        form_key=FORM_KEY,
    ),
    "learning.LogEntry_skills": records(
        part("Skills of your learning", "logentry__person", "logentry__title skill__slug"),
    ),
    "learning.LogImport": records(
        part("Files of learning", "person", "name text created_at confirmed_at"),
        key=FORM_KEY,
    ),
    "learning.MinutesGoal": records(
        part("Goals of time", "person", "minutes_a_month set_at ended_at")
    ),
    "learning.LevelGoal": records(
        part("Goals of levels", "person", "skill__slug level reach_by set_at ended_at")
    ),
    "learning.Resource": records(
        part(
            "Resources you suggested",
            "suggested_by",
            "title provider url description format duration_minutes cost level_from level_to "
            "skill_names unit__name approved_by__full_name decline_reason created_at approved_at "
            "declined_at retired_at",
        ),
        part("Resources you decided on", "approved_by", "title approved_at"),
        form_key=FORM_KEY,
    ),
    "learning.Assignment": records(
        part(
            "What you asked others to learn",
            "set_by",
            "unit__name role__slug skill__slug resource__title audience title description link "
            "reason due_on offered_also_later created_at due_changed_at withdrawn_at",
        ),
        part("What your team was asked to learn", "team_of", "title due_on created_at"),
        form_key=FORM_KEY,
        status=WORKING,
        attempt=WORKING,
        attempt_limit=WORKING,
        lease_until=WORKING,
        cursor=WORKING,
        progress_percent=WORKING,
        error=WORKING,
        expanded_at=WORKING,
    ),
    "learning.AssignedPerson": records(
        part(
            "What you were asked to learn",
            "person",
            "assignment__title assignment__resource__title log_entry__title decline_reason done_on "
            "offered_at accepted_at declined_at done_at agreed_to_be_named_at reminded_before_at "
            "reminded_after_at",
        )
    ),
    "learning.CountedAnswer": records(
        part(
            "Your ratings that figures of assignments count",
            "person",
            "assignment__title skill__slug role_level__slug rating__level",
        )
    ),
    "reports.GapReport": records(
        part("Gap reports you asked for", "requested_by", "unit__name as_at requested_at"),
        part("Gap reports you cancelled", "cancelled_by", "unit__name as_at finished_at"),
        **dict.fromkeys(
            "attempt attempt_limit lease_until error started_at status progress_percent "
            "progress_step method_version parameters digest minimum_count".split(),
            "is the report’s",
        ),
    ),
    "reports.SmallestCount": records(
        part(
            "Smallest counts of reports that you chose",
            "set_by",
            "unit__name minimum_count set_at",
        ),
    ),
    "reports.GapReport_asked_by": records(
        part("Gap reports you wait for", "user", "gapreport__unit__name gapreport__as_at")
    ),
}
# Told of everybody with one sentence; each model has no way to a person in it.
NOT_ABOUT_PEOPLE = {
    "accounts.AuditHead": "counts the audit log",
    "accounts.Unit": "is the organisation’s",
    **dict.fromkeys(
        [
            f"assessments.{name}"
            for name in (
                "Framework ScaleLevel ReleaseNote ReleaseChange Skill SkillArea SkillVersion "
                "SkillLevel Statement RoleFamily Role RoleVersion RoleLevel RoleLevelVersion "
                "RoleLevelVersion_unlevelled_skills GradeRoleLevel Requirement"
            ).split()
        ],
        "is a framework’s",
    ),
    "learning.Resource_skills": "is about a resource",
    "learning.ResourceOutcome": "counts people without saying who",
    "learning.AssignmentFigures": "counts people without saying who",
    "learning.AnswerCount": "counts people without saying who",
    "reports.GapReportSection": "counts people without saying who",
    "reports.GapReportFile": "counts people without saying who",
    "socialaccount.SocialApp": "is a setting of the portal",
    "auth.Permission": "is Django’s, and unused",
    "auth.Group_permissions": "is Django’s, and unused",
    "auth.Group": "is Django’s, and unused",
    "contenttypes.ContentType": "names the models",
    "sessions.Session": "is what a browser holds while somebody is signed in; over in hours",
}
