"""A bundle: everything that serving needs, as an immutable folder of mmappable arrays and a manifest.

A folder's name is a hash of its files, so the same data and seed give the same bundle. Publishing writes and
syncs a folder under another name, renames it, and then moves the pointer (`recsys.shelf`).
"""

from __future__ import annotations

import hashlib
import mmap
import os
import shutil
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from recsys.durable import sync_folder, write_durably
from recsys.errors import UserError
from recsys.papers import Paper
from recsys.reading import Reading
from recsys.room import mapped

FORMAT = 6  # 6: words as readers of ALS
POINTER = "current"
MANIFEST = "manifest.json"


class BundleError(UserError):
    """A bundle is absent, half-written or altered; the message says which and how to mend it."""


@dataclass(frozen=True)
class Bundle:
    """A verified bundle, its arrays mapped into memory."""

    folder: Path
    manifest: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]

    @property
    def id(self) -> str:
        """The hash of its files."""
        return str(self.manifest["id"])

    @property
    def edition(self) -> str:
        """What is ranked: equal editions have the same papers and models."""
        return self.id

    @property
    def base(self) -> Bundle:
        """The bundle as it was trained: itself."""
        return self

    @property
    def n_fitted(self) -> int:
        """How many papers the models were fitted to: all."""
        return len(self.items)

    @cached_property
    def reading(self) -> Reading:
        """How further papers are read."""
        own = {name.removeprefix("encoder/"): array for name, array in self.arrays.items()}
        return Reading.from_arrays(own)

    @cached_property
    def items(self) -> tuple[str, ...]:
        """Paper ids by row."""
        return tuple(orjson.loads((self.folder / "items.json").read_bytes()))

    @cached_property
    def rows(self) -> dict[str, int]:
        """Rows by paper id."""
        return {item: row for row, item in enumerate(self.items)}

    @property
    def topic_rows(self) -> Mapping[str, NDArray[np.intp]]:
        """The rows of each topic, by its case-folded name."""
        return self._rows_of["topic"]

    def rows_of(self, aspect: str, name: str) -> NDArray[np.intp]:
        """The rows of the papers with this topic, author or venue, in whatever case; maybe none."""
        return self._rows_of[aspect].get(name.casefold(), np.zeros(0, dtype=np.intp))

    @cached_property
    def _rows_of(self) -> dict[str, dict[str, NDArray[np.intp]]]:
        return rows_by_name(map(self.paper, range(len(self.items))))

    @cached_property
    def ages(self) -> NDArray[np.float32]:
        """Years from each paper's publication to the catalogue's newest one, float32 (n_items,), else NaN."""
        return years_before(self.newest_date, self.published.tolist())

    @cached_property
    def newest_date(self) -> np.datetime64:
        """The latest date of publication; not a time (NaT) where none is known."""
        dates = _days(self.published.tolist())
        known = dates[~np.isnat(dates)]
        return known.max() if len(known) else np.datetime64("NaT", "D")

    @cached_property
    def published(self) -> NDArray[np.str_]:
        """Each row's ISO date of publication, '' where it isn't known."""
        return np.array([self.paper(row).published or "" for row in range(len(self.items))], dtype=np.str_)

    @cached_property
    def _papers(self) -> memoryview:
        with (self.folder / "papers.jsonl").open("rb") as file:
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

    def paper(self, row: int) -> Paper:
        """The paper of a row, as it was when the bundle was made."""
        offsets = self.arrays["papers_offsets"]
        raw = orjson.loads(self._papers[int(offsets[row]) : int(offsets[row + 1])])
        raw["authors"], raw["topics"] = tuple(raw["authors"]), tuple(raw["topics"])
        return Paper(**raw)


def rows_by_name(papers: Iterable[Paper], first: int = 0) -> dict[str, dict[str, NDArray[np.intp]]]:
    """The rows of each topic, author and venue, by its case-folded name; those of the papers from `first`."""
    rows: dict[str, dict[str, list[int]]] = {"topic": {}, "author": {}, "venue": {}}
    for row, paper in enumerate(papers, first):
        venues = (paper.venue,) if paper.venue else ()
        for aspect, names in (("topic", paper.topics), ("author", paper.authors), ("venue", venues)):
            for name in {name.casefold() for name in names}:
                rows[aspect].setdefault(name, []).append(row)
    return {
        aspect: {name: np.array(members, dtype=np.intp) for name, members in named.items()}
        for aspect, named in rows.items()
    }


