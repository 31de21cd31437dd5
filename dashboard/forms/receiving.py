"""What the worker scans, or sends as a file, when a delivery arrives."""

import secrets

from django import forms

from dashboard.forms.fields import SCAN, CountField, KeyedForm, bin_field
from orders.floor.stock_files import MODES


class ReceiveForm(KeyedForm):
    scan = forms.CharField(max_length=120, label="Item", widget=forms.TextInput(attrs=SCAN))
    quantity = CountField(label="How many")
    bin = bin_field("Into bin")


class StockFileForm(KeyedForm):
    file = forms.FileField(
        label="CSV file",
        help_text="With the columns sku, bin and quantity. Either all rows are entered, or none.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )
    mode = forms.ChoiceField(
        label="The numbers are",
        choices=list(zip(MODES, ("what has arrived", "what was counted there"), strict=True)),
    )

    def renew_key(self) -> None:
        self.data = {"mode": self.data.get("mode", ""), "key": secrets.token_urlsafe(15)}
