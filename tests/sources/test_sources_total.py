"""No bytes whatever make a parser raise, hang or eat the memory."""

from __future__ import annotations

import io
import resource
import time
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sources.source_samples import WHOLE

from recsys.papers import PaperRecord
from recsys.sources import FORMATS, Rejected, SourceError, detect
from recsys.sources.reading import LINE_BYTES
from recsys.sources.records import RAW_CHARS

each_format = pytest.mark.parametrize("name", sorted(FORMATS))
unhurried = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
FRAGMENTS = [
    b"\0",
    b"\xff\xfe",
    b"<",
    b"<![",
    b"]]>",
    b"&#x110000;",
    b'"',
    b"{",
    b"}" * 3,
    b"[" * 50,
    b"\\",
    b"@a{",
    b"\\ud800",
    b"null",
    b"1e999",
    b"NaN",
    b"TY  - ",
    b"ER  - ",
    b"\r",
    b"\n",
    b",",
    b"9" * 5000,
    b"//[",
    b"%",
]


def entries(name: str, raw: bytes) -> list[PaperRecord | Rejected]:
    found = list(FORMATS[name](io.BytesIO(raw)))
    for entry in found:
        assert isinstance(entry, PaperRecord | Rejected)
        if isinstance(entry, Rejected):
            assert entry.reason
            assert len(entry.raw) <= RAW_CHARS
    return found


@st.composite
def mutated(draw: st.DrawFn, whole: bytes) -> bytes:
    """A sample with some spans replaced, removed or doubled."""
    for _ in range(draw(st.integers(1, 5))):
        begin = draw(st.integers(0, len(whole)))
        end = draw(st.integers(begin, min(begin + 60, len(whole))))
        put = draw(
            st.one_of(st.sampled_from(FRAGMENTS), st.binary(max_size=8), st.just(whole[begin:end] * 2))
        )
        whole = whole[:begin] + put + whole[end:]
    return whole


@each_format
@given(raw=st.binary(max_size=300))
@unhurried
def test_any_bytes(name: str, raw: bytes) -> None:
    entries(name, raw)


@each_format
@given(data=st.data())
@unhurried
def test_mutated_samples(name: str, data: st.DataObject) -> None:
    entries(name, data.draw(mutated(WHOLE[name])))


@each_format
@given(data=st.data())
@settings(max_examples=20)
def test_samples_of_other_formats(name: str, data: st.DataObject) -> None:
    entries(name, WHOLE[data.draw(st.sampled_from(sorted(WHOLE)))])


@given(
    raw=st.one_of(
        st.binary(max_size=200), st.sampled_from(sorted(WHOLE)).flatmap(lambda n: mutated(WHOLE[n]))
    )
)
@settings(max_examples=200)
def test_detection_finds_a_format_or_says_what_it_saw(raw: bytes) -> None:
    try:
        found = detect(raw, "file")
    except SourceError:
        return
    assert found in FORMATS


@each_format
@pytest.mark.parametrize(
    "bomb",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * (2 * LINE_BYTES),
        b"<a>" * 30_000,
        b"{" * 100_000,
        b"@a{b, title={" + b"{" * 50_000,
        b'{"title":' + b"[" * 900 + b"]" * 900 + b"}",
    ],
)
def test_depth_bombs(name: str, bomb: bytes) -> None:
    entries(name, bomb)


@pytest.mark.parametrize("name", ["jsonl", "arxiv-snapshot", "openalex", "semanticscholar", "jsonfeed"])
def test_deep_json_is_rejected_and_the_next_line_kept(name: str) -> None:
    good = b'{"id": "2401.00001", "title": "Good"}\n' if name != "jsonl" else b'{"title": "Good"}\n'
    found = entries(name, b"[" * 100_000 + b"\n" + b'{"title": "' + b"x" * LINE_BYTES + b'"}\n' + good)
    assert [type(entry) for entry in found] == [Rejected, Rejected, PaperRecord]
    assert "deep" in found[0].reason  # type: ignore[union-attr]
    assert "longer than 1 MB" in found[1].reason  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["rss", "atom", "arxiv-atom"])
def test_billion_laughs_do_not_blow(name: str) -> None:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    item = "<item><title>&l11;</title></item><item><title>&passwd;</title></item>"
    bomb = f"""<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "lol">{levels}
    <!ENTITY passwd SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel>{item}</channel></rss>"""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    found = entries(name, bomb.encode())
    assert time.monotonic() - began < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 << 10  # in KB
    assert "root:" not in repr(found)


@pytest.mark.parametrize("name", ["rss", "atom", "arxiv-atom", "bibtex"])
def test_documents_are_bounded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recsys.sources.reading.DOCUMENT_BYTES", 1000)
    (only,) = entries(name, WHOLE[name] + b" " * 1000)
    assert isinstance(only, Rejected)
    assert "split it" in only.reason


def test_feeds_never_open_what_they_are_named_after(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr("socket.socket.connect", refuse)
    for raw in (b"/etc/passwd", b"http://127.0.0.1:9/feed.xml"):
        (only,) = entries("rss", raw)
        assert isinstance(only, Rejected)
        assert "root:" not in only.raw


@pytest.mark.parametrize("name", ["jsonl", "csv", "arxiv-snapshot", "openalex", "ris", "listing"])
def test_large_files_are_streamed(name: str) -> None:
    """Memory doesn't grow with the number of records."""
    unit = {
        "jsonl": b'{"title": "T", "abstract": "' + b"a" * 500 + b'"}\n',
        "csv": b"T," + b"a" * 500 + b"\n",
        "arxiv-snapshot": b'{"id": "2401.00001", "title": "T", "abstract": "' + b"a" * 500 + b'"}\n',
        "openalex": b'{"title": "T", "x": "' + b"a" * 500 + b'"}\n',
        "ris": b"TY  - JOUR\nTI  - T\nAB  - " + b"a" * 500 + b"\nER  - \n",
        "listing": b"T\n" + b"a" * 500 + b"\n",
    }[name]
    head = b"title,abstract\n" if name == "csv" else b""
    stream = io.BytesIO(head + unit * 4_000)
    tracemalloc.start()
    count = sum(isinstance(entry, PaperRecord) for entry in FORMATS[name](stream))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 4_000
    assert peak < 1 << 20
