"""A reader's browser without scripts: it follows links, and sends forms as they stand in the page."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from fastapi.testclient import TestClient
from service_under_test import Service

from recsys.store import Role

HEADERS = {
    "Accept": "text/html,application/xhtml+xml",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64)",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
}


class Form:
    """A form of a page: where it goes, what it holds, and its buttons as (name, value, text)."""

    def __init__(self, attributes: dict[str, str | None]) -> None:
        self.method = (attributes.get("method") or "get").lower()
        self.action = attributes.get("action")
        self.fields: list[tuple[str, str]] = []
        self.buttons: list[tuple[str, str, str]] = []


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self._open: list[str] = []
        self._text = ""
        self._button: dict[str, str | None] | None = None
        self._link: str | None = None
        self._select: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag in ("a", "button"):
            self._text = ""
        match tag:
            case "form":
                self.forms.append(Form(named))
            case "input" if self.forms and named.get("name"):
                if named.get("type") != "checkbox" or "checked" in named:
                    self.forms[-1].fields.append((named["name"] or "", named.get("value") or ""))
            case "select":
                self._select = named.get("name")
            case "option" if self._select:
                if all(name != self._select for name, _ in self.forms[-1].fields):
                    self.forms[-1].fields.append((self._select, named.get("value") or ""))
            case "button":
                self._button = named
            case "a":
                self._link = named.get("href")

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        text = " ".join(self._text.split())
        if tag == "button" and self._button is not None and self.forms:
            button = self._button
            self.forms[-1].buttons.append((button.get("name") or "", button.get("value") or "", text))
        if tag == "a" and self._link is not None:
            self.links.append((text, self._link))


class Browser:
    """Signed in as one reader. `page` is the text of the page it shows, `address` where it is."""

    def __init__(self, service: Service, user: str, role: Role = Role.READER) -> None:
        self.service = service
        self.client = TestClient(service.client.app, headers=HEADERS)
        self.address, self.page, self.status = "/", "", 0
        _, token = service.store.invites.create(user, role)
        self.open(f"/sign-in/{token}")
        self.press(f"Sign in as {user}")

    def open(self, address: str) -> str:
        """Go to an address of the service."""
        return self._show(self.client.get(address))

    def follow(self, text: str, place: int = 0) -> str:
        """Follow a link by what it says."""
        return self.open([href for said, href in self.links() if said.startswith(text)][place])

    def press(self, text: str, place: int = 0, **fields: str | None) -> str:
        """Press a button by what it says, the form filled in so; None unticks a box."""
        form, (name, value, _) = [
            (form, button)
            for form in _Page(self.page).forms
            for button in form.buttons
            if button[2].startswith(text)
        ][place]
        sent = [(key, old) for key, old in form.fields if key not in fields]
        sent += [(key, new) for key, new in fields.items() if new is not None]
        sent += [(name, value)] if name else []
        return self.send(form.action or self.address, sent, form.method)

    def send(self, action: str, fields: list[tuple[str, str]], method: str = "post") -> str:
        """Send a form."""
        body: dict[str, Any] = {}
        for key, value in fields:
            body.setdefault(key, []).append(value)
        if method == "get":
            return self._show(self.client.get(action, params=body))
        return self._show(self.client.post(action, data=body))

    def papers(self) -> list[str]:
        """The ids of the papers in the page's list, in order."""
        return [
            dict(form.fields)["item"]
            for form in _Page(self.page).forms
            if form.action == "/acts" and "item" in dict(form.fields)
        ]

    def links(self) -> list[tuple[str, str]]:
        """What each link of the page says, and where it leads."""
        return _Page(self.page).links

    def _show(self, answer: Any) -> str:
        self.status, self.page = answer.status_code, answer.text
        self.address = str(answer.url).removeprefix(str(self.client.base_url).rstrip("/"))
        return self.page
