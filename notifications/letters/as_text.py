"""The letter as plain text, for mail programs without HTML and for the API."""

from typing import Any


def letter_as_text(data: dict[str, Any]) -> str:
    """From `data`, the same that the page gets; blank lines separate the paragraphs."""
    parts = [data["greeting"]]
    for paragraph in data["paragraphs"]:
        if paragraph["kind"] != "items":
            parts.append(paragraph["text"])
        elif data["listed"]:
            parts.append("\n".join(f"– {_line(item)}" for item in data["items"]))
    # The link stands alone on its line: mail programs would take an isolating mark for part of it.
    parts += [f"{data['status']}\n{data['status_url']}", f"{data['farewell']}\n{data['signature']}"]
    return "\n\n".join(parts)


def _line(item: dict[str, str]) -> str:
    return f"{item['line']} ({item['delivery']})" if item["delivery"] else item["line"]
