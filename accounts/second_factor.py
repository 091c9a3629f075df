"""The second step of signing in: who must have one, and what it keeps safe."""

import base64
import logging
import string

from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.socialaccount.models import SocialAccount
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare

from accounts.department_sign_in import asks_for_second_factor
from accounts.sessions import end_sessions

logger = logging.getLogger(__name__)

SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# What somebody can reach who must set up a second step first, besides allauth's pages about it.
SET_UP_PAGES = {
    "accounts:how_you_sign_in",
    "account_change_password",
    "account_email",
    "account_logout",
    "account_reauthenticate",
    "account_set_password",
    "usersessions_list",
}


# --- Who must have one -----------------------------------------------------------------------


def needs_second_factor(request):
    """Whether the person signed in holds a grant and has no second step to protect it.

    A department's sign-in service that asks for a second step itself counts as one.
    """
    user = request.user
    if not settings.SECOND_FACTOR_FOR_GRANTS or not user.current_grants:
        return False
    if Authenticator.objects.filter(user=user, type__in=SECOND_FACTORS).exists():
        return False
    return not any(
        record.get("method") == "socialaccount" and asks_for_second_factor(record.get("provider"))
        for record in get_authentication_records(request, user)
    )


def has_it_at_department(user):
    """Whether the user has signed in before through a service that asks for a second step.

    Then a password is not enough to add another one: it may be somebody else's guess.
    """
    linked = SocialAccount.objects.filter(user=user).values_list("provider", flat=True)
    return any(asks_for_second_factor(provider) for provider in linked)


class RequireSecondFactor:
    """Keep people with grants to the set-up pages until their account has a second step."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        name = request.resolver_match.view_name
        public = not getattr(view, "login_required", True)
        if not request.user.is_authenticated or public or name == "account_logout":
            return None
        if not needs_second_factor(request):
            return None
        if has_it_at_department(request.user):
            return render(request, "mfa/use_department.html", status=403)
        if name.startswith("mfa_") or name in SET_UP_PAGES:
            request.needs_second_factor = True
            return None
        return redirect("mfa_index")


def note_new_factor(*, request, user, authenticator, **signal):
    """End the sessions that were begun without the factor that has just been added."""
    end_sessions(user, but=request.session.session_key)
    if authenticator.type == Authenticator.Type.TOTP:
        use_code_once(authenticator, request.POST.get("code", ""))


# --- Codes of authenticator apps -------------------------------------------------------------


@transaction.atomic
def use_code_once(authenticator, code):
    """Whether this valid code of an app has not been used before; it counts as used from now on.

    Neither is any older code accepted afterwards. Source: RFC 6238, section 5.2. allauth
    remembers a code in the cache for one period, but accepts it for three.
    """
    authenticator = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    secret = adapter().decrypt(authenticator.data["secret"])
    digits = "".join(character for character in code if character in string.digits)
    for counter in yield_hotp_counters_from_time():
        if constant_time_compare(format_hotp_value(hotp_value(secret, counter)), digits):
            if counter <= authenticator.data.get("last_counter", -1):
                return False
            authenticator.data["last_counter"] = counter
            authenticator.save(update_fields=["data"])
            return True
    return False


# --- Secrets in the database -----------------------------------------------------------------


def adapter():
    return MFAAdapter()


def ciphers():
    """The cipher of SECRET_KEY, which also reads what was written under the keys before it."""
    return MultiFernet(
        [Fernet(derived_key(key)) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    )


def derived_key(secret):
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"accounts.second_factor")
    return base64.urlsafe_b64encode(derivation.derive(secret.encode()))


class MFAAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_generate_recovery_codes": "Add an authenticator app or a key first",
        "incorrect_code": "The code is not right: enter the code that the app shows now",
        "unverified_email": "Confirm your email address before you add a second step",
    }

    def get_totp_issuer(self):
        return settings.SERVICE_NAME

    def get_totp_label(self, user):
        return user.email

    def get_public_key_credential_rp_entity(self):
        return {**super().get_public_key_credential_rp_entity(), "name": settings.SERVICE_NAME}

    def get_public_key_credential_user_entity(self, user):
        entity = super().get_public_key_credential_user_entity(user)
        return {**entity, "name": user.email, "display_name": user.full_name}

    def generate_authenticator_name(self, user, type):
        count = Authenticator.objects.filter(user=user, type=type).count()
        return f"Key {count + 1}"

    def encrypt(self, text):
        return ciphers().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        """The secret; one that nobody knows where it was written under a key that is gone."""
        try:
            return ciphers().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            logger.error("A second factor was written under another SECRET_KEY; see .env.example.")
            return generate_totp_secret()
