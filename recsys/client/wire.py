"""Between a call and HTTP: addresses, headers, timeouts, and what an answer means."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from pydantic import ValidationError

from recsys import __version__
from recsys.client.answers import Answer
from recsys.client.calls import Call
from recsys.client.errors import ProblemError, UnreachableError, UnreadableAnswerError
from recsys.client.retries import retry_after

DEFAULT_ADDRESS = "http://127.0.0.1:8000"
DEFAULT_TIMEOUT = 30.0  # seconds that a service may be silent

_LONGEST_CONNECT_S = 5.0

A = TypeVar("A", bound=Answer)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the service is, and the key to it, which no representation shows."""

    address: str
    key: str | None
    timeout: float

    @classmethod
    def of(cls, address: str | None, key: str | None, timeout: float) -> Place:
        """What was given, else $RECSYS_URL and $RECSYS_KEY, else the service on this machine.

        Raises:
            ValueError: the address is no web address, or the key holds what no key holds.
        """
        address = address or os.environ.get("RECSYS_URL") or DEFAULT_ADDRESS
        if not address.startswith(("http://", "https://")):
            raise ValueError(f"give an address such as {DEFAULT_ADDRESS}, not {address!r}")
        key = (key or os.environ.get("RECSYS_KEY") or "").strip()
        if not key.isascii() or not key.isprintable():  # httpx would say it, and the key with it
            raise ValueError("this is no API key: it holds characters other than letters, digits, _ and -")
        return cls(address.rstrip("/") + "/", key or None, timeout)

    def __repr__(self) -> str:
        """The address only."""
        return f"Place({self.address!r})"

    def options(self) -> dict[str, Any]:
        """What httpx's clients are made with. A redirect isn't followed: the key is for this address."""
        headers = {"User-Agent": f"recsys-client/{__version__}", "Accept": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        timeout = httpx.Timeout(self.timeout, connect=min(self.timeout, _LONGEST_CONNECT_S))
        return {"base_url": self.address, "headers": headers, "timeout": timeout}


def request_of(call: Call[A]) -> dict[str, Any]:
    """What httpx sends for a call."""
    request: dict[str, Any] = {"method": call.method, "url": call.path, "params": call.query}
    if call.body is not None:
        request |= {"content": call.body, "headers": {"Content-Type": "application/json"}}
    return request


def unreachable(error: httpx.HTTPError) -> UnreachableError:
    """No answer came."""
    return UnreachableError(f"no answer from the service ({type(error).__name__}: {error}): is it running?")


def read(call: Call[A], response: httpx.Response) -> A:
    """The answer of a call.

    Raises:
        ProblemError: the service refused.
        UnreadableAnswerError: this is not the service's answer.
    """
    if not response.is_success:
        raise _problem(response)
    try:
        return call.answer.model_validate_json(response.content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the body"
        raise UnreadableAnswerError(
            f"{call.method} {call.path} was answered, but not as the service does ({place}: {first['msg']}): "
            "check the address, and that client and service are of the same version"
        ) from None


def _problem(response: httpx.Response) -> ProblemError:
    document: Any = None
    if response.headers.get("content-type", "").startswith("application/problem+json"):
        try:
            document = response.json()
        except ValueError:
            document = None
    if not isinstance(document, dict):
        document = {"title": f"HTTP {response.status_code} {response.reason_phrase}".strip()}
    asked = retry_after(response.headers.get("retry-after"))
    return ProblemError(response.status_code, document, retry_after=asked)
