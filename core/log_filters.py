"""Keeps secrets that travel in URLs and headers out of the logs."""

import logging
import re

_SECRET = re.compile(r"(token=|Authorization: *(?:Order|Api-Key) +)[^\s&\"']+", re.IGNORECASE)


class CutTokens(logging.Filter):
    """Replaces an order's token or an API key in a log line by three dots."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        cut = _SECRET.sub(r"\1...", message)
        if cut != message:
            record.msg, record.args = cut, None
        return True
