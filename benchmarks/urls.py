"""The portal's addresses and one more: the bare page that others are measured against."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.template import engines
from django.urls import include, path

from skills_portal.urls import handler400 as handler400

HELLO = engines["django"].from_string("<!doctype html><title>{{ word }}</title><p>{{ word }}, you.")


@login_not_required
def hello(request):
    return HttpResponse(HELLO.render({"word": "Hello"}, request))


urlpatterns = [path("hello", hello), path("", include("skills_portal.urls"))]
