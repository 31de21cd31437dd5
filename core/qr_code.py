"""QR codes, for paper and for pages."""

import re
from typing import Any

import zxingcpp

_HEAD = re.compile(r'.*?<svg width="(\d+)" height="(\d+)"', re.DOTALL)
_AS_DIGITS = bytes([ord("1")]) + bytes([ord("0")]) * 255


def qr_code_rows(text: str) -> str:
    """The QR code of `text` as lines of `1` (dark) and `0`, without the margin of four modules that it needs."""
    drawn = zxingcpp.write_barcode_to_image(_code_of(text), scale=1, add_quiet_zones=False)
    # Its type does not say so, but it is a buffer of two dimensions.
    rows: list[Any] = memoryview(drawn).tolist()  # type: ignore[arg-type]
    return "\n".join(bytes(row).translate(_AS_DIGITS).decode() for row in rows)


def qr_code_svg(text: str) -> str:
    """The same as SVG with its margin: it scales to any size, black on white, without styles or scripts."""
    drawn = zxingcpp.write_barcode_to_svg(_code_of(text))
    # Drop what comes before the element, which only a separate file needs, and the fixed size, which would not scale.
    return _HEAD.sub(r'<svg viewBox="0 0 \1 \2"', drawn, count=1)


def _code_of(text: str) -> zxingcpp.Barcode:
    return zxingcpp.create_barcode(text, zxingcpp.QRCode, ec_level="M")
