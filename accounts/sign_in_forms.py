"""allauth's forms in the portal's words and markup: named in `ACCOUNT_FORMS` and `MFA_FORMS`."""

from allauth.account import forms as allauth
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base import forms as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import forms as recovery_codes
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django.contrib.auth import password_validation

from accounts.department_sign_in import app_for_email
from accounts.second_factor import use_code_once
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
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        app = app_for_email(self.data.get("login", ""))
        if app is not None:
            self.fields["password"].error_messages["required"] = (
                f"Enter your password, or sign in with your {app['name']} account"
            )


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


# --- The second step -------------------------------------------------------------------------


class CodeOnceMixin(SignInFormMixin):
    """A code from an app, or a recovery code, that signs in or confirms once."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = "6 digits from the app, or one of your recovery codes"
        self.fields["code"].error_messages["required"] = "Enter the code from your app"

    def clean_code(self):
        code = super().clean_code()
        is_totp = self.authenticator.type == Authenticator.Type.TOTP
        if is_totp and not use_code_once(self.authenticator, code):
            raise get_mfa_adapter().validation_error("incorrect_code")
        return code


class AuthenticateForm(CodeOnceMixin, mfa.AuthenticateForm):
    pass


class ReauthenticateByCodeForm(CodeOnceMixin, mfa.ReauthenticateForm):
    pass


class ActivateTOTPForm(SignInFormMixin, totp.ActivateTOTPForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].help_text = "The 6 digits that the app shows now"
        self.fields["code"].error_messages["required"] = "Enter the code from your app"


class DeactivateTOTPForm(SignInFormMixin, totp.DeactivateTOTPForm):
    pass


class GenerateRecoveryCodesForm(SignInFormMixin, recovery_codes.GenerateRecoveryCodesForm):
    pass


class KeyNameMixin(SignInFormMixin):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        name = self.fields["name"]
        name.label = "Name of this key"
        name.help_text = "So that you can tell your keys apart, for example Work laptop"
        name.max_length = 100
        name.error_messages["required"] = "Enter a name for this key"

    def clean_name(self):
        parent = getattr(super(), "clean_name", None)
        name = parent() if parent else self.cleaned_data["name"]
        return name[:100]


class AddWebAuthnForm(KeyNameMixin, webauthn.AddWebAuthnForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        passkey = self.fields["passwordless"]
        passkey.label = "Sign in with this key alone, without a password"
        passkey.help_text = "The key then asks for your fingerprint, your face or a PIN"
        self.fields["credential"].error_messages["required"] = (
            "Press Add key and follow your browser"
        )


class EditWebAuthnForm(KeyNameMixin, webauthn.EditWebAuthnForm):
    pass
