"""What each rule of python.yaml must find, and what it must let pass. Never imported."""

import logging

# ruleid: fetches-an-address
import requests

# ruleid: fetches-an-address
from urllib.request import urlopen

# ok: fetches-an-address
from urllib.parse import urlsplit

# ruleid: csrf-exempt
from django.views.decorators.csrf import csrf_exempt

logger = logging.getLogger(__name__)


def texts(name):
    # ruleid: mark-safe
    mark_safe(f"<b>{name}</b>")
    # ruleid: mark-safe
    SafeString("<b>" + name)
    # ruleid: mark-safe
    format_html(f"<b>{name}</b>")
    # ok: mark-safe
    format_html("<b>{}</b>", name)
    # ok: mark-safe
    return SafeString("<hr>")


def finding(request, pk):
    # ruleid: object-without-visible-to
    get_object_or_404(SelfAssessment, pk=pk)
    # ruleid: object-without-visible-to
    get_object_or_404(SelfAssessment.objects, pk=pk)
    # ok: object-without-visible-to
    get_object_or_404(SelfAssessment.objects.visible_to(request.user), pk=pk)
    # ok: object-without-visible-to
    get_object_or_404(mine, pk=pk)
    # ruleid: manager-round-the-rules
    return SelfAssessment._base_manager.all()


def asking(request, cursor, form, pk):
    # ruleid: sql-in-a-page, sql-from-a-request
    cursor.execute("SELECT * FROM person WHERE name = '%s'" % request.GET["name"])
    statement = f"name = '{form.cleaned_data['name']}'"
    # ruleid: sql-in-a-page, sql-from-a-request
    RawSQL(statement, [])
    # ruleid: sql-in-a-page
    RawSQL("SELECT id FROM person WHERE name = %s", [request.GET["name"]])
    # ruleid: sql-in-a-page
    Person.objects.raw("SELECT * FROM person")
    # ruleid: queryset-extra
    return Person.objects.extra(where=["1 = 1"])


# ruleid: csrf-exempt
@csrf_exempt
@require_POST
def exempt(request):
    return render(request, "page.html")


@require_safe
def only_reads(request, form):
    # ruleid: get-that-changes-something
    form.save()
    # ruleid: get-that-changes-something
    Visit.objects.create(by=request.user)
    # ruleid: get-that-changes-something
    Notice.objects.visible_to(request.user).filter(pk=1).update(read=True)
    # ok: get-that-changes-something
    context = {"form": form}
    return render(request, "page.html", context)


@require_http_methods(["GET", "POST"])
def writes(request, form):
    # ok: get-that-changes-something
    form.save()
    if form.is_valid():
        # ok: redirect-where-the-request-says
        return redirect("home")
    return render(request, "page.html", {"form": form})


def leaving(request):
    to = request.GET.get("next", "/")
    if to:
        # ruleid: redirect-where-the-request-says
        return redirect(to)
    # ruleid: redirect-where-the-request-says
    HttpResponseRedirect(request.headers["Referer"])
    # ok: redirect-where-the-request-says
    return redirect(reverse("home"))


def to_what_was_made(request, form):
    made = form.save(request.POST)
    # ok: redirect-where-the-request-says
    return redirect(made)


def logging_too_much(person, answer):
    # ruleid: personal-data-in-a-log
    logger.info("Signed in: %s", person.email)
    # ruleid: personal-data-in-a-log
    logger.warning("Answer %s", answer.evidence)
    # ok: personal-data-in-a-log
    logger.info("Signed in: %s", person.pk)


def sending(task, pk):
    # ruleid: task-sent-by-hand
    task.delay(pk)
    # ruleid: task-sent-by-hand
    task.apply_async([pk])
    # ok: task-sent-by-hand
    publish_on_commit(task, pk)
