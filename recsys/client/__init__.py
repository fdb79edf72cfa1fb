"""The API from Python: a client for scripts, `Client`, and one for asyncio, `AsyncClient`.

    from recsys.client import Client, event

    with Client(key="rk_...") as client:
        for found in client.recommendations("ada").items:
            print(found.paper.title)
        client.send(event("ada", "save", "arxiv:1706.03762"))

Importing it loads neither numpy nor the trainers.
"""

from __future__ import annotations

from recsys.client.aio import AsyncClient
from recsys.client.errors import ClientError, ProblemError, UnreachableError, UnreadableAnswerError
from recsys.client.feedback import event
from recsys.client.retries import Retries
from recsys.client.sync import Client
from recsys.events import Event, Kind
from recsys.papers import PaperRecord

__all__ = [
    "AsyncClient",
    "Client",
    "ClientError",
    "Event",
    "Kind",
    "PaperRecord",
    "ProblemError",
    "Retries",
    "UnreachableError",
    "UnreadableAnswerError",
    "event",
]
