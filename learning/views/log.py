"""The log: a quick form, entries, changing, deleting and sharing them, totals."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audit import note_reading
from assessments.models import DraftAnswer
from assessments.services.self_assessments import LineManagerChanged
from govuk.charts import ChartColumn
from govuk.tables import Column, Table
from learning import audit_actions, totals
from learning.durations import duration_short
from learning.forms.log import (
    ChangeEntryForm,
    LogEntryForm,
    ShareForm,
    blank_initial,
    entry_initial,
)
from learning.models import AssignedPerson, LogEntry, MinutesGoal, Resource
from learning.next_steps import next_steps
from learning.services import log as services
from learning.skills import needed_skills, skill_names, skills_at_hand

from .parameters import number_in, posted_ids

ENTRIES_PER_PAGE = 20
RECOMMENDATIONS = 3
MOST_ASSIGNMENTS = 100
# What somebody typed whose session ended before they sent it waits here until they are back.
WAITING_ENTRY = "waiting_entry"
WAITING_TEXT_MAX_LENGTH = 5_000
WAITING_FIELDS = (
    "title",
    "done_on-day",
    "done_on-month",
    "done_on-year",
    "duration_minutes",
    "time",
    "kind",
    "skills",
    "other_skill",
    "link",
    "reflection",
    "resource",
    "assigned",
    "form_key",
    "written_by",
)
KIND_OF_FORMAT = {
    Resource.Format.COURSE: LogEntry.Kind.COURSE,
    Resource.Format.ARTICLE: LogEntry.Kind.READING,
    Resource.Format.BOOK: LogEntry.Kind.READING,
    Resource.Format.VIDEO: LogEntry.Kind.VIDEO,
    Resource.Format.PODCAST: LogEntry.Kind.PODCAST,
    Resource.Format.EVENT: LogEntry.Kind.EVENT,
}


def name_skills(entries):
    """Give each entry `names`, the names of its skills; they must be prefetched. One query."""
    names = skill_names({skill.pk for entry in entries for skill in entry.skills.all()})
    for entry in entries:
        entry.names = sorted(names.get(skill.pk, "") for skill in entry.skills.all())


def own_entry(request, pk):
    """The user's own entry; 404 for anybody else's and for deleted ones."""
    return get_object_or_404(
        LogEntry.objects.visible_to(request.user)
        .own(request.user)
        .select_related("resource", "shared_with"),
        pk=pk,
    )


def assignments_to_choose(user, chosen=None):
    """The user's assignments that an entry may belong to: those not done, and the one chosen.

    A form sent twice chooses one that is done by then. One query.
    """
    return list(
        AssignedPerson.objects.visible_to(user)
        .own(user)
        .filter(Q(done_at=None) | Q(assignment=chosen))
        .select_related("assignment__resource")[:MOST_ASSIGNMENTS]
    )


# --- The log ---------------------------------------------------------------------------------


def _keep_entry_until_signed_in(request):
    """Send a signed-out person to sign in, without losing what they typed.

    It goes into the browser's own session and is shown again to the same person alone: computers
    are shared.
    """
    if request.method == "POST":
        request.session[WAITING_ENTRY] = {
            name: [value[:WAITING_TEXT_MAX_LENGTH] for value in request.POST.getlist(name)[:100]]
            for name in WAITING_FIELDS
            if name in request.POST
        }
    return redirect_to_login(reverse("learning:log"))


def _waiting_entry(request):
    """What the person typed before their session ended, as a form sends it; or None."""
    waiting = request.session.get(WAITING_ENTRY)
    if not waiting or waiting.get("written_by") != [str(request.user.public_id)]:
        return None
    data = QueryDict(mutable=True)
    for name, values in waiting.items():
        data.setlist(name, values)
    return data


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def log(request):
    """The quick form, what is logged already, newest first, and how the month is going."""
    if not request.user.is_authenticated:
        return _keep_entry_until_signed_in(request)
    own = LogEntry.objects.visible_to(request.user).own(request.user)
    needed = needed_skills(request.user)
    resources = Resource.objects.visible_to(request.user)
    if request.method == "POST":
        form = LogEntryForm(
            request.POST,
            at_hand=skills_at_hand(needed, posted_ids(request.POST, "skills")),
            resources=resources,
            assigned=_assigned_of(request.user, request.POST),
        )
        if form.is_valid():
            values = form.values()
            entry = services.log_learning(
                by=request.user, form_key=form.cleaned_data["form_key"], **values
            )
            request.session.pop(WAITING_ENTRY, None)
            return redirect(f"{reverse('learning:log')}?logged={entry.pk}")
    elif not request.GET and (waiting := _waiting_entry(request)):
        at_hand = skills_at_hand(needed, posted_ids(waiting, "skills"))
        form = LogEntryForm(
            waiting,
            at_hand=at_hand,
            resources=resources,
            assigned=_assigned_of(request.user, waiting),
        )
    else:
        form = _new_form(request, own, needed, resources)
    page = Paginator(
        own.select_related("resource").prefetch_related("skills"), ENTRIES_PER_PAGE
    ).get_page(request.GET.get("page"))
    name_skills(page.object_list)
    month = totals.total_of(own.done_between(*totals.month_bounds(timezone.localdate())))
    goal = MinutesGoal.objects.visible_to(request.user).current().first()
    context = {
        "form": form,
        "is_restored": form.is_bound and request.method != "POST",
        "resource": _resource_of(form, resources),
        "page": page,
        "month": month,
        "goal": goal,
        "recommended": next_steps(request.user, needed, limit=RECOMMENDATIONS)[0],
        **_what_just_happened(request),
    }
    return render(request, "learning/log.html", context)


def _assigned_of(user, data):
    return assignments_to_choose(user, number_in(data.get("assigned")))


def _new_form(request, own, needed, resources):
    """An empty form, or one filled from an entry to repeat, a resource or an assignment to log."""
    assigned = assignments_to_choose(request.user)
    initial = blank_initial(time=own.values_list("time", flat=True).order_by("-pk").first() or "")
    if (pk := number_in(request.GET.get("repeat"))) is not None:
        entry = own.filter(pk=pk).prefetch_related("skills").first()
        if entry is not None:
            repeated = entry_initial(entry)
            del repeated["done_on"], repeated["version"], repeated["reflection"]
            initial |= repeated
    elif (pk := number_in(request.GET.get("resource"))) is not None:
        resource = resources.filter(pk=pk).prefetch_related("skills").first()
        if resource is not None:
            initial |= _initial_of(resource)
    elif (pk := number_in(request.GET.get("assigned"))) is not None:
        for one in assigned:
            if one.assignment_id == pk:
                initial |= _initial_for(one.assignment)
                if request.GET.get("already"):
                    del initial["done_on"]
    chosen = [int(pk) for pk in initial.get("skills", ())]
    return LogEntryForm(
        initial=initial,
        at_hand=skills_at_hand(needed, chosen),
        resources=resources,
        assigned=assigned,
    )


def _initial_of(resource):
    return {
        "title": resource.title,
        "duration_minutes": resource.duration_minutes,
        "kind": KIND_OF_FORMAT[resource.format],
        "link": resource.url,
        "resource": resource.pk,
        "skills": [str(skill.pk) for skill in resource.skills.all()],
    }


def _initial_for(assignment):
    """What is known of an entry for the assignment: all of its resource, or its own words."""
    if assignment.resource is not None:
        initial = _initial_of(assignment.resource)
    else:
        initial = {"title": assignment.title, "link": assignment.link}
    skills = set(initial.get("skills", ()))
    if assignment.skill_id is not None:
        skills.add(str(assignment.skill_id))
    return initial | {"skills": sorted(skills), "assigned": assignment.pk}


def _resource_of(form, resources):
    pk = number_in(str(form["resource"].value() or ""))
    return resources.filter(pk=pk).first() if pk is not None else None


def _what_just_happened(request):
    """The entry that was logged, with its skills to rate again, or deleted, to undo."""
    mine = LogEntry.objects.visible_to(request.user).filter(person=request.user)
    if (pk := number_in(request.GET.get("logged"))) is not None:
        entry = mine.kept().filter(pk=pk).prefetch_related("skills").first()
        if entry is not None:
            return {"logged": entry, "to_rate": _skills_to_rate(request.user, entry)}
    if (pk := number_in(request.GET.get("deleted"))) is not None:
        return {"deleted": mine.deleted().filter(pk=pk).first()}
    return {}


def _skills_to_rate(user, entry):
    """Name and address for each of the entry's skills: the draft that asks about it, if any."""
    skills = {skill.pk: skill for skill in entry.skills.all()}
    if not skills:
        return []
    names = skill_names(skills)
    drafts = dict(
        DraftAnswer.objects.visible_to(user)
        .filter(skill__in=skills)
        .values_list("skill", "self_assessment")
    )
    return [
        (
            names.get(pk, ""),
            reverse("assessments:answer", args=[drafts[pk], skill.slug])
            if pk in drafts
            else reverse("assessments:my_skills"),
        )
        for pk, skill in skills.items()
    ]


