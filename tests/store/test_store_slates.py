"""Slates come back exactly, and once."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import StatementError

from recsys.slates import Slate, SlateItem
from recsys.store import Store

finite = st.floats(allow_nan=False, allow_infinity=False)
items = st.builds(
    SlateItem,
    st.text(max_size=5),
    st.integers(0, 50),
    finite,
    st.floats(1e-300, 1.0),
    st.none() | st.booleans(),
    st.none() | st.just("live"),
)


@given(shown=st.lists(items, max_size=5).map(tuple))
@settings(settings.get_profile("record"))
def test_scores_and_propensities_are_exact(
    emptied: Callable[[], Store], shown: tuple[SlateItem, ...]
) -> None:
    store = emptied()
    slate = Slate("s", "ann", 5, "thompson", "b1", shown)
    store.slates.add([slate])
    assert store.slates.get("s") == slate


def test_the_first_of_an_id_stays(store: Store) -> None:
    first, second = (Slate("s", "ann", 5, policy, None, ()) for policy in ("one", "two"))
    store.slates.add([first, second])
    store.slates.add([second, Slate("t", "ann", 6, "two", "b", ())])
    store.slates.add([])
    assert store.slates.get("s") == first
    assert store.slates.get("nothing") is None
    assert store.slates.count() == 2


def test_a_users_last_slates(store: Store) -> None:
    slates = [Slate(f"s{n}", "ann" if n % 2 else "bob", n, "policy", None, ()) for n in range(6)]
    store.slates.add(slates)
    assert store.slates.of_user("ann", 2) == [slates[5], slates[3]]
    assert store.slates.of_user("ann", 0) == store.slates.of_user("eve", 9) == []


def test_a_score_that_is_no_number_is_refused(store: Store) -> None:
    with pytest.raises((ValueError, StatementError), match="JSON compliant"):
        store.slates.add([Slate("s", "ann", 5, "policy", None, (SlateItem("p", 0, math.nan, 1.0),))])
    assert store.slates.count() == 0
