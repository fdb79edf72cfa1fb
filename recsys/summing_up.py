"""The weights of a reader's papers summed up by topic and by author, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from recsys.events import Kind
from recsys.papers import Paper
from recsys.profile import UserState

_SMALLEST = 0.02  # part of all that was done; what comes to less is not worth a sentence
_MOST = 10  # topics, and authors, of each sign
_FEWEST_PAPERS = {"topic": 1, "author": 2}  # one paper tells nothing of its authors

_FOR = {
    Kind.LIKE: "liked",
    Kind.SAVE: "saved",
    Kind.SEED: "named as yours",
    Kind.READ: "read",
    Kind.CLICK: "opened",
    Kind.PREFER: "preferred",
    Kind.HIDE: "knew already",
    Kind.DISLIKE: "knew already",
}
_AGAINST = {
    Kind.DISLIKE: "disliked",
    Kind.HIDE: "hid",
    Kind.READ: "left at once",
    Kind.CLICK: "left at once",
    Kind.PREFER: "liked less than another",
    Kind.IMPRESSION: "passed over",
}
_ELSE = "compared with others"


About = Literal["topic", "author"]
_SUMMED: tuple[About, ...] = ("topic", "author")


class Sum(NamedTuple):
    """What a reader's papers of one topic or author come to; `weight` is its signed part of all."""

    about: About
    name: str
    text: str
    weight: float
    items: tuple[str, ...]


def summed_up(state: UserState, weights: Mapping[str, float], papers: Mapping[str, Paper]) -> list[Sum]:
    """Topics and authors that the reader likes or doesn't, the weightiest first.

    Args:
        state: the reader's.
        weights: signed, of each of their papers.
        papers: by id; what is unknown counts for no topic.
    """
    whole = sum(abs(weight) for weight in weights.values())
    found = []
    for about in _SUMMED:
        for name, items in _by_name(about, weights, papers):
            weight = sum(weights[item] for item in items) / whole if whole else 0.0
            if abs(weight) >= _SMALLEST and len(items) >= _FEWEST_PAPERS[about]:
                text = _words(about, name, weight > 0, items, state, weights)
                found.append(Sum(about, name, text, weight, tuple(items)))
    found.sort(key=lambda sum_: (-abs(sum_.weight), sum_.about, sum_.name))
    kept: dict[tuple[str, bool], int] = {}
    best = []
    for sum_ in found:
        group = sum_.about, sum_.weight > 0
        kept[group] = kept.get(group, 0) + 1
        if kept[group] <= _MOST:
            best.append(sum_)
    return best


def _by_name(
    about: About, weights: Iterable[str], papers: Mapping[str, Paper]
) -> Iterator[tuple[str, list[str]]]:
    """The papers of each topic or author, whatever case it is written in."""
    members: dict[str, list[str]] = {}
    written: dict[str, str] = {}
    for item in weights:
        if item in papers:
            names = papers[item].topics if about == "topic" else papers[item].authors
            for key, name in {name.casefold(): name for name in names}.items():
                members.setdefault(key, []).append(item)
                written.setdefault(key, name)
    for key, items in members.items():
        yield written[key], items


def _words(
    about: About,
    name: str,
    liked: bool,
    items: Iterable[str],
    state: UserState,
    weights: Mapping[str, float],
) -> str:
    own = set(items)
    subject = name if about == "topic" else f"papers by {name}"
    ours, theirs = _counted(liked, own, state, weights), _counted(not liked, own, state, weights)
    but = f", though also {theirs}" if theirs else ""
    return f"You {'like' if liked else 'don’t like'} {subject}: {ours}{but}"


def _counted(positive: bool, own: set[str], state: UserState, weights: Mapping[str, float]) -> str:
    """Such as `6 of the 9 papers you liked or saved`; empty where none is of the topic."""
    all_ = [item for item, weight in weights.items() if (weight > 0) == positive and weight]
    among = sum(item in own for item in all_)
    if not among:
        return ""
    acts = _joined(_FOR if positive else _AGAINST, all_, state)
    if len(all_) == 1:
        return f"the one paper you {acts}"
    number = (
        "both"
        if among == len(all_) == 2
        else "all"
        if among == len(all_)
        else f"{among if among > 1 else 'one'} of the"
    )
    return f"{number}{'' if number == 'both' else f' {len(all_)}'} papers you {acts}"


def _joined(words: Mapping[Kind, str], items: Iterable[str], state: UserState) -> str:
    done = {words.get(state.signals[item].act, _ELSE) if item in state.signals else _ELSE for item in items}
    ordered = [word for word in dict.fromkeys([*words.values(), _ELSE]) if word in done]
    return ordered[0] if len(ordered) == 1 else f"{', '.join(ordered[:-1])} or {ordered[-1]}"
