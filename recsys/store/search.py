"""Keyword search with what each database brings: FTS5 (BM25) in SQLite, tsvector (GIN) in PostgreSQL."""

from __future__ import annotations

import re
import unicodedata

from sqlalchemy import Connection, text

_MOST_WORDS = 64

# The weights of bm25 are those of title, abstract, authors and topics; FTS5's better scores are smaller.
_SQLITE = text("""
    SELECT papers.id, -bm25(papers_search, 4, 1, 2, 2) AS score
    FROM papers_search JOIN papers ON papers.row = papers_search.rowid
    WHERE papers_search MATCH :words
    ORDER BY score DESC, papers.row LIMIT :limit""")

# websearch_to_tsquery takes any text; 1 divides the rank by 1 + log(length), as BM25 discounts long texts.
_POSTGRESQL = text("""
    SELECT papers.id, ts_rank(papers_search, query, 1) AS score
    FROM papers, websearch_to_tsquery('english', :words) AS query
    WHERE papers_search @@ query
    ORDER BY score DESC, papers.row LIMIT :limit""")


def search(connection: Connection, query: str, limit: int) -> list[tuple[str, float]]:
    """(id, score) of the papers with any word of the query, the best first, ties by row.

    Only letters and digits of the query count, so no text of a user is ever an operator.
    """
    words = _words(query)
    if not words or limit <= 0:
        return []
    if connection.dialect.name == "postgresql":
        found = connection.execute(_POSTGRESQL, {"words": " or ".join(words), "limit": limit})
    else:
        quoted = " OR ".join(f'"{word}"' for word in words)
        found = connection.execute(_SQLITE, {"words": quoted, "limit": limit})
    return [(id, float(score)) for id, score in found]


def _words(query: str) -> list[str]:
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", query).casefold())
    return [word for word in dict.fromkeys(words) if word != "or"][:_MOST_WORDS]
