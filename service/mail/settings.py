"""How mail leaves, as the environment says."""

from __future__ import annotations

import os
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from recsys.errors import UserError

_PREFIX = "RECSYS_SMTP_"


class SmtpSettings(BaseModel):
    """The server that takes our mail. The password is shown by no representation and in no log."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: SecretStr | None = None
    ca: Path | None = None  # a file of certificates to trust instead of the system's
    sender: str  # From: "Papers <papers@example.org>"
    timeout: float = Field(default=30.0, gt=0, le=300)  # seconds for each step of the conversation

    @field_validator("sender")
    @classmethod
    def _address(cls, sender: str) -> str:
        if "@" not in parseaddr(sender)[1] or not sender.isprintable():
            raise ValueError("give an address such as 'Papers <papers@example.org>'")
        return sender

    @field_validator("ca")
    @classmethod
    def _readable(cls, ca: Path | None) -> Path | None:
        if ca is not None and not ca.is_file():
            raise ValueError(f"there is no file {ca}")
        return ca

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("give both RECSYS_SMTP_USER and RECSYS_SMTP_PASSWORD, or neither")
        if self.security == "none" and not _is_loopback(self.host):
            raise ValueError(
                f"{_PREFIX}SECURITY=none is for a server on this machine only: use starttls or tls"
            )
        return self

    @property
    def domain(self) -> str:
        """The domain that our messages' ids end with."""
        return parseaddr(self.sender)[1].rpartition("@")[2]

    @classmethod
    def from_environment(cls) -> Self | None:
        """From RECSYS_SMTP_HOST, _PORT, _SECURITY, _USER, _PASSWORD, _CA, _TIMEOUT, and RECSYS_MAIL_FROM.

        None: no host is named, so there is no mail.

        Raises:
            recsys.errors.UserError: a variable holds what it can't; the message never holds the password.
        """
        found = {name: os.environ.get(_variable(name), "") for name in cls.model_fields}
        given = {name: value for name, value in found.items() if value}
        if "host" not in given:
            return None
        if "sender" not in given:
            raise UserError(
                "RECSYS_MAIL_FROM: say whom the mail is from, such as 'Papers <papers@example.org>'"
            )
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = f"{_variable(str(first['loc'][0]))}: " if first["loc"] else ""
            raise UserError(place + first["msg"].removeprefix("Value error, ")) from None


def _variable(name: str) -> str:
    return "RECSYS_MAIL_FROM" if name == "sender" else f"{_PREFIX}{name.upper()}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
