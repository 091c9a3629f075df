"""Pages against a bare view with a template, as gunicorn serves them and in this process.

The goals were set from a trial that measured a team of 12 people × 12 skills against a bare view
with all middleware behind gunicorn, so the figures behind gunicorn answer them. Without a server
in front, the bare view takes a fraction of the time and every ratio is larger: it is printed too.
"""

import json
from urllib.parse import urlencode

from django.db.models import Count
from django.test import Client
from django.urls import reverse

from accounts.models import Post, User
from assessments.models import GradeRoleLevel, Release, SelfAssessment
from assessments.reading import tasks_of
from benchmarks import measure, served

HELLOS = 50
TEXT = {
    "hello": "a bare view with a template",
    "task list": "the task list of a self-assessment",
    "log": "the page of the log",
    "autosave": "saving one answer while it is given",
}
MEASURED = ("team", "task list", "log", "autosave")


def measure_pages(book, *, repeat):
    manager, size = a_line_manager(12)
    member = Post.objects.current().filter(line_manager=manager).first().person
    draft = begin_draft(member)
    visitors = {
        "hello": (Visitor(None), "/hello"),
        "team": (Visitor(manager), reverse("assessments:team")),
        "task list": (Visitor(member), reverse("assessments:task_list", args=[draft.pk])),
        "log": (Visitor(member), reverse("learning:log")),
    }
    inside = {name: visitor.getting(url) for name, (visitor, url) in visitors.items()}
    cells = inside["team"]().content.count(b'<td class="govuk-table__cell govuk-!-font-size-16">')
    text = {**TEXT, "team": f"the page of a team of {size} people × {cells // size} skills"}
    with served.gunicorn() as address:
        outside = {name: visitor.asking(address, url) for name, (visitor, url) in visitors.items()}
        outside["autosave"] = Visitor(member).saving_at(address, draft)
        times = interleaved(outside, repeat=repeat)
    for name, spent in times.items():
        book.add(f"page {name}", f"{text[name]}, by gunicorn", spent * 1000, "ms")
    for name in MEASURED:
        ratio = times[name] / times["hello"]
        book.add(f"{name} to hello", f"{text[name]} against the bare view, both so", ratio, "x")
    inside["autosave"] = Visitor(member).saving(draft)
    times = interleaved(inside, repeat=repeat)
    for name in MEASURED:
        ratio = times[name] / times["hello"]
        said = f"{text[name]} against the bare view, both without a server"
        book.add(f"{name} to hello inside", said, ratio, "x")
        count = measure.queries(inside[name])
        book.add(f"queries of {name}", f"queries of {text[name]}", count, "")
    small, size = a_line_manager(4)
    count = measure.queries(Visitor(small).getting(reverse("assessments:team")))
    book.add("queries of a small team", f"queries of the page of a team of {size}", count, "")


def interleaved(calls, *, repeat):
    calls = {**calls, "hello": many(calls["hello"])}
    times = measure.interleaved(calls, repeat=repeat)
    times["hello"] /= HELLOS
    return times


def many(call):
    """A batch of bare views, as long as one page, so that a busy machine stops both alike."""
    return lambda: [call() for _ in range(HELLOS)]


def a_line_manager(size):
    """Somebody with about so many people in their team, and how many they have."""
    teams = Post.objects.current().exclude(line_manager=None).order_by()
    counts = list(teams.values_list("line_manager").annotate(count=Count("pk")))
    manager, count = min(counts, key=lambda row: (abs(row[1] - size), row[0]))
    return User.objects.get(pk=manager), count


def begin_draft(person):
    release = Release.objects.current().get(framework__slug="digital-essentials")
    role_level = GradeRoleLevel.objects.get(release=release, grade=person.current_post.grade)
    return SelfAssessment.objects.get_or_create(
        person=person, role_level=role_level.role_level, release=release, submitted_at=None
    )[0]


class Visitor:
    """Somebody signed in (or nobody) who asks for one page again and again."""

    def __init__(self, user):
        self.client = Client()
        if user is not None:
            self.client.force_login(
                user, backend="allauth.account.auth_backends.AuthenticationBackend"
            )

    def getting(self, url):
        return lambda: answered(self.client.get(url), url)

    def asking(self, address, url):
        asker = served.Asker(address, self.client)
        return lambda: asker.ask(url)

    def saving(self, draft):
        """Saves an answer of the draft with a different level each time."""
        url, state = answer_in(draft)

        def save():
            state["level"] = 3 - state["level"]
            response = self.client.post(url, state, headers={"accept": "application/json"})
            state["version"] = answered(response, url).json()["version"]

        return save

    def saving_at(self, address, draft):
        """The same through a server, which asks for the page's token."""
        url, state = answer_in(draft)
        asked = answered(self.client.get(url, headers={"accept": "application/json"}), url)
        state["csrfmiddlewaretoken"] = asked.json()["csrf_token"]
        asker = served.Asker(address, self.client)
        headers = "Accept: application/json\r\nContent-Type: application/x-www-form-urlencoded\r\n"

        def save():
            state["level"] = 3 - state["level"]
            answer = asker.ask(url, method="POST", body=urlencode(state), headers=headers)
            state["version"] = json.loads(answer)["version"]

        return save


def answer_in(draft):
    """The address of an answer of the draft, and what a form about it sends."""
    skill = tasks_of(draft)[0].skill.skill
    given = draft.draft_answers.filter(skill=skill).first()
    return (
        reverse("assessments:answer", args=[draft.pk, skill.slug]),
        {"version": given.version if given else 0, "level": 1},
    )


def answered(response, url):
    if response.status_code != 200:
        raise RuntimeError(f"{url} answered {response.status_code}.")
    return response
