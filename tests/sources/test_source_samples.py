"""Every format's sample gives the papers it holds, and says what is wrong with the others."""

from __future__ import annotations

import json

import pytest
from sources.source_samples import FORMAT_OF, SAMPLES, SHARED, parse, read

from recsys.papers import PaperRecord
from recsys.sources import FORMATS, SourceError, detect

SEED = SHARED / "seed" / "trending_papers.txt"


def test_every_format_has_a_sample() -> None:
    assert set(FORMAT_OF.values()) == set(FORMATS)


@pytest.mark.parametrize(("sample", "name"), FORMAT_OF.items())
def test_formats_are_told_by_their_bytes_alone(sample: str, name: str) -> None:
    assert detect((SAMPLES / sample).read_bytes(), "-") == name


def test_names_decide_only_where_bytes_do_not() -> None:
    assert detect(b"{broken\n", "x.jsonl.gz") == "jsonl"
    assert detect(b"TY  - JOUR\nTI  - T\n", "x.csv") == "ris"


@pytest.mark.parametrize(
    ("head", "seen"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><body>moved</body></html>", "web page"),
        (b'{"id": "1", "user": "u", "kind": "save"}', "recsys import events"),
        (b"Dear reader,\n", "Dear reader"),
    ],
)
def test_what_can_not_be_told_is_named_with_its_mend(head: bytes, seen: str) -> None:
    with pytest.raises(SourceError, match=seen) as error:
        detect(head, "some.file")
    assert "--format" in str(error.value)


def test_listing_takes_the_header_and_the_button_off() -> None:
    papers, rejected = read("listing.txt")
    assert [p.title for p in papers] == [
        "Counting Clouds with Two Cameras",
        "A Second Look at Cloud Counting",
    ]
    assert papers[0].abstract.startswith("We count clouds")
    assert not rejected


def test_listing_without_its_last_abstract() -> None:
    papers, rejected = parse("listing", b"One title\nIts abstract\nTwo\n")
    assert [p.title for p in papers] == ["One title"]
    assert (rejected[0].line, rejected[0].raw) == (3, "Two")
    assert "abstract" in rejected[0].reason


def test_the_real_listing_has_220_papers() -> None:
    if not SEED.exists():
        pytest.skip(f"NOT TESTED ON THE REAL LISTING: {SEED} is missing; put shared/data beside the checkout")
    papers, rejected = parse("listing", SEED.read_bytes())
    assert (len(papers), rejected) == (220, [])
    assert papers[0].title == "Tell me about yourself: LLMs are aware of their learned behaviors"
    assert all(len(paper.abstract) > 200 for paper in papers)


def test_arxiv_answers() -> None:
    papers, rejected = read("arxiv_api.xml")
    assert not rejected
    assert papers[0] == PaperRecord(
        title="Ranking Teapots when $a < b$",
        abstract="We rank teapots by their warmth & weight.",
        authors=["Ada Brewer", "Blaise Kettle"],
        topics=["cs.IR", "cs.LG"],
        published="2024-01-02",
        url="https://arxiv.org/abs/2401.01234",
        arxiv="2401.01234",
        doi="10.1000/teapot.1",
    )
    assert papers[1].arxiv == "hep-th/9901001"