# --- One entry -------------------------------------------------------------------------------


@require_safe
def entry(request, pk):
    """One entry in full; for its author with what can be done with it."""
    found = get_object_or_404(
        LogEntry.objects.visible_to(request.user)
        .kept()
        .select_related("person", "resource", "shared_with")
        .prefetch_related("skills"),
        pk=pk,
    )
    note_reading(
        audit_actions.ENTRY_READ,
        by=request.user,
        people=[found.person_id],
        thing=f"log entry {found.pk}",
    )
    name_skills([found])
    is_own = found.person_id == request.user.pk
    post = request.user.current_post if is_own else None
    line_manager = post.line_manager if post is not None else None
    context = {
        "entry": found,
        "is_own": is_own,
        "can_open_resource": found.resource_id is not None
        and Resource.objects.visible_to(request.user).filter(pk=found.resource_id).exists(),
        "line_manager": line_manager,
        # Shared with somebody who is the line manager no more: nobody sees it now.
        "is_seen": found.is_shared and found.shared_with == line_manager,
    }
    return render(request, "learning/entry.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def change_entry(request, pk):
    found = own_entry(request, pk)
    resources = Resource.objects.visible_to(request.user)
    needed = needed_skills(request.user)
    chosen = {skill.pk for skill in found.skills.all()}
    if request.method != "POST":
        form = ChangeEntryForm(
            initial=entry_initial(found),
            at_hand=skills_at_hand(needed, chosen),
            resources=resources,
            assigned=assignments_to_choose(request.user),
        )
        return render(request, "learning/change_entry.html", {"form": form, "entry": found})
    at_hand = skills_at_hand(needed, chosen | posted_ids(request.POST, "skills"))
    form = ChangeEntryForm(
        request.POST,
        at_hand=at_hand,
        resources=resources,
        assigned=_assigned_of(request.user, request.POST),
    )
    if form.is_valid():
        try:
            services.change_entry(
                entry=found,
                by=request.user,
                version=form.cleaned_data["version"],
                **form.values(),
            )
        except services.StaleEntry as conflict:
            return _entry_conflict(request, conflict.saved, form)
        messages.success(request, "Entry changed.")
        return redirect(found)
    return render(request, "learning/change_entry.html", {"form": form, "entry": found})


def _entry_conflict(request, saved, form):
    """Both entries side by side: the one saved elsewhere meanwhile and the one just sent."""
    values = form.values()
    names = skill_names({skill.pk for skill in [*saved.skills.all(), *values["skills"]]})
    del values["assigned"]
    this_skills = values.pop("skills")
    sides = []
    for side, skills in ((saved, saved.skills.all()), (LogEntry(**values), this_skills)):
        side.names = sorted(names.get(skill.pk, "") for skill in skills)
        sides.append(side)
    again = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in {"csrfmiddlewaretoken", "version"}
        for value in values
    ]
    context = {"saved": saved, "both": sides, "again": [*again, ("version", saved.version)]}
    return render(request, "learning/entry_conflict.html", context, status=409)


