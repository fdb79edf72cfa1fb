"""CSV with a header; `authors` and `topics` hold several, separated by semicolons."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from typing import BinaryIO

from recsys.papers import PaperRecord
from recsys.sources.reading import LINE_BYTES, TOO_LONG, numbered_lines, text
from recsys.sources.records import Rejected, record, reject

_LISTS = ("authors", "topics")


def parse(stream: BinaryIO) -> Iterator[PaperRecord | Rejected]:
    """Papers, a row each; the columns are the fields of `PaperRecord`, and others are passed over."""
    for line, row in rows(stream, required=("title",)):
        if isinstance(row, Rejected):
            yield row
            continue
        fields = {name: cell for name, cell in row.items() if name in PaperRecord.model_fields}
        lists = {name: _several(row.get(name, "")) for name in _LISTS}
        yield record(line, row, {"title": "", **fields, **lists})


def rows(stream: BinaryIO, required: Collection[str]) -> Iterator[tuple[int, dict[str, str] | Rejected]]:
    """(line, filled cells by column) of each row that isn't blank; columns are known by lower-cased names.

    Without all the `required` columns, one rejection is all there is.
    """
    # `map` can go on after its function has raised, which a generator can't.
    table = csv.reader(map(_line, numbered_lines(stream)))
    header: list[str] | None = None
    while True:
        try:
            cells = next(table, None)
        except csv.Error as error:
            yield table.line_num, reject(table.line_num, f"row: {error}", "")
            continue
        if cells is None:
            return
        if not any(cell.strip() for cell in cells):
            continue
        if header is None:
            header = [cell.strip().lower() for cell in cells]
            missing = [name for name in required if name not in header]
            if missing:
                reason = f"header: no column {', '.join(missing)}; name the columns in the first line"
                yield table.line_num, reject(table.line_num, reason, ",".join(cells))
                return
        elif len(cells) > len(header):
            reason = f"row: {len(cells)} cells for {len(header)} columns; put quotes around cells with commas"
            yield table.line_num, reject(table.line_num, reason, ",".join(cells))
        else:
            filled = {name: cell.strip() for name, cell in zip(header, cells, strict=False) if cell.strip()}
            yield table.line_num, filled


def _several(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _line(numbered: tuple[int, bytes]) -> str:
    _, line = numbered
    if len(line) > LINE_BYTES:
        raise csv.Error(TOO_LONG)
    return text(line)
