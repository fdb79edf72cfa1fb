"""The arXiv client against a real HTTP server that fails, asks to wait and is cut off half-way."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from recsys import __version__
from recsys.papers import PaperRecord
from recsys.sources import Rejected, SourceError, arxiv_api
from recsys.sources.arxiv_api import PAGE, PAUSE_S, TRIES, fetch, fetch_pages

NEWEST = datetime(2026, 3, 31, tzinfo=UTC)
A_DAY = 100  # papers


class FakeArxiv:
    """`count` papers, numbered from the oldest, A_DAY of them a day up to NEWEST; `troubles` come first."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.troubles: list[tuple[int, dict[str, str], bytes]] = []
        self.requests: list[dict[str, str]] = []
        self.agents: list[str] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = {key: value[0] for key, value in parse_qs(urlsplit(self.path).query).items()}
                fake.requests.append(query)
                fake.agents.append(self.headers["User-Agent"])
                status, headers, body = fake.answer(int(query["start"]), int(query["max_results"]))
                if status == 0:  # cut the connection
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/api/query"

    def answer(self, start: int, size: int) -> tuple[int, dict[str, str], bytes]:
        if self.troubles:
            return self.troubles.pop(0)
        entries = "".join(self.entry(n) for n in range(start, min(start + size, self.count)))
        return 200, {}, self.feed(entries).encode()

    def feed(self, entries: str) -> str:
        total = f"<opensearch:totalResults>{self.count}</opensearch:totalResults>"
        spaces = "xmlns='http://www.w3.org/2005/Atom' xmlns:opensearch='http://a9.com/-/spec/opensearch/1.1/'"
        return f"<feed {spaces}>{total}{entries}</feed>"

    def entry(self, place: int) -> str:
        number = self.count - 1 - place
        day = NEWEST - timedelta(days=place // A_DAY)
        return (
            f"<entry><id>http://arxiv.org/abs/2603.{number:05}v1</id><title>Paper {number}</title>"
            f"<published>{day:%Y-%m-%dT%H:%M:%SZ}</published><summary>About it.</summary></entry>"
        )


@pytest.fixture
def arxiv() -> Iterator[FakeArxiv]:
    fake = FakeArxiv(count=900)
    thread = threading.Thread(target=fake.server.serve_forever, args=(0.01,))
    thread.start()
    yield fake
    fake.server.shutdown()
    thread.join()
    fake.server.server_close()


@pytest.fixture
def slept() -> list[float]:
    return []


Fetch = Callable[..., Iterator[PaperRecord | Rejected]]


@pytest.fixture
def run(arxiv: FakeArxiv, slept: list[float], tmp_path: Path) -> Iterator[Fetch]:
    with httpx.Client(timeout=5) as client:

        def start(days: float = 100, categories: tuple[str, ...] = ("cs.LG", "cs.IR")) -> Iterator[object]:
            since, state = NEWEST - timedelta(days=days), tmp_path / "state" / "arxiv.json"
            return fetch(categories, since, state, client=client, sleep=slept.append, base_url=arxiv.url)

        yield start  # type: ignore[misc]


def ids(records: Iterator[PaperRecord | Rejected]) -> list[int]:
    return [int(record.arxiv.split(".")[1]) for record in records if isinstance(record, PaperRecord)]  # type: ignore[union-attr]


def test_all_pages_newest_first_and_politely(arxiv: FakeArxiv, run: Fetch, slept: list[float]) -> None:
    assert ids(run()) == list(range(899, -1, -1))
    assert [int(request["start"]) for request in arxiv.requests] == [0, 200, 400, 600, 800]
    first = arxiv.requests[0]
    assert first["search_query"] == "cat:cs.IR OR cat:cs.LG"
    assert (first["sortBy"], first["sortOrder"], first["max_results"]) == (
        "submittedDate",
        "descending",
        str(PAGE),
    )
    assert set(arxiv.agents) == {f"recsys/{__version__}"}
    assert slept == [0.0] + [PAUSE_S] * 4


def test_it_stops_at_the_day_asked_for(arxiv: FakeArxiv, run: Fetch) -> None:
    assert ids(run(days=2)) == list(range(899, 599, -1))  # three days of a hundred
    assert len(arxiv.requests) == 2


def test_troubles_are_waited_out(arxiv: FakeArxiv, run: Fetch, slept: list[float]) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    arxiv.troubles = [
        (503, {}, b"busy"),
        (429, {"Retry-After": "41"}, b""),
        (503, {"Retry-After": soon}, b""),
        (0, {}, b""),
    ]
    assert len(ids(run())) == 900
    backoff, told, dated, cut = slept[1:5]
    assert (backoff, told, cut) == (2 * PAUSE_S, 41, 16 * PAUSE_S)
    assert 90 < dated <= 100
    assert all(wait >= PAUSE_S for wait in slept[1:])


def test_an_empty_answer_is_not_the_end(arxiv: FakeArxiv, run: Fetch) -> None:
    arxiv.troubles = [(200, {}, arxiv.feed("").encode()), (200, {}, b"<html>try later</html>")]
    assert len(ids(run())) == 900


def test_it_gives_up_after_five_tries_and_resumes_later(
    arxiv: FakeArxiv, run: Fetch, slept: list[float]
) -> None:
    arxiv.troubles = [(500, {}, b"")] * TRIES
    with pytest.raises(SourceError, match="run it later"):
        list(run())
    assert len(arxiv.requests) == TRIES
    assert len(ids(run())) == 900


def test_a_refused_query_is_not_repeated(arxiv: FakeArxiv, run: Fetch) -> None:
    arxiv.troubles = [(400, {}, b"")]
    with pytest.raises(SourceError, match="refused"):
        list(run())
    assert len(arxiv.requests) == 1


def test_a_long_wait_is_told_instead_of_slept(arxiv: FakeArxiv, run: Fetch, slept: list[float]) -> None:
    arxiv.troubles = [(503, {"Retry-After": "86400"}, b"")]
    with pytest.raises(SourceError, match="86400"):
        list(run())
    assert slept == [0.0]


def test_a_run_that_was_cut_off_goes_on_and_loses_nothing(
    arxiv: FakeArxiv, run: Fetch, tmp_path: Path
) -> None:
    run_one = run()
    seen = [next(run_one) for _ in range(450)]  # killed in the third page
    assert json.loads((tmp_path / "state" / "arxiv.json").read_text())["start"] == 400
    arxiv.requests.clear()
    arxiv.count += 30  # meanwhile new papers push the older ones down
    again = ids(run())
    assert int(arxiv.requests[0]["start"]) == 400
    assert set(ids(iter(seen))) | set(again) >= set(range(900))
    assert set(ids(run())) >= set(range(900, 930))  # what came meanwhile is taken by the run after


def test_killed_while_the_server_dies(arxiv: FakeArxiv, run: Fetch) -> None:
    records = run()
    seen = [next(records) for _ in range(2 * PAGE)]
    arxiv.troubles = [(0, {}, b"")] * TRIES
    with pytest.raises(SourceError, match="did not answer"):
        next(records)
    assert sorted(ids(iter(seen)) + ids(run()), reverse=True) == list(range(899, -1, -1))


def test_after_a_finished_run_only_what_is_new_and_a_few_days_are_fetched(
    arxiv: FakeArxiv, run: Fetch
) -> None:
    assert len(ids(run())) == 900
    arxiv.requests.clear()
    overlap = (arxiv_api.OVERLAP.days + 1) * A_DAY
    assert ids(run()) == list(range(899, 899 - overlap, -1))
    assert len(arxiv.requests) == 3
    assert ids(run(days=0)) == list(range(899, 799, -1))


def test_an_earlier_since_fetches_what_was_not_asked_for_before(run: Fetch) -> None:
    assert len(ids(run(days=1))) == 200
    assert len(ids(run(days=8))) == 900
    assert len(ids(run(days=8))) == 500  # complete now


def test_other_categories_begin_anew(run: Fetch) -> None:
    list(run())
    assert len(ids(run(categories=("math.CO",)))) == 900


def test_a_page_is_done_only_when_the_next_is_asked_for(arxiv: FakeArxiv, tmp_path: Path) -> None:
    state = tmp_path / "arxiv.json"
    with httpx.Client() as client:
        pages = fetch_pages(
            ["cs.IR"],
            NEWEST - timedelta(days=100),
            state,
            client=client,
            sleep=lambda _: None,
            base_url=arxiv.url,
        )
        assert len(next(pages)) == PAGE
        assert not state.exists()
        next(pages)
        assert json.loads(state.read_text())["start"] == PAGE


@pytest.mark.parametrize("category", ["", "cs.IR OR cat:x", "../x", "cs IR"])
def test_malformed_categories(run: Fetch, arxiv: FakeArxiv, category: str) -> None:
    with pytest.raises(SourceError, match="not a category"):
        list(run(categories=(category,)))
    assert not arxiv.requests


def test_a_damaged_state_file_is_named(run: Fetch, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "arxiv.json").write_text("{")
    with pytest.raises(SourceError, match=r"arxiv\.json is damaged; delete it"):
        list(run())
