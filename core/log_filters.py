"""Keeps secrets that travel in URLs and headers out of the logs."""

import logging

from core.text import without_secrets


class CutTokens(logging.Filter):
    """Replaces each secret in a log line by three dots."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        cut = without_secrets(message)
        if cut != message:
            record.msg, record.args = cut, None
        return True
