"""The pages on which people see how they sign in, and those that lead to a department's service."""

import requests  # nosemgrep: fetches-an-address - only for the name of its error
from allauth.account.decorators import reauthentication_required
from allauth.account.utils import get_next_redirect_url
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.openid_connect.views import callback
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localtime
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.browsers import browser_in_words
from accounts.department_sign_in import app_for_email, department_apps, domain_of
from accounts.services import day_in_words
from accounts.sessions import end_sessions, open_sessions
from govuk.forms import EmailInput, GovukForm
from govuk.tables import Column, Table

# --- What lets somebody in -------------------------------------------------------------------


@require_safe
def how_you_sign_in(request):
    """Everything that lets the user in, each with the page on which it is changed."""
    user = request.user
    kinds = list(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    keys = kinds.count(Authenticator.Type.WEBAUTHN)
    has_password = user.has_usable_password()
    linked = SocialAccount.objects.filter(user=user).count()
    browsers = open_sessions(user).count()
    rows = [
        row("Email address", user.email, "account_email"),
        row(
            "Password",
            "Set" if has_password else "None",
            "account_change_password" if has_password else "account_set_password",
        ),
        row(
            "Authenticator app",
            "Added" if Authenticator.Type.TOTP in kinds else "None",
            "mfa_index",
        ),
        row("Passkeys and security keys", keys or "None", "mfa_list_webauthn"),
        row(
            "Signed in",
            f"In {browsers} browsers" if browsers > 1 else "In this browser only",
            "usersessions_list",
            "View",
        ),
    ]
    if department_apps() or linked:
        rows.append(
            row("Department accounts", linked or "None", "socialaccount_connections", action="View")
        )
    return render(request, "accounts/how_you_sign_in.html", {"rows": rows})


def row(key, value, name, action=None):
    action = action or ("Add" if value == "None" else "Change")
    return {"key": key, "value": value, "url": reverse(name), "action": action}


@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request):
    """Where the user is signed in; a post signs them out everywhere but here."""
    here = request.session.session_key
    if request.method == "POST":
        end_sessions(request.user, but=here)
        messages.success(request, "You are signed out everywhere else.")
        return redirect("usersessions_list")
    found = list(open_sessions(request.user))
    table = Table(
        caption="Browsers in which you are signed in",
        columns=[Column(label) for label in ("Browser", "Signed in", "Last used", "Address")],
        rows=[
            [
                browser_in_words(session.user_agent)
                + (" (this one)" if session.session_key == here else ""),
                instant_in_words(session.created_at),
                instant_in_words(session.last_seen_at),
                session.ip,
            ]
            for session in found
        ],
    )
    others = any(session.session_key != here for session in found)
    context = {"table": table, "others": others}
    return render(request, "usersessions/usersession_list.html", context)


def instant_in_words(instant):
    local = localtime(instant)
    return f"{day_in_words(local)}, {local:%-I:%M}{'am' if local.hour < 12 else 'pm'}"


# --- A department's service ------------------------------------------------------------------


class DepartmentForm(GovukForm):
    email = forms.EmailField(
        label="Work email address",
        error_messages={"required": "Enter your work email address"},
        widget=EmailInput(attrs={"autocomplete": "email"}),
    )

    def clean_email(self):
        email = self.cleaned_data["email"]
        self.app = app_for_email(email)
        if self.app is None:
            raise forms.ValidationError(
                f"People at {domain_of(email)} do not sign in with a department account: "
                "sign in with your email address and password instead"
            )
        return email


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def department_sign_in(request):
    """Which service somebody signs in with, found by the domain of their address."""
    if not department_apps():
        raise Http404("No department has a sign-in service here.")
    if request.user.is_authenticated:
        return redirect("home")
    form = DepartmentForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return send_to(request, form.app, email=form.cleaned_data["email"])
    context = {"form": form, "departments": department_apps()}
    return render(request, "socialaccount/department_sign_in.html", context)


@login_not_required
@require_POST
def go_to_department(request, provider_id):
    """The sign-in service of the department whose button was pressed."""
    apps = [app for app in department_apps() if app["provider_id"] == provider_id]
    if not apps:
        raise Http404("There is no such department.")
    return send_to(request, apps[0])


def send_to(request, app, *, email=None):
    """The page that leads on to the service.

    Not a redirect: the content security policy lets forms send to this site only, and browsers
    hold every further redirect, which a service may make to any address, against it.
    """
    # Each time asks the service for its addresses, so it counts as a try to sign in.
    too_many = ratelimit.consume_or_429(request, action="login")
    if too_many:
        return too_many
    provider = get_adapter().get_provider(request, app["provider_id"])
    context = {"department": app["name"]}
    try:
        response = provider.redirect(
            request,
            process="login",
            next_url=get_next_redirect_url(request),
            auth_params=provider.get_auth_params() | ({"login_hint": email} if email else {}),
        )
    except (requests.RequestException, ValueError, KeyError):
        return render(request, "socialaccount/service_away.html", context, status=503)
    if response.status_code != 302:
        return response
    page = render(request, "socialaccount/login_redirect.html", {**context, "url": response.url})
    page["Refresh"] = f"0; url={response.url}"
    return page


@login_not_required
@require_safe
def back_from_department(request, provider_id):
    """Where a service sends people back to with a code: allauth checks it and signs them in."""
    return callback(request, provider_id)


@login_not_required
@require_safe
def cancelled(request):
    """What somebody sees who turned back at the service."""
    return render(request, "socialaccount/login_cancelled.html")


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required
def department_accounts(request):
    """The user's accounts at departments' services, each of which they may take away."""
    linked = SocialAccount.objects.filter(user=request.user).order_by("provider")
    if request.method == "POST":
        chosen = [account for account in linked if str(account.pk) == request.POST.get("account")]
        if not chosen:
            raise Http404("There is no such link.")
        chosen[0].delete()
        messages.success(request, "The department account is no longer linked to yours.")
        return redirect("socialaccount_connections")
    names = {app["provider_id"]: app["name"] for app in department_apps()}
    accounts = [
        {
            "pk": account.pk,
            "department": names.get(account.provider, account.provider),
            "email": account.extra_data.get("userinfo", {}).get("email", ""),
        }
        for account in linked
    ]
    return render(request, "socialaccount/connections.html", {"accounts": accounts})
