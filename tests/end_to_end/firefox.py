"""A real Firefox with the built extension in it, driven over WebDriver BiDi."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from chromium import EXTENSION, PAGES
from installation import free_port
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

BUILT = EXTENSION / "dist" / "firefox"
_PREFERENCES = {
    "extensions.webextOptionalPermissionPrompts": False,  # there is nobody who could be asked
    "extensions.getAddons.cache.enabled": False,
    "app.update.auto": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
}
_PATIENCE_S = 30.0
TAB, ENTER = "\ue004", "\ue007"


@dataclass
class Firefox:
    """A running Firefox. `served` says which page stands at which https address; no other is reachable."""

    socket: ClientConnection = field(repr=False)
    served: dict[str, str] = field(default_factory=dict, repr=False)
    _numbers: Iterator[int] = field(default_factory=count, repr=False)

    def send(self, method: str, **parameters: Any) -> int:
        """Send a command; its number."""
        number = next(self._numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        return number

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What a command comes to; requests that pages make meanwhile are answered."""
        number = self.send(method, **parameters)
        while True:
            message = json.loads(self.socket.recv(timeout=_PATIENCE_S))
            if message.get("method") == "network.beforeRequestSent" and message["params"]["isBlocked"]:
                self._answer(message["params"]["request"])
            elif message.get("id") == number:
                assert message["type"] == "success", f"{method}: {message}"
                return dict(message["result"])

    def open(self, address: str) -> str:
        """A new tab; its id."""
        tab = str(self.call("browsingContext.create", type="tab")["context"])
        self.call("browsingContext.navigate", context=tab, url=address, wait="complete")
        return tab

    def tabs(self) -> dict[str, str]:
        """The addresses of all tabs by their ids."""
        contexts = self.call("browsingContext.getTree")["contexts"]
        return {context["context"]: context["url"] for context in contexts}

    def evaluate(self, tab: str, expression: str) -> Any:
        """The value of an expression (a string, number or boolean) in a tab's page."""
        target = {"context": tab}
        answer = self.call("script.evaluate", expression=expression, target=target, awaitPromise=True)
        assert answer["type"] == "success", answer
        return answer["result"].get("value")

    def keys(self, tab: str, *keys: str) -> None:
        """Press and release keys, one after the other."""
        strokes = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.call(
            "input.performActions", context=tab, actions=[{"type": "key", "id": "k", "actions": strokes}]
        )

    def until(self, tab: str, expression: str, within: float = _PATIENCE_S) -> bool:
        """Whether an expression becomes true in a tab's page before the time is over."""
        give_up = time.monotonic() + within
        while not self.evaluate(tab, expression):
            if time.monotonic() > give_up:
                return False
            time.sleep(0.1)
        return True

    def _answer(self, request: dict[str, Any]) -> None:
        page = self.served.get(request["url"])
        if page is None:
            self.send("network.failRequest", request=request["request"])
            return
        kind = {"name": "Content-Type", "value": {"type": "string", "value": "text/html; charset=utf-8"}}
        body = {"type": "string", "value": (PAGES / f"{page}.html").read_text()}
        self.send(
            "network.provideResponse", request=request["request"], statusCode=200, headers=[kind], body=body
        )


@contextmanager
def firefox(profile: Path) -> Iterator[Firefox]:
    """Firefox on a new profile, with the extension."""
    profile.mkdir()
    lines = [f'user_pref("{name}", {json.dumps(value)});' for name, value in _PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines))
    port = free_port()
    command = ["firefox-esr", "--headless", "--no-remote", "--profile", str(profile)]
    process = subprocess.Popen(
        [*command, f"--remote-debugging-port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        with _connected(port) as socket:
            running = Firefox(socket)
            running.call("session.new", capabilities={})
            running.call("session.subscribe", events=["network.beforeRequestSent"])
            pattern = {"type": "pattern", "protocol": "https"}
            running.call("network.addIntercept", phases=["beforeRequestSent"], urlPatterns=[pattern])
            running.call("webExtension.install", extensionData={"type": "path", "path": str(BUILT)})
            yield running
    finally:
        process.terminate()
        process.wait(30)


def _connected(port: int) -> ClientConnection:
    give_up = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return connect(f"ws://127.0.0.1:{port}/session", max_size=None)
        except (OSError, WebSocketException):
            assert time.monotonic() < give_up, "Firefox did not listen"
            time.sleep(0.2)
