"""allauth's forms in the portal's words and markup: named in `ACCOUNT_FORMS`."""

from allauth.account import forms as allauth
from django.contrib.auth import password_validation

from govuk.forms import GovukFormMixin

LABELS = {
    "login": "Email address",
    "email": "Email address",
    "password": "Password",
    "oldpassword": "Current password",
    "password1": "New password",
    "password2": "New password again",
    "code": "Code",
}
REQUIRED = {
    "login": "Enter your email address",
    "email": "Enter your email address",
    "password": "Enter your password",
    "oldpassword": "Enter your current password",
    "password1": "Enter a new password",
    "password2": "Enter the new password again",
    "code": "Enter the code from the email",
}


class SignInFormMixin(GovukFormMixin):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = LABELS.get(name, field.label)
            field.error_messages["required"] = REQUIRED.get(name, field.error_messages["required"])
            field.widget.attrs.pop("placeholder", None)
            if name in {"password", "oldpassword"}:
                field.help_text = ""  # the sign-in page has the link for a lost password
        if "password1" in self.fields:
            # One hint instead of a list: it is read out with the field.
            rules = password_validation.password_validators_help_texts()
            self.fields["password1"].help_text = " ".join(rules)


class LoginForm(SignInFormMixin, allauth.LoginForm):
    pass


class AddEmailForm(SignInFormMixin, allauth.AddEmailForm):
    pass


class ChangeEmailForm(SignInFormMixin, allauth.ChangeEmailForm):
    pass


class ChangePasswordForm(SignInFormMixin, allauth.ChangePasswordForm):
    pass


class SetPasswordForm(SignInFormMixin, allauth.SetPasswordForm):
    pass


class ResetPasswordForm(SignInFormMixin, allauth.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(SignInFormMixin, allauth.ResetPasswordKeyForm):
    pass


class ReauthenticateForm(SignInFormMixin, allauth.ReauthenticateForm):
    pass


class RequestLoginCodeForm(SignInFormMixin, allauth.RequestLoginCodeForm):
    pass


class ConfirmLoginCodeForm(SignInFormMixin, allauth.ConfirmLoginCodeForm):
    pass


class ConfirmEmailVerificationCodeForm(SignInFormMixin, allauth.ConfirmEmailVerificationCodeForm):
    pass


class ConfirmPasswordResetCodeForm(SignInFormMixin, allauth.ConfirmPasswordResetCodeForm):
    pass
