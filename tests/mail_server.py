"""A mail server that keeps what it was sent, and can be told to refuse or to be away."""

import asyncio
from asyncio import Server
from collections import deque
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

ACCEPTED = "250 OK"


class _KnowsItsPort(Controller):
    """Listens on whichever port is free; the base class asks for a fixed one."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class MailServer:
    """Speaks SMTP on a port of its own from `start` to `stop`."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.next_answers: deque[str] = deque()  # given to the next messages instead of "250 OK"
        self.next_recipients: deque[str] = deque()  # given to the next recipients
        self.before_answer: Callable[[EmailMessage], None] = lambda message: None
        self.seconds_to_answer = 0.0
        self.drops = 0  # so many messages are taken, and the line is cut instead of an answer
        self._controller: Any = None
        self.port = 0

    @property
    def url(self) -> str:
        """As EMAIL_URL wants it."""
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen; after a `stop` on the same port as before."""
        self._controller = _KnowsItsPort(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()
        self.port = self._controller.port

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def sent_to(self, address: str) -> list[EmailMessage]:
        return [message for message in self.messages if address in message["To"]]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.next_recipients.popleft() if self.next_recipients else ACCEPTED
        if answer == ACCEPTED:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the message, then answer: what is accepted is kept even when the sender dies of `before_answer`."""
        message = message_from_bytes(envelope.original_content or b"", EmailMessage, policy=policy.default)
        answer = self.next_answers.popleft() if self.next_answers else ACCEPTED
        if answer == ACCEPTED:
            self.messages.append(message)
        self.before_answer(message)
        if self.drops:
            self.drops -= 1
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        await asyncio.sleep(self.seconds_to_answer)
        return answer
