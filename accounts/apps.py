from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self):
        from allauth.account.signals import password_changed, password_reset, password_set
        from allauth.mfa.signals import (
            authenticator_added,
            authenticator_removed,
            authenticator_reset,
        )

        from accounts import audit_signals, second_factor, sessions

        # Signals of Django and of allauth, whose code signs people in and changes passwords.
        user_logged_in.connect(sessions.note_sign_in)
        for signal in (password_changed, password_reset, password_set):
            signal.connect(sessions.end_others_after_change)
            signal.connect(audit_signals.note_password)
        authenticator_added.connect(second_factor.note_new_factor)
        authenticator_added.connect(audit_signals.note_factor_added)
        authenticator_removed.connect(audit_signals.note_factor_removed)
        authenticator_reset.connect(audit_signals.note_factor_reset)
