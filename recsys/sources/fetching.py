"""One address of the web, asked for politely: conditionally, in bounded time and size."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

from recsys import __version__
from recsys.errors import UserError

LARGEST = 10 << 20  # bytes of an answer, unpacked
LONGEST_S = 60.0  # from the first byte to the last
_TIMEOUT_S = 20.0  # for each step
_MOST_REDIRECTS = 5
_MAX_AGE = re.compile(r"\bmax-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer. `body` is None where nothing has changed; `max_age` in seconds, where the server says it."""

    url: str
    body: bytes | None
    etag: str | None
    modified: str | None
    max_age: float | None


class FetchError(UserError):
    """There is no answer to use. `retry_after` in seconds, where the server says it; `gone`: ask no more."""

    def __init__(self, detail: str, retry_after: float | None = None, *, gone: bool = False) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
        self.gone = gone


def web_client() -> httpx.Client:
    """A client for `fetch`."""
    headers = {"User-Agent": f"recsys/{__version__}", "Accept": _ACCEPT}
    return httpx.Client(
        timeout=_TIMEOUT_S, headers=headers, follow_redirects=True, max_redirects=_MOST_REDIRECTS
    )


def fetch(client: httpx.Client, url: str, etag: str | None = None, modified: str | None = None) -> Fetched:
    """What is at an address, unless it is what an earlier answer with this tag and time was.

    Raises:
        FetchError: no answer, a refusal, or one that is too large or too slow.
    """
    conditions = {"If-None-Match": etag, "If-Modified-Since": modified}
    headers = {name: value for name, value in conditions.items() if value}
    try:
        with client.stream("GET", url, headers=headers) as answer:
            if answer.status_code == httpx.codes.NOT_MODIFIED:
                body = None
            elif answer.is_success:
                body = _read(answer)
            else:
                gone = answer.status_code == httpx.codes.GONE
                raise FetchError(f"the server says {answer.status_code}", retry_after(answer), gone=gone)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise FetchError(f"no answer ({type(error).__name__}: {error})") from None
    said = answer.headers
    age = _MAX_AGE.search(said.get("Cache-Control", ""))
    return Fetched(
        url=str(answer.url),
        body=body,
        etag=said.get("ETag") or (etag if body is None else None),
        modified=said.get("Last-Modified") or (modified if body is None else None),
        max_age=float(age[1]) if age else None,
    )


def host_of(url: str) -> str:
    """The host of an address; empty where it has none, or is no address.

    >>> host_of("https://example.org/feed"), host_of("http://[nonsense/")
    ('example.org', '')
    """
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def retry_after(answer: httpx.Response) -> float | None:
    """Seconds to wait, from a header that holds them or a date."""
    value = answer.headers.get("Retry-After", "")
    if value.isdecimal():
        return float(value)
    try:
        return (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):  # no such header, or a date without its zone
        return None


def _read(answer: httpx.Response) -> bytes:
    give_up = time.monotonic() + LONGEST_S
    body = bytearray()
    for chunk in answer.iter_bytes():
        body += chunk
        if len(body) > LARGEST:
            raise FetchError(f"the answer is larger than {LARGEST >> 20} MB")
        if time.monotonic() > give_up:
            raise FetchError(f"the answer takes longer than {LONGEST_S:.0f} s")
    return bytes(body)
