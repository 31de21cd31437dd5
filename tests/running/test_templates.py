"""The form of the templates: a line that is too long is named with its place."""

from pathlib import Path

import pytest

from config.running.options import ROOT
from config.running.templates import LONGEST_LINE, long_lines, template_files

pytestmark = pytest.mark.once


def test_a_long_line_is_named_with_its_place(tmp_path: Path) -> None:
    template = tmp_path / "page.html"
    template.write_text(f"<p>\n{'x' * LONGEST_LINE}\n{'ی' * (LONGEST_LINE + 1)}\n</p>\n")
    assert long_lines(template) == [f"{template}:3: 161 characters, at most 160"]


def test_every_room_s_templates_are_found() -> None:
    rooms = {template.relative_to(ROOT).parts[0] for template in template_files()}
    assert rooms == {"accounts", "catalog", "core", "dashboard", "notifications", "orders"}
