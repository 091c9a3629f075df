"""How allauth's sign-in is fitted to a portal whose accounts are made by administrators."""

import logging
import smtplib

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from django.contrib import messages

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    # In the words of the GOV.UK error message pattern: what is wrong and what to do.
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "This account is switched off",
        "duplicate_email": "You have already added this email address",
        "email_password_mismatch": "Email address or password is wrong: check both and try again",
        "email_taken": "Another account has this email address",
        "enter_current_password": "Enter your current password as it is now",
        "incorrect_code": "Enter the code exactly as it is in the email",
        "incorrect_password": "Password is wrong: enter it again",
        "invalid_password_reset": "The link to set a password no longer works: ask for a new one",
        "same_as_current": "Enter an email address that is different from the one you have",
        "too_many_login_attempts": "You have tried too many times: wait 5 minutes and try again",
        "rate_limited": "You have tried too many times: wait a few minutes and try again",
    }

    def is_open_for_signup(self, request):
        """Nobody signs themselves up: an account comes with a place in the organisation."""
        return False

    def send_mail(self, template_prefix, email, context):
        """Send a message of sign-in now; a mail server that is away is told, not a broken page."""
        try:
            super().send_mail(template_prefix, email, context)
        except (smtplib.SMTPException, OSError) as error:
            logger.error("A sign-in message was not sent: %s", type(error).__name__)
            messages.error(
                allauth_context.request,
                "We could not send the email just now. Ask again in a few minutes.",
            )
