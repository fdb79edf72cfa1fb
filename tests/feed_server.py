"""A web server of feeds that counts who asks, and misbehaves as told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote


def rss(*titles: str, **about: str) -> bytes:
    """A feed with an article of each title; `about` has what is said of further ones."""
    items = "".join(
        f"<item><title>{title}</title><description>{text}</description>"
        f"<link>http://127.0.0.1/{quote(title)}</link></item>"
        for title, text in [*((title, f"About {title}.") for title in titles), *about.items()]
    )
    return f'<rss version="2.0"><channel><title>News</title>{items}</channel></rss>'.encode()


def opml(*urls: str) -> bytes:
    """A list of feeds."""
    lines = "".join(f'<outline text="a" type="rss" xmlUrl="{url}"/>' for url in urls)
    body = f"<body><outline>{lines}</outline></body>"
    return f'<?xml version="1.0"?><opml version="2.0"><head/>{body}</opml>'.encode()


@dataclass
class FeedServer:
    """What is at each path: (status, headers, body); and the requests so far, as (path, headers)."""

    url: str = ""
    pages: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def put(self, path: str, body: bytes, status: int = 200, **headers: str) -> str:
        """Put a page there; its address."""
        self.pages[path] = status, {name.replace("_", "-"): value for name, value in headers.items()}, body
        return self.url + path


@contextmanager
def serving() -> Iterator[FeedServer]:
    """A server on loopback that honours If-None-Match and If-Modified-Since."""
    found = FeedServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = {name.lower(): value for name, value in self.headers.items()}
            found.asked.append((self.path, sent))
            status, headers, body = found.pages.get(self.path, (404, {}, b""))
            if (headers.get("ETag") and sent.get("if-none-match") == headers["ETag"]) or (
                headers.get("Last-Modified") and sent.get("if-modified-since") == headers["Last-Modified"]
            ):
                status, body = 304, b""
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found.url = f"http://127.0.0.1:{server.server_port}"
        yield found
        server.shutdown()
