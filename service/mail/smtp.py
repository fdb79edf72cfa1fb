"""One conversation with the SMTP server, and what its answers mean for a mail."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from enum import Enum
from types import TracebackType
from typing import NamedTuple

from recsys.errors import UserError
from service.mail.settings import SmtpSettings

_CLOSING = 421  # the server is about to close the connection: the next command fails
_AS_SENT = SMTP.clone(max_line_length=998)  # an address in a header is never broken into lines


class Fate(Enum):
    """What became of a mail that was handed over."""

    TAKEN = "taken"
    DEFERRED = "deferred"  # certainly not taken; it may be tried again
    REFUSED = "refused"  # certainly not taken, and never will be
    UNCLEAR = "unclear"  # it may have been taken: the line broke before the server's answer
    WITHHELD = "withheld"  # we didn't hand it over


class Outcome(NamedTuple):
    """The fate of a mail, and the server's words."""

    fate: Fate
    detail: str


class Unreachable(UserError):
    """The server can't be talked to, so nobody can be mailed now."""


class Session:
    """A connection that is opened when it is needed, and again if it broke.

    Raises:
        Unreachable: on the first mail, that the server can't be reached or doesn't let us in.
    """

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._smtp: smtplib.SMTP | None = None

    def send(self, message: EmailMessage, begin: Callable[[], bool]) -> Outcome:
        """Hand a message over. `begin` is asked last, just before it may leave; if it says no, it doesn't.

        Raises:
            Unreachable: nothing can be sent now; this message has not left.
        """
        raw = message.as_bytes(policy=_AS_SENT)
        fresh = self._smtp is None
        smtp = self._connected()
        try:
            code, said = smtp.mail(parseaddr(self._settings.sender)[1])
            if 400 <= code != _CLOSING:
                raise Unreachable(
                    f"the SMTP server takes no mail from RECSYS_MAIL_FROM: {code} {_text(said)}"
                )
            code, said = smtp.rcpt(message["To"].addresses[0].addr_spec)
            if code >= 400:
                smtp.rset()
                return _refusal(code, said)
            if not begin():
                smtp.rset()
                return Outcome(Fate.WITHHELD, "another sender has taken it")
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            if not fresh:  # servers close a connection that has served for long
                return self.send(message, begin)
            raise Unreachable(f"the SMTP server broke off: {_in_words(error)}") from None
        return self._data(smtp, raw)

    def _data(self, smtp: smtplib.SMTP, raw: bytes) -> Outcome:
        try:
            code, said = smtp.data(raw)
        except smtplib.SMTPDataError as error:  # it didn't want to hear it at all
            return _refusal(error.smtp_code, error.smtp_error)
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            return Outcome(Fate.UNCLEAR, f"the line broke before the server's answer: {_in_words(error)}")
        if code >= 400:
            return _refusal(code, said)
        return Outcome(Fate.TAKEN, _text(said))

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is None:
            settings = self._settings
            try:
                self._smtp = _connect(settings)
            except smtplib.SMTPAuthenticationError as error:
                who = f"RECSYS_SMTP_USER {settings.user!r} and its password"
                raise Unreachable(f"the SMTP server refuses {who} ({error.smtp_code})") from None
            except smtplib.SMTPNotSupportedError:
                place = f"{settings.host}:{settings.port}"
                raise Unreachable(f"{place} has no STARTTLS, or no AUTH: see RECSYS_SMTP_SECURITY") from None
            except (smtplib.SMTPException, OSError) as error:
                place = f"{settings.host}:{settings.port}"
                raise Unreachable(f"the SMTP server {place} can't be used: {_in_words(error)}") from None
        return self._smtp

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    def __enter__(self) -> Session:
        """The session itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take leave of the server."""
        if self._smtp is not None:
            try:
                self._smtp.quit()
            except (smtplib.SMTPException, OSError):
                self._drop()


def _connect(settings: SmtpSettings) -> smtplib.SMTP:
    trust = ssl.create_default_context(cafile=settings.ca)
    smtp: smtplib.SMTP
    if settings.security == "tls":
        smtp = smtplib.SMTP_SSL(settings.host, settings.port, timeout=settings.timeout, context=trust)
    else:
        smtp = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout)
    try:
        if settings.security == "starttls":
            smtp.starttls(context=trust)
        if settings.user is not None and settings.password is not None:
            smtp.login(settings.user, settings.password.get_secret_value())
    except BaseException:
        smtp.close()
        raise
    return smtp


def _refusal(code: int, said: bytes | str) -> Outcome:
    fate = Fate.REFUSED if code >= 500 else Fate.DEFERRED
    return Outcome(fate, f"{code} {_text(said)}")


def _text(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:300]


def _in_words(error: Exception) -> str:
    return _text(str(error)) or type(error).__name__
