"""What a paper is, and how two records are known to be the same paper."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, field_validator

_ARXIV_NEW = re.compile(r"(?<![\d.])(\d{4}\.\d{4,5})(?:v\d+)?(?![\d.]*\d)", re.ASCII)
_ARXIV_OLD = re.compile(r"\b([A-Za-z-]+(?:\.[A-Za-z]{2})?/\d{7})(?:v\d+)?\b", re.ASCII)
_DOI = re.compile(r"\b(10\.\d{4,9}/\S+)", re.ASCII)
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(.+)", re.IGNORECASE)


class PaperRecord(BaseModel):
    """A paper as it arrives from a source: what an importer yields and what `POST /v1/papers` takes.

    `id` is for sources with identifiers of their own (our JSONL, citeulike, movielens); most leave it empty
    and are known by `arxiv`, `doi` or the title.
    """

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    title: str = Field(min_length=1, max_length=1_000, json_schema_extra={"pattern": r"\S"})
    abstract: str = Field(default="", max_length=50_000)
    authors: list[str] = Field(default_factory=list, max_length=5_000)
    topics: list[str] = Field(default_factory=list, max_length=200)
    published: str | None = Field(
        default=None,
        description="ISO 8601 date, or only a year or month of one",
        json_schema_extra={"pattern": "^([0-9]{4}|$)"},
    )
    url: str | None = Field(default=None, max_length=2_000, json_schema_extra={"pattern": "^(https?://|$)"})
    venue: str | None = Field(default=None, max_length=500, description="journal or conference")
    arxiv: str | None = Field(
        default=None,
        max_length=100,
        json_schema_extra={"pattern": f"^$|{_ARXIV_NEW.pattern}|{_ARXIV_OLD.pattern}"},
    )
    doi: str | None = Field(default=None, max_length=300, json_schema_extra={"pattern": f"^$|{_DOI.pattern}"})
    id: str | None = Field(default=None, max_length=200, pattern=r"^[^\s?#\x00-\x1f\x7f]+$")

    @field_validator("title", "abstract")
    @classmethod
    def _one_line(cls, text: str) -> str:
        return " ".join(text.split())

    @field_validator("published")
    @classmethod
    def _iso_date(cls, date: str | None) -> str | None:
        if date is None or date == "":
            return None
        match = re.match(r"^([0-9]{4})(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?", date)
        if not match:
            raise ValueError("give an ISO 8601 date such as 2026-11-24 (or 2026-11, or 2026)")
        return match.group(0)

    @field_validator("url")
    @classmethod
    def _web_address(cls, url: str | None) -> str | None:
        if url and not url.startswith(("http://", "https://")):
            raise ValueError("give an address that starts with http:// or https://")
        return url or None

    @field_validator("venue")
    @classmethod
    def _venue(cls, venue: str | None) -> str | None:
        return " ".join(venue.split()) or None if venue else None

    @field_validator("arxiv")
    @classmethod
    def _arxiv_identifier(cls, arxiv: str | None) -> str | None:
        if arxiv and not arxiv_id(arxiv):
            raise ValueError("not an arXiv identifier; give one such as 2401.01234")
        return arxiv or None

    @field_validator("doi")
    @classmethod
    def _doi(cls, doi: str | None) -> str | None:
        if doi and not doi_id(doi):
            raise ValueError("not a DOI; give one such as 10.1145/3292500.3330701")
        return doi or None


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper of the catalogue. `row` is its place in SQL, `id` its canonical identity."""

    row: int
    id: str
    title: str
    abstract: str
    authors: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    published: str | None = None
    url: str | None = None
    venue: str | None = None
    source: str = ""
    added: int = field(default=0, compare=False)  # ms since the epoch

    @property
    def text(self) -> str:
        """What the embedder reads."""
        return f"{self.title}. {self.abstract}" if self.abstract else self.title

    @property
    def content_hash(self) -> str:
        """SHA-256 of `text`: an embedding is computed anew only when this changes."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def reading_seconds(self) -> float:
        """How long a whole read of what a listing shows takes, at some 240 words a minute and twice over."""
        return min(max(20.0 + 0.5 * len(self.abstract.split()), 30.0), 300.0)

    @property
    def address(self) -> str | None:
        """Where the paper is to be read: its own address, else what its arXiv id or DOI leads to.

        >>> Paper(1, "arxiv:1706.03762", "Attention Is All You Need", "").address
        'https://arxiv.org/abs/1706.03762'
        """
        scheme, _, rest = self.id.partition(":")
        found = {"arxiv": "https://arxiv.org/abs/", "doi": "https://doi.org/"}.get(scheme)
        return self.url or (found + quote(rest, safe="/:;()") if found else None)

    def public(self) -> dict[str, Any]:
        """The paper as every API answer shows it."""
        return {
            "id": self.id,
            "title": self.title,
            "abstract": self.abstract,
            "authors": list(self.authors),
            "topics": list(self.topics),
            "published": self.published,
            "url": self.url,
            "venue": self.venue,
        }


def arxiv_id(text: str) -> str | None:
    """The arXiv identifier in an id, DOI or address, without its version.

    >>> arxiv_id("http://arxiv.org/abs/2401.01234v2"), arxiv_id("hep-th/9901001v1"), arxiv_id("nothing")
    ('2401.01234', 'hep-th/9901001', None)
    """
    match = _ARXIV_NEW.search(text) or _ARXIV_OLD.search(text)
    return match.group(1).lower() if match else None


def doi_id(text: str) -> str | None:
    """The DOI in a string or address, lower-cased as DOIs compare.

    >>> doi_id("https://doi.org/10.1145/3292500.3330701"), doi_id("none")
    ('10.1145/3292500.3330701', None)
    """
    match = _DOI.search(text)
    return match.group(1).rstrip(".,;)]}").lower() if match else None


def identity_of(id: str) -> str:
    """What a client means by an id: versions don't count, DOIs compare in lower case, bare ones get a prefix.

    >>> [identity_of(id) for id in ("arxiv:1706.03762v5", "1706.03762", "10.1145/ABC", "x:1")]
    ['arxiv:1706.03762', 'arxiv:1706.03762', 'doi:10.1145/abc', 'x:1']
    """
    rest = id[6:] if id.casefold().startswith("arxiv:") else id
    if (_ARXIV_NEW.fullmatch(rest) or _ARXIV_OLD.fullmatch(rest)) and (arxiv := arxiv_id(rest)):
        return f"arxiv:{arxiv}"
    bare = id[4:] if id.casefold().startswith("doi:") else id
    return f"doi:{doi_id(bare)}" if _DOI.fullmatch(bare) else id


def title_hash(title: str) -> str:
    """A short hash of the title's letters and digits: case, accents, spaces and punctuation don't count.

    >>> title_hash("Attention Is All You Need") == title_hash("attention is all  you need.")
    True
    """
    plain = unicodedata.normalize("NFKD", title).casefold()
    letters = "".join(c for c in plain if c.isalnum()) or " ".join(title.split())  # a title of symbols only
    return hashlib.sha256(letters.encode()).hexdigest()[:20]


def identities(record: PaperRecord) -> list[str]:
    """Every identity a record is known by, the strongest first: its own id, arXiv, DOI, title.

    The first one becomes the paper's canonical id when it is new.

    >>> identities(PaperRecord(title="T", doi="10.48550/arXiv.2401.01234"))[0]
    'arxiv:2401.01234'
    """
    found = [record.id] if record.id else []
    doi = doi_id(record.doi) if record.doi else None
    arxiv = arxiv_id(record.arxiv) if record.arxiv else None
    if doi and (match := _ARXIV_DOI.fullmatch(doi)):
        arxiv, doi = arxiv or arxiv_id(match.group(1)), None
    if arxiv:
        found.append(f"arxiv:{arxiv}")
    if doi:
        found.append(f"doi:{doi}")
    found.append(f"title:{title_hash(record.title)}")
    return list(dict.fromkeys(found))
