"""When two records are the same paper."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from recsys.papers import PaperRecord, arxiv_id, doi_id, identities, title_hash


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2401.01234", "2401.01234"),
        ("arXiv:2401.01234v3", "2401.01234"),
        ("https://arxiv.org/pdf/2401.01234v1.pdf", "2401.01234"),
        ("oai:arXiv.org:cs/0301012", "cs/0301012"),
        ("math.GT/0309136v1", "math.gt/0309136"),
        ("12345.678901234", None),
    ],
)
def test_arxiv_ids_lose_their_version(text: str, expected: str | None) -> None:
    assert arxiv_id(text) == expected


def test_dois_compare_in_lower_case_without_the_resolver() -> None:
    assert doi_id("https://doi.org/10.1145/ABC.def") == "10.1145/abc.def"
    assert doi_id("doi:10.1/x") is None  # a registrant has four digits at least


def test_an_arxiv_doi_is_an_arxiv_id() -> None:
    by_doi = PaperRecord(title="T", doi="10.48550/arXiv.2401.01234")
    by_id = PaperRecord(title="t!", arxiv="2401.01234v2")
    assert identities(by_doi) == identities(by_id)


def test_the_strongest_identity_comes_first() -> None:
    record = PaperRecord(title="T", doi="10.1000/x", arxiv="2401.01234", id="own:1")
    kinds = [identity.split(":")[0] for identity in identities(record)]
    assert kinds == ["own", "arxiv", "doi", "title"]


@given(st.text(min_size=1).filter(lambda title: any(c.isalnum() for c in title)))
def test_case_spaces_and_punctuation_do_not_change_a_title(title: str) -> None:
    assert title_hash(title) == title_hash(f"  {title} .")


def test_titles_of_symbols_only_differ() -> None:
    assert title_hash("!!!") != title_hash("???")


def test_a_wrong_field_is_named() -> None:
    with pytest.raises(ValidationError, match="arXiv identifier"):
        PaperRecord(title="T", arxiv="nonsense")
    with pytest.raises(ValidationError, match="a DOI"):
        PaperRecord(title="T", doi="nonsense")
    with pytest.raises(ValidationError, match="pattern"):
        PaperRecord(title="T", id="a\x00b")
    with pytest.raises(ValidationError, match="ISO 8601"):
        PaperRecord(title="T", published="yesterday")
    with pytest.raises(ValidationError, match="http"):
        PaperRecord(title="T", url="javascript:alert(1)")
