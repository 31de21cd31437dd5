"""Every text column of every table is placed: registered as personal, or listed as impersonal with a reason."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection, models

from orders.models import Order
from orders.privacy.exporting import data_of
from orders.privacy.redaction import MASK, redact
from orders.privacy.registry import IMPERSONAL, REGISTRY
from tests.cast import order_for, small_set

# Columns of these kinds hold no text that a person could have typed.
NOT_TEXT = (
    models.AutoField,
    models.BooleanField,
    models.DateField,
    models.DurationField,
    models.FloatField,
    models.ForeignKey,
    models.IntegerField,
)
# Tables without a model: Django's own lists of what it has done.
WITHOUT_MODEL = {"django_migrations", "sqlite_sequence"}
# The search index of SQLite: words of the catalogue.
SEARCH_INDEX = ("catalog_setindex", "catalog_partindex")


def text_columns() -> set[str]:
    """model.column of every column that could hold text."""
    return {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if not isinstance(field, NOT_TEXT)
    }


def personal_columns() -> set[str]:
    return {f"{rows.model._meta.label}.{column.name}" for rows in REGISTRY for column in rows.columns}


def impersonal_columns() -> list[str]:
    return [
        f"{label}.{name}"
        for label, groups in IMPERSONAL.items()
        for names, reason in groups
        for name in names.split()
        if reason.strip()
    ]


def test_every_text_column_is_placed_once() -> None:
    personal, impersonal = personal_columns(), impersonal_columns()
    assert len(impersonal) == len(set(impersonal)), "a column is listed twice"
    assert not personal & set(impersonal), "a column is both"
    unplaced = text_columns() - personal - set(impersonal)
    assert not unplaced, "register them in orders/privacy/registry.py, or say there why they are not personal"


def test_nothing_is_placed_that_is_not_there() -> None:
    assert personal_columns() | set(impersonal_columns()) <= text_columns()


@pytest.mark.django_db
def test_every_table_has_a_model() -> None:
    known = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    tables = {name for name in connection.introspection.table_names() if not name.startswith(SEARCH_INDEX)}
    assert tables - WITHOUT_MODEL <= known


def test_no_personal_table_has_admin_pages() -> None:
    """Those pages would show personal data without a line in the access log."""
    assert not {rows.model for rows in REGISTRY} & set(admin.site._registry)


@pytest.mark.django_db
def test_the_document_of_a_customer_has_every_column_that_is_exported() -> None:
    small_set()
    order = order_for(message="Thank you!", box_code="45R0")
    document = data_of(Order.objects.get(pk=order.pk))
    contact = next(rows for rows in REGISTRY if rows.section == "you")
    assert document["you"].keys() == {column.export for column in contact.columns if column.export}
    assert document["you"]["message"] == "Thank you!"
    assert document["box_code"] == "45R0"
    sections = {rows.section for rows in REGISTRY if rows.section} - {"order"}
    assert sections <= document.keys()


@pytest.mark.django_db
def test_redaction_masks_who_it_was_and_keeps_the_words() -> None:
    small_set()
    order = order_for()
    text = f"Dear JOHN, {order.contact.email} at {order.contact.line1} in springfield: the Johnson brick is missing."
    assert redact(text, order) == f"Dear {MASK}, {MASK} at {MASK} in {MASK}: the Johnson brick is missing."
