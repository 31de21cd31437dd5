"""What staff type when they import or correct a catalogue. The use cases decide what is possible."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from catalog.correcting import MAX_REASON
from catalog.models import Piece, Set, Theme
from dashboard.forms.bags import BagForm
from dashboard.forms.fields import CountField, WeightField


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Any number of files."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=ManyFilesInput(attrs={"accept": ".csv,.gz", "multiple": True}), **options)

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[Any]]":
        files = data if isinstance(data, list | tuple) else [data]
        return [super(ManyFilesField, self).clean(file, initial) for file in files]


class ImportForm(forms.Form):
    tables = ManyFilesField(
        label="The tables",
        allow_empty_file=True,
        help_text="All twelve tables of a dump at once, as .csv or .csv.gz. You can add bags.csv and weights.csv.",
    )
    tolerated = forms.DecimalField(
        label="Bad rows to accept, in %",
        initial="0.1",
        min_value=0,
        max_value=50,
        max_digits=5,
        decimal_places=3,
        help_text="Of each table's rows. If there are more bad rows, nothing is imported.",
    )
    dry_run = forms.BooleanField(
        required=False, initial=True, label="Only try: read, check and compare, but change nothing"
    )


def _reason() -> forms.CharField:
    return forms.CharField(
        required=False,
        max_length=MAX_REASON,
        label="Why",
        help_text="For colleagues who ask later.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def theme_choices() -> list[tuple[int, str]]:
    """Every theme, after the names of the themes above it."""
    themes = {key: (name, parent) for key, name, parent in Theme.objects.values_list("id", "name", "parent")}

    def path(theme: int) -> str:
        names: list[str] = []
        step: int | None = theme
        while step is not None and len(names) < 10:
            name, step = themes[step]
            names.append(name)
        return " / ".join(reversed(names))

    return sorted(((theme, path(theme)) for theme in themes), key=lambda choice: choice[1].casefold())


class ThemeField(forms.TypedChoiceField):
    """A choice of all themes. They are read when a form is made."""

    def __init__(self) -> None:
        super().__init__(label="Theme", coerce=int, choices=theme_choices)


class SetForm(forms.Form):
    name = forms.CharField(
        max_length=300, label="Name", widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    year = CountField(label="Year")
    theme = ThemeField()
    num_parts = CountField(label="Pieces, as printed on the box")
    bags_known = forms.BooleanField(
        required=False,
        label="All its bags are entered",
        help_text="If ticked, a request for any other bag is refused.",
    )
    reason = _reason()

    @classmethod
    def of(cls, set_: Set) -> "SetForm":
        return cls(
            initial={
                "name": set_.name,
                "year": set_.year,
                "theme": set_.theme_id,
                "num_parts": set_.num_parts,
                "bags_known": set_.bags_known,
            }
        )

    def changes(self) -> dict[str, Any]:
        """The fields as `correct_set` takes them."""
        fields = ("name", "year", "theme", "num_parts", "bags_known")
        return {name: self.cleaned_data[name] for name in fields}


class KnownBagForm(BagForm):
    """A bag with wrong contents. Without any row, there is no such bag."""

    reason = _reason()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["rows"].required = False


class PieceWeightForm(forms.Form):
    weight = WeightField(
        label="Weight of one piece",
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "autofocus": True}),
        help_text="In grams, such as 0.22. Weigh ten or more of a small piece together.",
    )
    reason = _reason()

    @classmethod
    def of(cls, piece: Piece) -> "PieceWeightForm":
        return cls(initial={"weight": f"{piece.weight_mg / 1000:g}" if piece.weight_mg else ""})
