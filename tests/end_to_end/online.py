"""The service on a port of loopback, with the papers of a saved listing in its catalogue."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from chromium import PAGES
from service_under_test import Service, catalogue, eventually, publish, started

from recsys.events import Kind, StoredEvent
from recsys.home import Home
from recsys.papers import PaperRecord

READER = "browser"
ON_LISTING = [f"2401.1000{number}" for number in range(1, 9)]

_ROW = re.compile(
    r'id="(2401\.\d+)">.*?Title:</span> (.*?)</div>.*?\(([\w.-]+)\)</span>.*?<p class="mathjax">(.*?)</p>',
    re.DOTALL,
)


class Online:
    """The service on a port of loopback, which can go away and come back."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.port = 0
        self.asked: list[str] = []  # the paths of all requests
        self.begin()

    def begin(self) -> None:
        """Answer on the port (a free one at first)."""
        config = uvicorn.Config(
            self._noted,
            host="127.0.0.1",
            port=self.port,
            lifespan="off",
            interface="asgi3",
            log_level="warning",
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        assert eventually(lambda: self._server.started)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]

    async def _noted(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(scope["path"])
        await self.service.client.app(scope, receive, send)

    def end(self) -> None:
        """Be gone."""
        self._server.should_exit = True
        self._thread.join()

    @property
    def address(self) -> str:
        """As a person types it."""
        return f"http://127.0.0.1:{self.port}"

    def events(self) -> list[StoredEvent]:
        """All that the record has of the reader."""
        return self.service.store.events.of_user(READER)

    def kinds(self) -> list[Kind]:
        """Of these events, in the order in which they happened."""
        return [event.kind for event in self.events()]


@contextmanager
def on_a_port(template: Path, folder: Path) -> Iterator[Online]:
    """The service over a copy of a home."""
    with started(template, folder) as service:
        online = Online(service)
        yield online
        online.end()


def a_home(folder: Path) -> Path:
    """A home whose catalogue holds the saved listing's papers among others, with a bundle in service."""
    home = Home(folder)
    with home.open_store() as store:
        store.papers.upsert([*catalogue(), *listed_papers()], source="test")
        publish(home.bundles, store.papers.all())
    return home.path


def listed_papers() -> list[PaperRecord]:
    """The papers of the saved listing as an importer would have brought them, but for the last one."""
    rows = _ROW.findall((PAGES / "arxiv_list.html").read_text())
    assert [id for id, *_ in rows] == ON_LISTING
    return [
        PaperRecord(arxiv=id, title=title, topics=[topic], abstract=text)
        for id, title, topic, text in rows[:-1]
    ]
