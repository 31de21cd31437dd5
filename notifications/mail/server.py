"""Talking to the mail server, or the provider. One that is silent is left alone for a while, then tried by one mail.

Without that, each of a thousand waiting mails would wait for it until the time-out, and take the mails that could be
answered with them.
"""

import smtplib

from anymail.exceptions import AnymailAPIError, AnymailRequestsAPIError
from django.core.mail import EmailMultiAlternatives
from pybreaker import CircuitBreaker, CircuitBreakerError

LeftAlone = CircuitBreakerError
#: What waiting may mend. A problem with the sender or the password hits all mails until a person corrects it.
PASSING = (CircuitBreakerError, OSError, AnymailAPIError)
SILENT_TIMES = 3
LEAVE_ALONE_SECONDS = 30.0


def _answered(error: Exception) -> bool:
    """Whether the server answered, though not as we wished: only silence is a reason to leave it alone."""
    if not isinstance(error, OSError):
        return True
    if isinstance(error, AnymailRequestsAPIError):
        return error.status_code is not None
    answers = smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused
    return isinstance(error, answers) and not isinstance(error, smtplib.SMTPConnectError)


_server = CircuitBreaker(
    fail_max=SILENT_TIMES,
    reset_timeout=LEAVE_ALONE_SECONDS,
    name="mail server",
    exclude=[_answered],
    throw_new_error_on_trip=False,
)


def hand_over(mail: EmailMultiAlternatives) -> None:
    """Send one mail. Raises what the server or the provider said, or LeftAlone."""
    _server.call(mail.send)


def forget_silence() -> None:
    """Try the server again at once."""
    _server.close()
