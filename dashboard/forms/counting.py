"""What the worker scans while counting a bin."""

from django import forms

from dashboard.forms.fields import SCAN, CountField, KeyedForm, bin_field


class ScanForm(KeyedForm):
    scan = forms.CharField(max_length=120, label="Scan a piece", widget=forms.TextInput(attrs=SCAN))
    quantity = CountField(label="How many")


class BeginCountForm(forms.Form):
    bin = bin_field("Count a bin")
