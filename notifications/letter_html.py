"""The letter as a mail's HTML: a whole document, styles inlined, everything escaped, right in both directions."""

from html import escape
from typing import Any

from notifications.wording import ISOLATES

_FONTS = {
    "ltr": "Georgia,'Times New Roman',serif",
    "rtl": "Vazirmatn,'IBM Plex Sans Arabic',Tahoma,'Segoe UI',sans-serif",
}
_TAGS = str.maketrans(dict(zip(ISOLATES, ("<bdi>", '<bdi dir="ltr">', "</bdi>"), strict=True)))


def letter_as_html(data: dict[str, Any], *, listed: bool, status: str) -> str:
    """`data` as the page gets it; `listed`: the items stand in a list; `status`: the sentence before the link."""
    start = "right" if data["direction"] == "rtl" else "left"
    blocks = [f'<p style="margin:0 0 20px;font-size:21px;font-weight:bold">{as_html(data["greeting"])}</p>']
    shown = [each for each in data["paragraphs"] if listed or each["kind"] != "items"]
    blocks += [_block(paragraph, data, start) for paragraph in shown]
    url = escape(data["status_url"], quote=True)
    blocks.append(
        f'<p style="margin:0 0 16px">{as_html(status)}<br>'
        f'<a href="{url}" dir="ltr" style="color:inherit;overflow-wrap:anywhere">{url}</a></p>'
    )
    blocks.append(
        f'<p style="margin:24px 0 0"><em>{as_html(data["farewell"])}</em><br>'
        f"<strong>{as_html(data['signature'])}</strong></p>"
    )
    foot = f"{as_html(data['order'])} · {as_html(data['date'])}"
    blocks.append(
        f'<p style="margin:32px 0 0;padding:12px 0 0;border-top:1px solid {data["accent"]};font-size:13px">{foot}</p>'
    )
    return (
        f'<!doctype html>\n<html lang="{data["language"]}" dir="{data["direction"]}">\n<head>\n'
        '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="supported-color-schemes" content="light dark">\n'
        f"<title>{as_html_text(data['title'])}</title>\n</head>\n"
        '<body style="margin:0;padding:0">\n'
        f'<div lang="{data["language"]}" dir="{data["direction"]}" style="max-width:600px;margin:0 auto;'
        f"padding:32px 20px;border-top:6px solid {data['accent']};font-family:{_FONTS[data['direction']]};"
        f'font-size:17px;line-height:1.6;text-align:{start};overflow-wrap:anywhere">\n'
        + "\n".join(blocks)
        + "\n</div>\n</body>\n</html>\n"
    )


def as_html(text: str) -> str:
    """Escaped, and what was set apart by isolating characters set apart by elements."""
    return escape(text, quote=True).translate(_TAGS).replace("\n", "<br>")


def as_html_text(text: str) -> str:
    """Escaped, for a place where no element may stand."""
    return escape(text, quote=True)


def _block(paragraph: dict[str, str], data: dict[str, Any], start: str) -> str:
    if paragraph["kind"] == "items":
        rows = "".join(_row(item) for item in data["items"])
        return f'<ul style="margin:0 0 16px;padding:0;list-style:none">{rows}</ul>'
    style = "margin:0 0 16px"
    if paragraph["kind"] == "note":
        style += f";padding-{start}:14px;border-{start}:3px solid {data['accent']}"
    return f'<p style="{style}">{as_html(paragraph["text"])}</p>'


def _row(item: dict[str, str]) -> str:
    swatch = ""
    if item["rgb"]:
        swatch = (
            f'<span style="display:inline-block;width:13px;height:13px;border:1px solid #888;border-radius:3px;'
            f'background-color:#{item["rgb"]}"></span> '
        )
    extra = " · ".join(as_html(each) for each in (item["element"], item["delivery"]) if each)
    extra = f' <span style="font-size:14px">· {extra}</span>' if extra else ""
    return f'<li style="margin:0 0 6px">{swatch}{as_html(item["line"])}{extra}</li>'
