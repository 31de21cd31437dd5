"""Pictures of a page's variants put together into one, by the browser itself."""

from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser


def compose_sheet(
    browser: Browser, shots: Sequence[tuple[Path, int]], *, sheet_width: int, tallest: int, to: Path
) -> None:
    """One image of these, each at half its width in pixels and cut off at `tallest`; the single ones go."""
    cells = "".join(
        f'<div style="width:{width // 2}px;max-height:{tallest // 2}px;overflow:hidden;margin:6px">'
        f'<img src="{path.as_uri()}" style="width:100%"></div>'
        for path, width in shots
    )
    sheet = to.with_name("sheet.html")
    sheet.write_text(
        f'<body style="margin:0;display:flex;flex-wrap:wrap;align-items:start;background:#777">{cells}'
    )
    page = browser.new_page(viewport={"width": sheet_width, "height": 400})
    page.goto(sheet.as_uri())
    page.screenshot(path=to, full_page=True)
    page.close()
    for path in (sheet, *(path for path, _width in shots)):
        path.unlink()
