"""Show a refusal of the domain beside the field it is about."""

from collections.abc import Mapping

from django.forms import Form

from core.refusals import Refusal


def add_refusal(form: Form, refusal: Refusal, fields: Mapping[str, str]) -> int:
    """Put every problem beside its field, the rest above the form. `fields` maps a pointer to its field.

    Returns the HTTP status that the page answers with.
    """
    for problem in refusal.problems:
        field = fields.get(problem.pointer)
        form.add_error(field if field in form.fields else None, str(problem.detail))
    if not refusal.problems:
        form.add_error(None, str(refusal.detail))
    return refusal.status
