"""What may stand in the logs: no secrets that travel in URLs and headers, and no flood that a stranger can make."""

import logging
import re
import threading
import time

from core.text import without_secrets

# A database's own words about a row that it refused quote the row, with what a customer typed, line breaks too. They
# end the error's text: then comes the error that followed, or nothing.
_ROW = re.compile(r"^(DETAIL: |CONTEXT: ).*?(?=\n\n(?:The above|During)|\Z)", re.MULTILINE | re.DOTALL)


class CuttingFormatter(logging.Formatter):
    """Replaces each secret by three dots, and each quoted row: in a line, and in the traceback below it."""

    def format(self, record: logging.LogRecord) -> str:
        return _ROW.sub(r"\1...", without_secrets(super().format(record)))


class ShortenRefusals(logging.Filter):
    """What Django refuses of a stranger (a wrong Host, too large a form, a forged one): one line without a traceback,
    and only the first few of each kind in a minute. The next line says how many were left out.
    """

    LINES_A_MINUTE = 5
    LONGEST_LINE = 200

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        self._lock = threading.Lock()
        self._minutes: dict[
            str, tuple[float, int]
        ] = {}  # by logger: when its minute began, and the lines since

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith("django.security."):
            return True
        with self._lock:
            now = time.monotonic()
            began, lines = self._minutes.get(record.name, (now, 0))
            left_out = 0
            if now - began >= 60:
                left_out = max(0, lines - self.LINES_A_MINUTE)
                began, lines = now, 0
            self._minutes[record.name] = (began, lines + 1)
        record.exc_info = record.exc_text = record.stack_info = None
        message = " ".join(record.getMessage().split())[: self.LONGEST_LINE]
        record.msg = f"{message} (and {left_out} more before)" if left_out else message
        record.args = None
        return lines < self.LINES_A_MINUTE
