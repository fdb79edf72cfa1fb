"""What a call may raise: the service's own problem, no answer at all, or somebody else's answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_TYPE = "urn:recsys:problem:"


class ClientError(Exception):
    """A call that did not succeed."""


class UnreachableError(ClientError):
    """No answer came, however often it was tried. What was sent may have been kept; send it again."""


class UnreadableAnswerError(ClientError):
    """An answer came that is not the service's: something else answers at this address."""


class ProblemError(ClientError):
    """The service refused, with a problem document (RFC 9457).

    Attributes:
        status: the HTTP status.
        kind: the last part of the problem's `type`, such as "unknown-paper"; "http" where a proxy answered.
        detail: what is wrong and how to mend it.
        field: the parameter, or the place in the body, that is wrong.
        errors: every wrong parameter as (field, detail), where there are several.
        retry_after: seconds after which the service asks to be tried again.
        document: the whole problem.
    """

    def __init__(self, status: int, document: Mapping[str, Any], *, retry_after: float | None = None) -> None:
        self.status = status
        self.document = dict(document)
        self.kind = str(document.get("type", "http")).removeprefix(_TYPE)
        self.detail = str(document.get("detail") or document.get("title") or f"HTTP {status}")
        self.field: str | None = document.get("field")
        self.errors: Sequence[tuple[str, str]] = tuple(
            (str(wrong.get("field")), str(wrong.get("detail"))) for wrong in document.get("errors", ())
        )
        self.retry_after = retry_after
        super().__init__(f"{status} {self.kind}: {self.detail}")
