"""A real SMTP server on loopback, with STARTTLS and authentication, that can meet with mishaps."""

from __future__ import annotations

import asyncio
import email
import email.policy
import os
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

USER, PASSWORD = "recsys", "a secret of ours"
OK = "250 OK"


@dataclass
class Mailbox:
    """What arrived, in order, and how the next mails are to be treated.

    `rcpt` and `data` are replies by address. `hold` names addresses whose mail is taken, but whose answer
    waits for `let_go`; `hold_rcpt` those that wait before; `hang_up` those whose mail is taken, but whose
    connection is then cut.
    """

    port: int = 0
    ca: Path = Path()
    arrived: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)  # the same, as they came
    logins: list[tuple[bytes, bool]] = field(default_factory=list)  # user, over TLS
    rcpt: dict[str, list[str]] = field(default_factory=dict)
    data: dict[str, list[str]] = field(default_factory=dict)
    hold: set[str] = field(default_factory=set)
    hold_rcpt: set[str] = field(default_factory=set)
    hang_up: set[str] = field(default_factory=set)
    held: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)

    def environment(self) -> dict[str, str]:
        """The variables that lead a sender here."""
        return {
            "RECSYS_SMTP_HOST": "localhost",
            "RECSYS_SMTP_PORT": str(self.port),
            "RECSYS_SMTP_USER": USER,
            "RECSYS_SMTP_PASSWORD": PASSWORD,
            "RECSYS_SMTP_CA": str(self.ca),
            "RECSYS_SMTP_TIMEOUT": "20",
            "RECSYS_MAIL_FROM": "Papers <papers@example.org>",
            "RECSYS_PUBLIC_URL": "https://papers.example.org",
        }

    def counts(self) -> Counter[str]:
        """How many mails each address got."""
        return Counter(str(message["To"]) for message in self.arrived)

    def of(self, address: str) -> EmailMessage:
        """The one mail to an address."""
        (message,) = [message for message in self.arrived if message["To"] == address]
        return message

    # aiosmtpd calls these.

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, _: Any) -> str:
        if address in self.hold_rcpt:
            await self._wait()
        reply = self.rcpt.get(address, []).pop(0) if self.rcpt.get(address) else OK
        if reply == OK:
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        (address,) = envelope.rcpt_tos
        reply = self.data.get(address, []).pop(0) if self.data.get(address) else OK
        if reply == OK:
            message = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
            self.arrived.append(message)
            self.raw.append(envelope.original_content)
        if address in self.hold:
            await self._wait()
        if address in self.hang_up:
            server.transport.abort()
        return reply

    async def _wait(self) -> None:
        self.held.set()
        while not self.let_go.is_set():
            await asyncio.sleep(0.01)

    def _authenticate(
        self, server: Any, session: Any, envelope: Any, mechanism: str, given: Any
    ) -> AuthResult:
        right = isinstance(given, LoginPassword) and (given.login, given.password) == (
            USER.encode(),
            PASSWORD.encode(),
        )
        self.logins.append((given.login, session.ssl is not None))
        return AuthResult(success=right, handled=False)


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def mailbox(folder: Path, **options: Any) -> Iterator[Mailbox]:
    """A server that takes mail over TLS and after a login only, unless aiosmtpd's `options` differ."""
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    box = Mailbox(ca=folder / "ca.pem")
    authority.cert_pem.write_to_path(os.fspath(box.ca))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(tls)
    usual = {
        "tls_context": tls,
        "require_starttls": True,
        "auth_required": True,
        "authenticator": box._authenticate,
    }
    box.port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=box.port, **{**usual, **options})
    controller.start()
    yield box
    box.let_go.set()
    controller.stop()