def years_before(day: np.datetime64, published: Sequence[str]) -> NDArray[np.float32]:
    """Years from each ISO date to a day, 0 from later ones, float32 (n,); NaN for '' or an unknown day."""
    days = np.maximum((day - _days(published)) / np.timedelta64(1, "D"), 0)
    return np.asarray(days / 365.25, dtype=np.float32)


def _days(published: Sequence[str]) -> NDArray[np.datetime64]:
    padded = np.array([(date + "-01-01")[:10] if date else "NaT" for date in published], dtype=np.str_)
    return padded.astype("datetime64[D]")


def write_bundle(
    root: Path,
    papers: Sequence[Paper],
    arrays: Mapping[str, NDArray[Any]],
    model: Mapping[str, Any],
    about: Mapping[str, Any],
) -> str:
    """Write, sync and hash a bundle below `root` and return its id; the pointer isn't moved.

    Args:
        root: the folder of bundles.
        papers: by row.
        arrays: by name; a `/` in a name separates the model from its array.
        model: names and settings (JSON); part of the bundle's identity.
        about: created, parent, counts, metrics and the like; described, but not part of the identity.
    """
    draft = root / f".draft-{uuid.uuid4().hex}"
    draft.mkdir()
    try:
        lines = [orjson.dumps(_as_json(paper)) + b"\n" for paper in papers]
        offsets = np.cumsum([0] + [len(line) for line in lines], dtype=np.int64)
        write_durably(draft / "papers.jsonl", b"".join(lines) or b"\n")
        write_durably(draft / "items.json", orjson.dumps([paper.id for paper in papers]))
        seconds = np.array([paper.reading_seconds for paper in papers], dtype=np.float32)
        own: dict[str, NDArray[Any]] = {"papers_offsets": offsets, "reading_seconds": seconds}
        for name, array in {**arrays, **own}.items():
            with (draft / f"{name.replace('/', '__')}.npy").open("wb") as file:
                np.save(file, array, allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
        files = {path.name: _describe(path) for path in sorted(draft.iterdir())}
        identity = {"format": FORMAT, "model": model, "files": files}
        id = hashlib.sha256(orjson.dumps(identity, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
        write_durably(
            draft / MANIFEST, orjson.dumps({"id": id, **identity, **about}, option=orjson.OPT_INDENT_2)
        )
        sync_folder(draft)
        if _is_whole(root, id):  # the same data and seed were trained before
            shutil.rmtree(draft)
        else:
            if (root / id).exists():  # it was damaged since: out of the way
                (root / id).rename(root / f".draft-damaged-{uuid.uuid4().hex}")
            draft.rename(root / id)
            sync_folder(root)
        return id
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def load_bundle(root: Path, id: str | None = None) -> Bundle:
    """Verify and map a bundle; the one the pointer names by default.

    Raises:
        BundleError: there is none, it is of another format, or a file is missing or isn't what the manifest
            says.
    """
    id = id or current_id(root)
    if id is None:
        raise BundleError(f"there is no bundle in {root}: run `recsys train`")
    folder = root / id
    manifest = read_manifest(root, id)
    if manifest["format"] != FORMAT:
        raise BundleError(
            f"bundle {id} is of format {manifest['format']}, this version reads {FORMAT}: run `recsys train`"
        )
    for name, expected in manifest["files"].items():
        if not (folder / name).is_file() or _describe(folder / name) != expected:
            raise BundleError(f"bundle {id}: {name} is missing or altered; run `recsys bundles rollback`")
    arrays = {
        name.removesuffix(".npy").replace("__", "/"): mapped(folder / name)
        for name in manifest["files"]
        if name.endswith(".npy")
    }
    return Bundle(folder, manifest, arrays)


def _is_whole(root: Path, id: str) -> bool:
    try:
        load_bundle(root, id)
    except BundleError:
        return False
    return True


def read_manifest(root: Path, id: str) -> dict[str, Any]:
    """The manifest of a bundle.

    Raises:
        BundleError: there is no such bundle.
    """
    try:
        manifest: dict[str, Any] = orjson.loads((root / id / MANIFEST).read_bytes())
    except (FileNotFoundError, NotADirectoryError, orjson.JSONDecodeError):
        raise BundleError(f"there is no bundle {id} in {root}: see `recsys bundles list`") from None
    return manifest


def current_id(root: Path) -> str | None:
    """The id that the pointer names, or None."""
    try:
        return (root / POINTER).read_text().strip() or None
    except FileNotFoundError:
        return None


def _as_json(paper: Paper) -> dict[str, Any]:
    return {"row": paper.row, "source": paper.source, **paper.public()}


def _describe(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"sha256": hashlib.file_digest(file, "sha256").hexdigest(), "bytes": path.stat().st_size}
