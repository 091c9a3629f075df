from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self):
        from allauth.account.signals import password_changed, password_reset, password_set
        from allauth.mfa.signals import authenticator_added

        from accounts import second_factor, sessions

        # Signals of Django and of allauth, whose code signs people in and changes passwords.
        user_logged_in.connect(sessions.note_sign_in)
        for signal in (password_changed, password_reset, password_set):
            signal.connect(sessions.end_others_after_change)
        authenticator_added.connect(second_factor.note_new_factor)