def test_arxiv_errors_are_not_papers() -> None:
    raw = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http://arxiv.org/api/errors#x</id>
    <title>Error</title><summary>incorrect id format for zzz</summary></entry></feed>"""
    papers, rejected = parse("arxiv-atom", raw)
    assert not papers
    assert "incorrect id format for zzz" in rejected[0].reason


def test_arxiv_snapshot() -> None:
    papers, rejected = read("arxiv_snapshot.jsonl")
    assert not rejected
    assert papers[0].title == "Growing trees in small memory"
    assert papers[0].authors == ["P. Oak", "Q. Elm Jr"]
    assert papers[0].topics == ["cs.DS", "math.CO"]
    assert (papers[0].published, papers[0].arxiv, papers[0].doi) == (
        "2007-04-02",
        "0704.0001",
        "10.1000/trees",
    )
    assert papers[1].authors == ["P. Oak", "Q. Elm", "R. Ash"]
    assert (papers[1].published, papers[1].arxiv) == ("2002-11-10", "math/0211159")


def test_rss() -> None:
    papers, rejected = read("rss.xml")
    assert papers[0] == PaperRecord(
        title="How deep is a puddle?",
        abstract="We measured many puddles & ponds.",
        authors=["Rana Pond"],
        topics=["water", "depth"],
        published="2024-03-05",
        url="https://puddles.example/1",
        doi="10.1000/puddle.1",
    )
    assert (papers[1].abstract, papers[1].arxiv) == ("Puddles reflect.", "2403.00002")
    assert papers[1].authors == ["Rana Pond", "Otto Lake"]
    assert [(r.line, r.reason) for r in rejected] == [(3, "title: empty; give one")]


def test_broken_xml_keeps_the_entries_before_the_break() -> None:
    whole = (SAMPLES / "rss.xml").read_bytes()
    papers, _ = parse("rss", whole[: whole.index(b"<item><link>")])
    assert len(papers) == 2


def test_feeds_in_other_encodings() -> None:
    head = '<?xml version="1.0" encoding="{}"?>'
    feed = '<rss version="2.0"><channel><item><title>Überschrift</title></item></channel></rss>'
    for encoding in ("iso-8859-1", "utf-8", "utf-16"):
        papers, _ = parse("rss", (head.format(encoding) + feed).encode(encoding))
        assert papers[0].title == "Überschrift"
    assert parse("rss", feed.encode())[0][0].title == "Überschrift"  # no declaration means UTF-8


def test_atom() -> None:
    (paper,), rejected = read("atom.xml")
    assert not rejected
    assert (paper.title, paper.abstract) == ("Moss & stone", "Moss keeps stone warm.")
    assert (paper.authors, paper.topics) == (["Fern Green"], ["moss"])
    assert (paper.published, paper.url) == ("2024-04-30", "https://moss.example/1")


def test_json_feed() -> None:
    (paper,), rejected = read("feed.json")
    assert (paper.title, paper.abstract, paper.doi) == ("Why crust cracks", "Heat & steam.", "10.1000/bread")
    assert (paper.authors, paper.topics, paper.published) == (["Sol Baker"], ["bread"], "2024-06-01")
    assert [r.line for r in rejected] == [2]


def test_bibtex_decodes_latex_and_goes_on_after_a_broken_entry() -> None:
    papers, rejected = read("papers.bib")
    assert papers[0] == PaperRecord(
        title="On the Buzz of Über-Bees: 50% louder",
        abstract="We listen to bees, and they do not mind.",
        authors=["Zoë Wing", "José Hive", "The Swarm Consortium"],
        topics=["bees", "sound", "wings"],
        published="2021-03",
        url="https://bees.example/a%20b",
        doi="10.1000/bees.21",
    )
    assert (papers[1].arxiv, papers[1].published) == ("2201.00001", "2022")
    assert (papers[2].title, papers[2].arxiv) == ("After the broken one", "2002.00002")
    assert [r.line for r in rejected] == [21]
    assert "block start" in rejected[0].reason


def test_ris() -> None:
    papers, rejected = read("papers.ris")
    assert papers[0] == PaperRecord(
        title="The weight of snow",
        abstract="Snow is weighed",
        authors=["Jack Frost", "Una Flake"],
        topics=["snow", "weight"],
        published="2019-12-24",
        url="https://snow.example/1",
        doi="10.1000/snow",
    )
    assert (papers[1].title, papers[1].abstract, papers[1].arxiv) == ("Snow again", "Melted.", "2001.00001")
    assert [(r.line, r.reason) for r in rejected] == [(13, "title: empty; give one")]


def test_ris_without_an_end_and_with_windows_lines() -> None:
    papers, rejected = parse("ris", b"TY  - JOUR\r\nTI  - One\r\nTY - JOUR\r\nTI - Two\r\n")
    assert [p.title for p in papers] == ["One", "Two"]
    assert not rejected


def test_openalex() -> None:
    (paper,), rejected = read("openalex.json")
    assert (paper.title, paper.abstract) == ("Lamps of Lumen", "Lamps light and light again.")
    assert (paper.authors, paper.topics) == (["Lux Bright"], ["Lighting"])
    assert (paper.doi, paper.arxiv, paper.published) == ("10.1000/lamp", "2302.00001", "2023-02-01")
    assert [(r.line, r.reason) for r in rejected] == [(2, "title: empty; give one")]


def test_openalex_places_far_apart_cost_no_memory() -> None:
    raw = json.dumps({"title": "T", "abstract_inverted_index": {"far": [10**15], "near": [0]}}).encode()
    (paper,), _ = parse("openalex", raw)
    assert paper.abstract == "near far"


def test_semantic_scholar() -> None:
    (paper,), rejected = read("semanticscholar.json")
    assert (paper.title, paper.arxiv, paper.doi) == ("Where socks go", "2305.00001", "10.1000/sock")
    assert (paper.authors, paper.topics) == (["Paar Los"], ["Physics", "Laundry"])
    assert "JSON object" in rejected[0].reason


@pytest.mark.parametrize(
    ("sample", "envelope"), [("openalex.json", "results"), ("semanticscholar.json", "data")]
)
def test_json_comes_as_one_as_a_list_or_as_lines(sample: str, envelope: str) -> None:
    name = FORMAT_OF[sample]
    entry = json.loads((SAMPLES / sample).read_bytes())[envelope][0]
    (expected,), _ = read(sample)
    single = json.dumps(entry)
    for text in (single, json.dumps(entry, indent=1), f"[{single}]", f"{single}\n"):
        assert parse(name, text.encode())[0] == [expected]
    papers, rejected = parse(name, f"{single}\nnot json\n\n{single}\n".encode())
    assert papers == [expected, expected]
    assert [r.line for r in rejected] == [2]
    assert len(parse(name, f"{{bad\n{single}\n".encode())[0]) == 1


def test_a_long_single_line_document_is_no_long_line() -> None:
    works = [{"title": f"Work {n}", "abstract_inverted_index": {"w" * 900: [0]}} for n in range(1500)]
    papers, rejected = parse("openalex", json.dumps({"results": works}).encode())
    assert (len(papers), rejected) == (1500, [])


def test_jsonl_names_the_field() -> None:
    (paper,), rejected = read("papers.jsonl")
    assert (paper.id, paper.published, paper.topics) == ("own:1", "2022-07", ["hats"])
    assert [r.line for r in rejected] == [3, 4, 5]
    assert rejected[0].reason.startswith("abstrct: unknown field")
    assert rejected[1].reason.startswith("line: not JSON")
    assert rejected[2].reason.startswith("arxiv: ")


def test_csv() -> None:
    (paper,), rejected = read("papers.csv")
    assert (paper.title, paper.abstract) == ("Keys, lost", "They were in the door.")
    assert (paper.authors, paper.topics) == (["Lock Smith", "Key Holder"], ["keys", "doors"])
    assert (paper.doi, paper.url) == ("10.1000/key", "https://keys.example")
    assert [r.line for r in rejected] == [4, 5]


def test_csv_without_a_title_column() -> None:
    papers, rejected = parse("csv", b"name,abstract\na,b\nc,d\n")
    assert (papers, len(rejected), rejected[0].line) == ([], 1, 1)
    assert "title" in rejected[0].reason


def test_csv_goes_on_after_a_row_that_it_can_not_read() -> None:
    raw = b"title,abstract\nA,one\nB," + b"x" * 200_000 + b"\nC," + b"y" * (2 << 20) + b"\nD,four\n"
    papers, rejected = parse("csv", raw)
    assert [p.title for p in papers] == ["A", "D"]
    assert len(rejected) == 2
