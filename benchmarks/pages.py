"""Pages against a bare view with a template, by the same client in the same process."""

from django.db.models import Count
from django.test import Client
from django.urls import reverse

from accounts.models import Post, User
from assessments.models import GradeRoleLevel, Release, SelfAssessment
from assessments.reading import tasks_of
from benchmarks import measure

HELLOS = 50


def measure_pages(book, *, repeat):
    manager, size = a_line_manager(12)
    member = Post.objects.current().filter(line_manager=manager).first().person
    draft = begin_draft(member)
    pages = {
        "hello": many(Visitor(None).getting("/hello")),
        "team": Visitor(manager).getting(reverse("assessments:team")),
        "task list": Visitor(member).getting(reverse("assessments:task_list", args=[draft.pk])),
        "log": Visitor(member).getting(reverse("learning:log")),
        "autosave": Visitor(member).saving(draft),
    }
    times = measure.interleaved(pages, repeat=repeat)
    times["hello"] /= HELLOS
    text = {
        "hello": "a bare view with a template",
        "team": f"the page of a team of {size}",
        "task list": "the task list of a self-assessment",
        "log": "the page of the log",
        "autosave": "saving one answer while it is given",
    }
    for name, spent in times.items():
        book.add(f"page {name}", text[name], spent * 1000, "ms")
    for name in ("team", "task list", "log", "autosave"):
        ratio = times[name] / times["hello"]
        book.add(f"{name} to hello", f"{text[name]} against the bare view", ratio, "x")
        book.add(f"queries of {name}", f"queries of {text[name]}", measure.queries(pages[name]), "")
    small, size = a_line_manager(4)
    count = measure.queries(Visitor(small).getting(reverse("assessments:team")))
    book.add("queries of a small team", f"queries of the page of a team of {size}", count, "")


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

    def saving(self, draft):
        """Saves an answer of the draft with a different level each time."""
        skill = tasks_of(draft)[0].skill.skill
        url = reverse("assessments:answer", args=[draft.pk, skill.slug])
        given = draft.draft_answers.filter(skill=skill).first()
        state = {"version": given.version if given else 0, "level": 1}

        def save():
            state["level"] = 3 - state["level"]
            response = self.client.post(url, state, headers={"accept": "application/json"})
            state["version"] = answered(response, url).json()["version"]

        return save


def answered(response, url):
    if response.status_code != 200:
        raise RuntimeError(f"{url} answered {response.status_code}.")
    return response