@require_POST
def delete_entry(request, pk):
    found = own_entry(request, pk)
    services.delete_entry(entry=found, by=request.user)
    return redirect(f"{reverse('learning:log')}?deleted={found.pk}")


@require_POST
def restore_entry(request, pk):
    found = get_object_or_404(
        LogEntry.objects.visible_to(request.user).filter(person=request.user), pk=pk
    )
    services.restore_entry(entry=found, by=request.user)
    messages.success(request, f"“{found.title}” is back in your log.")
    return redirect("learning:log")


@require_safe
def deleted_entries(request):
    """What was deleted lately and can still be brought back."""
    deleted = (
        LogEntry.objects.visible_to(request.user)
        .filter(person=request.user)
        .deleted()
        .order_by("-deleted_at", "-pk")
    )
    page = Paginator(deleted, ENTRIES_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "learning/deleted_entries.html", {"page": page})


@require_POST
def share_entry(request, pk):
    found = own_entry(request, pk)
    form = ShareForm(request.POST)
    post = request.user.current_post
    line_manager = post.line_manager if post is not None else None
    try:
        if not form.is_valid():
            raise ValidationError(next(iter(form.errors["shown_manager"])))
        shown = line_manager
        if (
            line_manager is not None
            and line_manager.public_id != form.cleaned_data["shown_manager"]
        ):
            shown = None
        services.share_entry(entry=found, by=request.user, shown_manager=shown)
    except LineManagerChanged as changed:
        messages.error(
            request,
            "Your line manager changed while you were on this page. Nothing has been shared. "
            f"Your line manager is now {changed.line_manager}: share again if you want them to "
            "see this entry.",
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"{line_manager} can now see this entry.")
    return redirect(found)


