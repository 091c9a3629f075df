"""Whom the page named to the person before they shared something."""

from django import forms

from govuk.forms import GovukForm


class ShareForm(GovukForm):
    shown_manager = forms.UUIDField(widget=forms.HiddenInput())
