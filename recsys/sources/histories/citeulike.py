"""citeulike-a and citeulike-t (Wang, Chen and Li 2013): papers as bags of words, tags and who saved them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from recsys.events import Kind, StoredEvent
from recsys.papers import PaperRecord
from recsys.sources.histories.history import History, open_in
from recsys.sources.reading import numbered_lines, text
from recsys.sources.records import Rejected, SourceError, record, reject

SAVED_AT_MS = 1_356_998_400_000  # 2013-01-01T00:00:00Z for every save: the data has no times
_TITLE_WORDS = 4
_TOPICS = 5
_LONGEST = 50_000  # words of one paper
_PAIR = re.compile(r"\b(\d{1,9}):(\d{1,9})(?!\S)", re.ASCII)

Words = Counter[str]


def citeulike(folder: Path) -> History:
    """The saves of a folder, which is named as the dataset shall be.

    Papers have an abstract if there is a `mult.dat`: their words, each as often as it was counted. Their
    titles, which the data lacks, are their number and the words that set them apart (tf-idf).

    Raises:
        SourceError: a file is missing, or the tags are malformed.
    """
    open_in(folder, "users.dat").close()
    bags = _bags(folder) if (folder / "mult.dat").exists() else {}
    tags = _tags(folder)
    name = folder.resolve().name
    return History(name, _papers(name, bags, _topics(folder, tags)), _events(folder, name))


def _papers(
    name: str, bags: dict[int, Words | Rejected], topics: dict[int, list[str]]
) -> Iterator[PaperRecord | Rejected]:
    papers_with = Counter(word for bag in bags.values() if isinstance(bag, Counter) for word in bag)
    for item in sorted(bags.keys() | topics.keys()):
        bag = bags.get(item, Words())
        if isinstance(bag, Rejected):
            yield bag
            continue
        weight = {word: count * math.log(len(bags) / papers_with[word]) for word, count in bag.items()}
        telling = sorted(bag, key=lambda word: (-weight[word], word))[:_TITLE_WORDS]
        fields = {
            "id": f"{name}:{item}",
            "title": f"{name} {item}: {', '.join(telling)}" if telling else f"{name} {item}",
            "abstract": " ".join(bag.elements()),
            "topics": topics.get(item, []),
        }
        yield record(item + 1, fields["title"], fields)


def _events(folder: Path, name: str) -> Iterator[StoredEvent | Rejected]:
    for line, items in _counted(folder, "users.dat"):
        if isinstance(items, Rejected):
            yield items
            continue
        user = line - 1
        for item in items:
            yield StoredEvent(
                id=f"{name}:{user}:{item}",
                user=f"{name}:user-{user}",
                kind=Kind.SAVE,
                time=SAVED_AT_MS,
                item=f"{name}:{item}",
            )


def _bags(folder: Path) -> dict[int, Words | Rejected]:
    """The words of each item by `mult.dat`, whose lines are a count and then `word:times` pairs."""
    vocabulary = _names(folder, "vocabulary.dat")
    bags: dict[int, Words | Rejected] = {}
    with open_in(folder, "mult.dat") as file:
        for line, raw in numbered_lines(file):
            pairs = [(int(word), int(times)) for word, times in _PAIR.findall(text(raw))]
            known = all(word < len(vocabulary) for word, _ in pairs)
            if len(pairs) != len(raw.split()) - 1 or not known or sum(n for _, n in pairs) > _LONGEST:
                reason = (
                    f"mult.dat: not a count, then up to {_LONGEST} words as `number:times`; correct the line"
                )
                bags[line - 1] = reject(line, reason, raw)
            else:
                bags[line - 1] = Words({vocabulary[word]: times for word, times in pairs})
    return bags


def _tags(folder: Path) -> dict[int, list[int]]:
    """The tags of each item, by whichever of the two files the dataset has."""
    if (folder / "item-tag.dat").exists():
        return {line - 1: tags for line, tags in _tag_lines(folder, "item-tag.dat")}
    if not (folder / "tag-item.dat").exists():
        raise SourceError(
            f"{folder}: neither item-tag.dat nor tag-item.dat; give a folder of citeulike-a or -t"
        )
    of_item: dict[int, list[int]] = {}
    for line, items in _tag_lines(folder, "tag-item.dat"):
        for item in items:
            of_item.setdefault(item, []).append(line - 1)
    return of_item


def _tag_lines(folder: Path, name: str) -> Iterator[tuple[int, list[int]]]:
    for line, numbers in _counted(folder, name):
        if isinstance(numbers, Rejected):
            raise SourceError(f"{folder}: line {line} of {numbers.reason}")
        yield line, list(dict.fromkeys(numbers))


def _topics(folder: Path, tags: dict[int, list[int]]) -> dict[int, list[str]]:
    """Up to five tags of each item by name, those with the most items first."""
    names = _names(folder, "tags.dat")
    uses = Counter(tag for own in tags.values() for tag in own)
    if uses and max(uses) >= len(names):
        raise SourceError(
            f"{folder / 'tags.dat'}: has {len(names)} tags, but tag {max(uses)} is used; fetch it anew"
        )
    best = {item: sorted(own, key=lambda tag: (-uses[tag], tag))[:_TOPICS] for item, own in tags.items()}
    return {item: [names[tag] for tag in own] for item, own in best.items()}


def _counted(folder: Path, name: str) -> Iterator[tuple[int, list[int] | Rejected]]:
    """(line number, numbers) of a file whose lines are a count and then that many numbers."""
    with open_in(folder, name) as file:
        for line, raw in numbered_lines(file):
            cells = raw.split()
            numbers = [int(cell) for cell in cells if cell.isdigit() and len(cell) < 10]
            if numbers and len(numbers) == len(cells) == numbers[0] + 1:
                yield line, numbers[1:]
            else:
                yield line, reject(line, f"{name}: not a count and as many numbers; correct the line", raw)


def _names(folder: Path, name: str) -> list[str]:
    with open_in(folder, name) as file:
        return [text(raw).strip() for _, raw in numbered_lines(file)]
