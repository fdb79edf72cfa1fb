"""The extension's badges on a page in Chromium, as a person sees and uses them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Badges:
    """The extension's badges on a page. Their shadow roots are closed to scripts, so the debugger looks."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._debugger = page.context.new_cdp_session(page)

    def labels(self) -> list[str]:
        """What each badge's figure says, in the page's order."""
        return [self._attributes(node).get("aria-label", "") for node in self._found("score", "BUTTON")]

    def figures(self) -> list[str]:
        """The figures, in the page's order."""
        return [self._text(node) for node in self._found("figure")]

    def text(self) -> str:
        """All text of all badges."""
        return " ".join(self._text(node) for node in self._hosts())

    def pressed(self, name: str) -> list[bool]:
        """Whether each badge's button of this name is pressed."""
        return [self._attributes(node)["aria-pressed"] == "true" for node in self._named(name)]

    def press(self, name: str, place: int = 0) -> None:
        """Click a button (Save, Like, Hide) of the badge at a place, with the mouse, as a person would."""
        self._click(self._named(name)[place])

    def said(self, name: str) -> list[str]:
        """What each badge's button of this name says when it is pointed at."""
        return [self._attributes(node)["title"] for node in self._named(name)]

    def offered(self) -> list[str]:
        """The answers to "Why?" that can be seen."""
        return [self._text(chip) for chip in self._found("chip") if self._box(chip)]

    def choose(self, answer: str) -> None:
        """Click one of them."""
        [chip] = [node for node in self._found("chip") if self._text(node) == answer and self._box(node)]
        self._click(chip)

    def offer(self) -> list[float]:
        """The corners of the question's card: x and y, four times."""
        [card] = [node for node in self._found("offer") if self._box(node)]
        return self._box(card)

    def focused(self) -> str:
        """The name of what has the focus, wherever it is on the page."""
        nodes = self._debugger.send("Accessibility.getFullAXTree")["nodes"]
        names = [
            node.get("name", {}).get("value", "")
            for node in nodes
            for described in node.get("properties", [])
            if described["name"] == "focused" and described["value"]["value"]
        ]
        return str(names[-1]) if names else ""

    def busy(self) -> bool:
        """Whether the extension is still at what was pressed."""
        return any(self._attributes(node).get("aria-busy") == "true" for node in self._found("marks"))

    def open_card(self, place: int = 0) -> str:
        """Click a badge's figure; what the card says."""
        self._click(self._found("score", "BUTTON")[place])
        return self._text(self._found("card")[place])

    def sort(self) -> None:
        """Press the switch above the list."""
        [button] = [node for node in self._found("score", "BUTTON", "list")]
        self._click(button)

    def _named(self, name: str) -> list[dict[str, Any]]:
        return self._found(name.lower(), "BUTTON")

    def _box(self, node: dict[str, Any]) -> list[float]:
        """The corners of what is shown of it; nothing where it isn't shown."""
        quads = self._debugger.send("DOM.getContentQuads", {"backendNodeId": node["backendNodeId"]})["quads"]
        return [corner for quad in quads for corner in quad]

    def _click(self, node: dict[str, Any]) -> None:
        backend = {"backendNodeId": node["backendNodeId"]}
        self._debugger.send("DOM.scrollIntoViewIfNeeded", backend)
        corners = self._debugger.send("DOM.getBoxModel", backend)["model"]["border"]
        self._page.mouse.click((corners[0] + corners[4]) / 2, (corners[1] + corners[5]) / 2)

    def _found(self, name: str, tag: str | None = None, host: str = "badge") -> list[dict[str, Any]]:
        return [
            node
            for shadow in self._hosts(host)
            for node in _below(shadow)
            if name in self._attributes(node).get("class", "").split() and tag in (None, node["nodeName"])
        ]

    def _hosts(self, kind: str = "badge") -> list[dict[str, Any]]:
        root = self._debugger.send("DOM.getDocument", {"depth": -1, "pierce": True})["root"]
        return [node for node in _below(root) if self._attributes(node).get("data-recsys") == kind]

    @staticmethod
    def _attributes(node: dict[str, Any]) -> dict[str, str]:
        flat = node.get("attributes", [])
        return dict(zip(flat[::2], flat[1::2], strict=True))

    @staticmethod
    def _text(node: dict[str, Any]) -> str:
        inner = [part for part in _below(node, leaving_out="STYLE") if part["nodeName"] == "#text"]
        return " ".join(part["nodeValue"].strip() for part in inner).strip()


def _below(node: dict[str, Any], leaving_out: str = "") -> Iterator[dict[str, Any]]:
    yield node
    for child in [*node.get("shadowRoots", []), *node.get("children", [])]:
        if child["nodeName"] != leaving_out:
            yield from _below(child, leaving_out)