@require_POST
def stop_sharing(request, pk):
    found = own_entry(request, pk)
    services.stop_sharing(entry=found, by=request.user)
    messages.success(request, "Only you can see this entry now.")
    return redirect(found)


@require_safe
def shared_entries(request):
    """What people have shared with the user, their line manager."""
    shared = (
        LogEntry.objects.visible_to(request.user)
        .filter(shared_with=request.user)
        .select_related("person")
        .prefetch_related("skills")
    )
    page = Paginator(shared, ENTRIES_PER_PAGE).get_page(request.GET.get("page"))
    note_reading(
        audit_actions.ENTRIES_READ,
        by=request.user,
        people=[entry.person_id for entry in page.object_list],
    )
    name_skills(page.object_list)
    return render(request, "learning/shared_entries.html", {"page": page})


# --- Totals ----------------------------------------------------------------------------------


@require_safe
def year(request):
    """A year by month, skill and kind, own and work time."""
    own = LogEntry.objects.visible_to(request.user).own(request.user)
    years = totals.years_of(own)
    this_year = timezone.localdate().year
    wanted = number_in(request.GET.get("year"))
    shown = wanted if wanted in years else this_year
    entries = own.filter(done_on__year=shown)
    months = totals.by_month(entries, shown)
    context = {
        "year": shown,
        "years": [y for y in sorted({*years, this_year}, reverse=True) if y != shown],
        "total": totals.total_of(entries),
        "columns": [
            ChartColumn(f"{month.label} {shown}", [month.work, month.own], short=month.label[:3])
            for month in months
        ],
        "series": [LogEntry.Time.WORK.label, LogEntry.Time.OWN.label],
        "by_skill": _total_table("Time by skill", "Skill", totals.by_skill(entries)),
        "by_kind": _total_table("Time by kind", "Kind", totals.by_kind(entries)),
    }
    return render(request, "learning/year.html", context)


def _total_table(caption, first, rows):
    return Table(
        caption=caption,
        columns=[
            Column(first),
            Column("Entries", numeric=True),
            Column("Work time", numeric=True),
            Column("Own time", numeric=True),
            Column("All", numeric=True),
        ],
        rows=[
            [
                row.label,
                f"{row.entries:,}",
                duration_short(row.work),
                duration_short(row.own),
                duration_short(row.all),
            ]
            for row in rows
        ],
    )
