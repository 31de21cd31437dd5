"""The letter as the HTML of a mail: a whole document, styles inlined, everything escaped, for both directions."""

from typing import Any

from notifications.mail.frame import framed


def letter_as_html(data: dict[str, Any]) -> str:
    """From `data`, the same that the page gets."""
    # In a template `letter.items` would be the dictionary's method.
    letter = {**data, "items_list": data["items"]}
    return framed(
        "letter_mail",
        subject=data["title"],
        language=data["language"],
        accent=data["accent"],
        letter=letter,
        status_words=data["status"].rstrip().rstrip(":"),
        swatches=any(item["rgb"] for item in data["items"]),
    )
