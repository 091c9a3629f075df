"""Sign-in through a department's own service, by OpenID Connect.

A service speaks for the e-mail domains that the deployment gives it and for no others. It only
lets people in who have an account here: an account comes with a place in the organisation.
"""

import logging

from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.shortcuts import render

logger = logging.getLogger(__name__)


# --- Departments -----------------------------------------------------------------------------


def department_apps():
    return settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]


def app_for_email(email):
    """The app of the service that speaks for this address; None when no service does."""
    domain = domain_of(email)
    return next((app for app in department_apps() if domain in app["settings"]["domains"]), None)


def domain_of(email):
    return email.rpartition("@")[2].lower()


def asks_for_second_factor(provider_id):
    """Whether this service asks everybody for a second step, as its deployment says."""
    return any(
        app["provider_id"] == provider_id and app["settings"]["second_factor"]
        for app in department_apps()
    )


# --- Who comes back from one -----------------------------------------------------------------


def vouched_email(login):
    """The lower-case address the service vouches for and may speak for; None without one."""
    claims = login.claims
    email = str(claims.get("email") or "").strip().lower()
    rules = login.provider.app.settings
    # Some services send the word instead of the value.
    verified = claims.get("email_verified", rules["trust_email"])
    if verified not in (True, "true") or domain_of(email) not in rules["domains"]:
        return None
    return email


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    def list_apps(self, request, provider=None, client_id=None):
        """The services of the environment; a row in the database adds none."""
        return [
            SocialApp(provider="openid_connect", **app)
            for app in department_apps()
            if provider in (None, "openid_connect", app["provider_id"])
            and client_id in (None, app["client_id"])
        ]

    def is_open_for_signup(self, request, sociallogin):
        return False

    def populate_user(self, request, sociallogin, data):
        """Keep of the claims what is needed to tell who somebody is, and no more."""
        claims = sociallogin.account.extra_data
        told, signed = claims.get("userinfo"), claims.get("id_token")
        # OpenID Connect Core 1.0, section 5.3.2: answers about another person are not used.
        if told and signed and told.get("sub") != signed.get("sub"):
            raise PermissionDenied("The sign-in service told of two different people.")
        sociallogin.claims = told or signed or {}
        sociallogin.account.extra_data = {"userinfo": {"email": sociallogin.claims.get("email")}}
        return sociallogin.user

    def authenticate_by_email(self, sociallogin):
        """The user whose confirmed address the service vouches for, with that address."""
        email = vouched_email(sociallogin)
        address = (
            EmailAddress.objects.filter(email=email, verified=True).select_related("user").first()
            if email
            else None
        )
        return (address.user, email) if address else None

    def pre_social_login(self, request, sociallogin):
        """Refuse, with a page that says why, whoever the service may not let in."""
        email = vouched_email(sociallogin)
        if email is None:
            self.refuse(request, sociallogin, "may_not_speak")
        if not sociallogin.is_existing:
            return  # allauth says that there is no account
        user = sociallogin.user
        # The link made at an earlier sign-in lets nobody in whose address has changed since.
        if not EmailAddress.objects.filter(user=user, email=email, verified=True).exists():
            self.refuse(request, sociallogin, "other_address")
        # An address that was given to somebody new does not bring them the old account.
        links = SocialAccount.objects.filter(user=user, provider=sociallogin.account.provider)
        if links.exclude(uid=sociallogin.account.uid).exists():
            self.refuse(request, sociallogin, "other_person")

    def refuse(self, request, sociallogin, reason):
        logger.warning("Sign-in through %s refused: %s", sociallogin.account.provider, reason)
        context = {
            "reason": reason,
            "department": sociallogin.provider.app.name,
            "email": sociallogin.claims.get("email"),
        }
        raise ImmediateHttpResponse(
            render(request, "socialaccount/refused.html", context, status=403)
        )
