"""What of the team to show."""

from django import forms

from govuk.forms import CheckboxInput, GovukForm, Select


class TeamFilterForm(GovukForm):
    """Always usable: what is missing or wrong in it is as if it had not been asked."""

    show = forms.ChoiceField(label="Measured against", required=False, widget=Select())
    area = forms.ChoiceField(label="Skill area", required=False, widget=Select())
    gaps = forms.BooleanField(
        label="Only where something is missing", required=False, widget=CheckboxInput(small=True)
    )

    def __init__(self, data, *, team):
        frameworks = team.frameworks()
        first = f"framework-{frameworks[0][0]}" if frameworks else ""
        data = data.copy()
        data.setdefault("show", first)
        super().__init__(data)
        self.fields["show"].choices = [
            *((f"framework-{slug}", name) for slug, name in frameworks),
            *((f"role-{pk}", f"Role: {name}") for pk, name in team.role_levels()),
            ("all", "Everything"),
        ]
        self.first = first
        self.full_clean()
        shown = team.only(**self._shown())
        self.fields["area"].choices = [("", "All areas"), *((a, a) for a in shown.areas())]
        self.full_clean()
        for name in list(self.errors):
            # Such as the area of before, after another framework was chosen.
            data.pop(name)
        data.setdefault("show", first)
        self.full_clean()

    def _shown(self):
        show = self.cleaned_data.get("show") or self.first
        kind, _, key = show.partition("-")
        if kind == "framework":
            return {"framework": key}
        if kind == "role":
            return {"role_level": int(key)}
        return {}

    def filters(self):
        """Keyword arguments for `Team.only`."""
        return self._shown() | {
            "area": self.cleaned_data.get("area", ""),
            "gaps": self.cleaned_data.get("gaps", False),
        }
