"""`recsys ingest` and `recsys import` as one runs them, over a real record."""

from __future__ import annotations

import gzip
import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from sources.source_samples import SAMPLES
from typer.testing import CliRunner

from recsys.commands import ingest as ingest_room
from recsys.errors import UserError
from recsys.home import Home
from recsys.papers import PaperRecord
from recsys.sources import Rejected

GOOD = b'{"title": "One", "abstract": "a"}\n{"title": "Two"}\n'


@dataclass
class Ran:
    code: int
    out: str
    err: str


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


class Run:
    """Runs a command and, as `recsys.cli.main` does, makes a `UserError` one line and exit code 2."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def __call__(self, *arguments: str | Path, given: bytes = b"") -> Ran:
        import typer

        from recsys.commands.imports import app as imports

        app = typer.Typer()
        app.command("ingest")(ingest_room.ingest)
        app.add_typer(imports, name="import")
        result = CliRunner().invoke(app, [*map(str, arguments), "--home", str(self.home)], input=given)
        if isinstance(result.exception, UserError):
            return Ran(2, result.stdout, str(result.exception))
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def run(home: Path) -> Run:
    return Run(home)


def write(path: Path, raw: bytes) -> Path:
    path.write_bytes(raw)
    return path


def rejections(home: Path) -> list[dict[str, object]]:
    files = sorted((home / "rejected").glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def test_ingest_counts_and_again_changes_nothing(run: Run, home: Path) -> None:
    first = run("ingest", SAMPLES / "listing.txt", SAMPLES / "arxiv_api.xml")
    assert first.code == 0
    assert first.out.splitlines() == [
        f"{SAMPLES / 'listing.txt'}: 2 added, 0 updated, 0 unchanged, 0 rejected",
        f"{SAMPLES / 'arxiv_api.xml'}: 2 added, 0 updated, 0 unchanged, 0 rejected",
    ]
    again = run("ingest", SAMPLES / "listing.txt", SAMPLES / "arxiv_api.xml")
    assert again.out.count("0 added, 0 updated, 2 unchanged, 0 rejected") == 2
    assert not list((home / "rejected").iterdir())
    with Home(home).open_store() as store:
        papers = {paper.title: paper for paper in store.papers.all()}
    assert papers["Strings for Kites"].source == "arxiv"
    assert papers["Counting Clouds with Two Cameras"].source == "listing"


def test_ingest_writes_out_what_it_rejects(run: Run, home: Path) -> None:
    ran = run("ingest", SAMPLES / "papers.jsonl")
    assert ran.code == 1
    assert "1 added, 0 updated, 0 unchanged, 3 rejected" in ran.out
    (file,) = (home / "rejected").iterdir()
    assert file.name.startswith("jsonl-")
    assert str(file) in ran.out
    assert [entry["line"] for entry in rejections(home)] == [3, 4, 5]
    assert set(rejections(home)[0]) == {"line", "reason", "raw"}


@pytest.mark.parametrize("source", sorted(SAMPLES.iterdir()), ids=lambda path: path.name)
def test_every_sample_can_be_ingested(run: Run, source: Path) -> None:
    ran = run("ingest", source)
    assert ran.code == (0 if " 0 rejected" in ran.out else 1)
    assert " 0 added" not in ran.out


def test_ingest_from_stdin_and_gzip(run: Run, tmp_path: Path) -> None:
    assert "2 added" in run("ingest", "-", given=GOOD).out
    assert "2 unchanged" in run("ingest", "-", given=gzip.compress(GOOD)).out
    packed = write(tmp_path / "papers.jsonl.gz", gzip.compress(GOOD))
    assert "2 unchanged" in run("ingest", packed).out


def test_a_truncated_gzip_keeps_what_came_before(run: Run, home: Path, tmp_path: Path) -> None:
    import random

    noise = random.Random(0)
    lines = b"".join(b'{"title": "T%d %x"}\n' % (n, noise.getrandbits(400)) for n in range(5_000))
    packed = gzip.compress(lines)
    ran = run("ingest", write(tmp_path / "papers.jsonl.gz", packed[: len(packed) // 2]))
    assert ran.code == 1
    assert "fetch it again" in str(rejections(home)[-1]["reason"])
    with Home(home).open_store() as store:
        assert store.papers.count() > 1000


def test_a_format_can_be_given(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "notes.txt", b"A title\nIts abstract\n")
    assert run("ingest", path).code == 2
    assert "1 added" in run("ingest", path, "--format", "listing").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("missing.bib",), "missing.bib: No such file"),
        ((".",), "directory"),
        (("-", "--format", "docx"), "give one of listing,"),
        (("-",), "--format"),
        (("arxiv:cs.IR OR x",), "not a category"),
        (("-", "--since", "soon"), "--since soon"),
    ],
)
def test_usage_errors_are_one_line_and_exit_2(run: Run, arguments: tuple[str, ...], said: str) -> None:
    ran = run("ingest", *arguments, given=b"")
    assert ran.code == 2
    assert said in ran.err
    assert "\n" not in ran.err


def test_nothing_readable_is_exit_2(run: Run) -> None:
    ran = run("ingest", "-", "--format", "jsonl", given=b"nonsense\n")
    assert (ran.code, ran.err) == (2, "nothing could be read; the files of rejected records say why")
    assert "1 rejected" in ran.out


def test_a_damaged_gzip_is_exit_2(run: Run) -> None:
    ran = run("ingest", "-", given=b"\x1f\x8bnot gzip")
    assert ran.code == 2
    assert "stdin can't be read" in ran.err


def test_ingest_from_arxiv_stores_each_page_before_the_next(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, object] = {}

    def pages(categories, since, state_file, *, client):  # type: ignore[no-untyped-def]
        asked.update(categories=categories, state_file=state_file)
        yield [PaperRecord(title="P", arxiv="2401.00001"), Rejected(2, "id: none", "")]
        with Home(home).open_store() as store:
            asked["kept"] = store.papers.count()
        yield [PaperRecord(title="Q", arxiv="2401.00002")]

    monkeypatch.setattr(ingest_room, "fetch_pages", pages)
    ran = run("ingest", "arxiv:cs.LG,cs.IR", "--since", "2d")
    assert "2 added, 0 updated, 0 unchanged, 1 rejected" in ran.out
    assert asked["categories"] == ["cs.LG", "cs.IR"]
    assert asked["state_file"] == home / "sources" / "arxiv-cs.IR+cs.LG.json"
    assert asked["kept"] == 1


def test_import_of_events(run: Run, home: Path, tmp_path: Path) -> None:
    run("ingest", SAMPLES / "papers.jsonl")
    lines = [
        {"id": "1", "user": "u", "kind": "save", "item": "own:1", "time": "2023-01-01T00:00:00Z"},
        {"id": "2", "user": "v", "kind": "click", "item": "doi:10.1000/hat"},
        {"id": "3", "user": "v", "kind": "click", "item": "nowhere"},
        {"id": "1", "user": "w", "kind": "save", "item": "own:1", "time": "2023-01-01T00:00:00Z"},
        {"id": "4", "user": "w", "kind": "stare", "item": "own:1"},
    ]
    path = write(tmp_path / "events.jsonl", "".join(json.dumps(line) + "\n" for line in lines).encode())
    ran = run("import", "events", path)
    assert ran.code == 1
    assert "users 2; events 2 accepted, 0 repeated, 3 refused" in ran.out
    reasons = [
        str(entry["reason"]).split(":")[0] for entry in rejections(home) if "user" in str(entry["raw"])
    ]
    assert sorted(reasons) == ["id", "item", "kind"]
    again = run("import", "events", path)  # an event that had no time is the same event at another time
    assert "events 0 accepted, 2 repeated, 3 refused" in again.out


def test_import_of_events_in_gzipped_csv_from_a_missing_file_and_with_nothing_to_keep(
    run: Run, tmp_path: Path
) -> None:
    run("ingest", SAMPLES / "papers.jsonl")
    packed = gzip.compress(b"id,user,kind,item\n1,u,like,own:1\n")
    ran = run("import", "events", write(tmp_path / "e.csv.gz", packed))
    assert (ran.code, "events 1 accepted, 0 repeated, 0 refused" in ran.out) == (0, True)
    assert run("import", "events", tmp_path / "missing.csv").code == 2
    assert run("import", "events", write(tmp_path / "bad.csv", b"id,user\n")).code == 2


@pytest.mark.parametrize(
    ("command", "files", "said"),
    [
        (
            "citeulike",
            {"users.dat": "2 0 1\n1 1\n", "item-tag.dat": "0\n0\n", "tags.dat": ""},
            "papers 2 added, 0 updated, 0 unchanged, 0 rejected; users 2; events 3 accepted",
        ),
        (
            "movielens",
            {
                "u.genre": "Drama|0\n",
                "u.item": "1|A|||| 1\n2|A||||0\n".replace(" ", ""),
                "u.data": "1\t1\t5\t9\n1\t2\t1\t9\n",
            },
            "papers 2 added, 0 updated, 0 unchanged, 0 rejected; users 1; events 2 accepted",
        ),
    ],
)
def test_import_of_a_folder(run: Run, tmp_path: Path, command: str, files: dict[str, str], said: str) -> None:
    place = tmp_path / "data"
    place.mkdir()
    for name, content in files.items():
        (place / name).write_text(content)
    assert said in run("import", command, place).out
    again = run("import", command, place)
    assert again.code == 0
    assert "papers 0 added, 0 updated, 2 unchanged" in again.out
    assert " 0 accepted" in again.out
    assert " 0 refused" in again.out


def test_main_prints_one_line_on_stderr(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from recsys import cli

    monkeypatch.setattr(sys, "argv", ["recsys", "ingest", "missing.ris", "--home", str(home)])
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("recsys: missing.ris: ")
    assert error.count("\n") == 1
