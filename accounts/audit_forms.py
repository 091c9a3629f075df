"""The filter of the audit log."""

import datetime

from django import forms
from django.utils import timezone

from accounts.audit_actions import ACTIONS
from accounts.models import User
from govuk.forms import DateField, GovukForm, Select, TextInput

# Counting all entries ever written takes longer than reading a page of them.
USUAL_DAYS = 31
YEARS = range(2000, 2101)


class AuditFilterForm(GovukForm):
    who = forms.CharField(
        label="Who did it",
        help_text="A name or an email address",
        max_length=200,
        required=False,
        widget=TextInput(width="two-thirds"),
    )
    about = forms.CharField(
        label="Whose data",
        help_text="A name or an email address",
        max_length=200,
        required=False,
        widget=TextInput(width="two-thirds"),
    )
    action = forms.ChoiceField(label="What", required=False, widget=Select)
    first_day = DateField(
        label="First day",
        help_text=f"Without one, {USUAL_DAYS} days are shown.",
        required=False,
    )
    last_day = DateField(label="Last day", required=False)

    def __init__(self, data):
        super().__init__(data)
        words = sorted((one.words.capitalize(), key) for key, one in ACTIONS.items())
        self.fields["action"].choices = [("", "Anything"), *((key, word) for word, key in words)]

    def clean(self):
        for name in ("first_day", "last_day"):
            day = self.cleaned_data.get(name)
            if day and day.year not in YEARS:
                self.add_error(name, f"Year must be between {YEARS[0]} and {YEARS[-1]}")

    def search(self, entries):
        """Those of `entries` that the valid fields ask for, or of the last weeks."""
        if self.is_bound and not self.is_valid():
            return entries.none()
        asked = self.cleaned_data if self.is_bound else {}
        until = asked.get("last_day") or timezone.localdate()
        usual = until - datetime.timedelta(days=USUAL_DAYS)
        entries = entries.filter(noted_at__gte=_start_of(asked.get("first_day") or usual))
        if asked.get("last_day"):
            after = asked["last_day"] + datetime.timedelta(days=1)
            entries = entries.filter(noted_at__lt=_start_of(after))
        if asked.get("action"):
            entries = entries.filter(action=asked["action"])
        for field, name in (("actor", "who"), ("subject", "about")):
            if asked.get(name):
                people = User.objects.search(words=asked[name], closed=True)
                entries = entries.filter(**{f"{field}__in": people.values("pk")})
        return entries


def _start_of(day):
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time()))
