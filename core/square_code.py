"""QR codes as SVG, for paper and for pages."""

import re

import zxingcpp

_HEAD = re.compile(r'.*?<svg width="(\d+)" height="(\d+)"', re.DOTALL)


def square_code(text: str, *, margin: bool = False) -> str:
    """The code of `text` as SVG that takes the size it is given, black on white, without styles or scripts.

    `margin` adds the four empty modules that a code needs around it where the page has none.
    """
    code = zxingcpp.create_barcode(text, zxingcpp.QRCode, ec_level="M")
    drawn = zxingcpp.write_barcode_to_svg(code, add_quiet_zones=margin)
    # What comes before the element is for a file of its own, and a fixed size would not scale.
    return _HEAD.sub(r'<svg viewBox="0 0 \1 \2"', drawn, count=1)
