"""The page on which people choose the notices they get."""

from django import forms
from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import NoticeChoice
from accounts.notice_kinds import BOTH, all_kinds
from accounts.notices import choose_deliveries
from govuk.forms import GovukForm, RadioSelect


class NoticeSettingsForm(GovukForm):
    """One question for each kind of notice that may be turned off."""

    def __init__(self, *args, kinds, **kwargs):
        super().__init__(*args, **kwargs)
        for kind in kinds:
            self.fields[kind.key] = forms.ChoiceField(
                label=kind.label,
                choices=NoticeChoice.Delivery.choices,
                widget=RadioSelect(label_size="s", small=True),
            )


@require_http_methods(["GET", "HEAD", "POST"])
def notice_settings(request):
    """How the user wants each kind of notice; those that always come are listed with the reason."""
    kinds = sorted(all_kinds(), key=lambda kind: kind.label)
    chosen = dict(NoticeChoice.objects.visible_to(request.user).values_list("kind", "delivery"))
    optional = [kind for kind in kinds if kind.optional]
    form = NoticeSettingsForm(
        request.POST if request.method == "POST" else None,
        kinds=optional,
        initial={kind.key: chosen.get(kind.key, BOTH) for kind in optional},
    )
    if form.is_valid():
        choose_deliveries(by=request.user, deliveries=form.cleaned_data)
        messages.success(request, "Your choices are saved.")
        return redirect("accounts:notice_settings")
    context = {"form": form, "needed": [kind for kind in kinds if not kind.optional]}
    return render(request, "accounts/notice_settings.html", context)
