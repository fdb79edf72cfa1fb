"""Readers' own tokens and saved searches, in the record."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from recsys.store import Scope, Store
from recsys.store.schema import user_tokens


@pytest.mark.parametrize("scope", list(Scope))
def test_a_token_opens_its_scope_until_it_is_revoked(store: Store, scope: Scope) -> None:
    [other] = set(Scope) - {scope}
    info, token = store.tokens.create("ada", scope, "phone")
    assert token.startswith(f"{scope}_{info.id}_")
    assert store.tokens.verify(token, scope) == info
    assert store.tokens.verify(token, other) is None
    assert store.tokens.verify(token.replace(scope, other, 1), other) is None
    assert store.tokens.of_user("ada", scope) == [info]
    assert store.tokens.of_user("ada", other) == []
    assert not store.tokens.revoke(info.id, "bob", scope)
    assert not store.tokens.revoke(info.id, "ada", other)
    assert store.tokens.revoke(info.id, "ada", scope)
    assert not store.tokens.revoke(info.id, "ada", scope)
    assert store.tokens.verify(token, scope) is None
    assert store.tokens.of_user("ada", scope) == []


def test_the_secret_is_not_in_the_record(store: Store) -> None:
    secret = store.tokens.create("ada", Scope.FEED)[1].split("_", 2)[2]
    with store.database.reading() as connection:
        [row] = connection.execute(select(user_tokens))
    assert not any(secret in str(value) for value in row)


@given(noise=st.text(), change=st.integers(0, 70))
@settings(settings.get_profile("record"))
def test_nothing_else_is_a_token(store: Store, noise: str, change: int) -> None:
    info, token = store.tokens.create("ada", Scope.APP)
    altered = token[:change] + noise + token[change + 1 :]
    for candidate in (noise, f"ra_{noise}", f"ra_{info.id}_{noise}", altered, token[:-1], token + "\ud800"):
        assert (store.tokens.verify(candidate, Scope.APP) is not None) == (candidate == token)


def test_searches_are_each_reader_s_own(store: Store) -> None:
    one = store.searches.save("ada", "halo")
    assert store.searches.save("ada", "halo") == one
    two = store.searches.save("ada", "redshift")
    assert store.searches.save("bob", "halo").id != one.id
    assert store.searches.of_user("ada") == [one, two]
    assert store.searches.get(one.id, "ada") == one
    assert store.searches.get(one.id, "bob") is None
    assert not store.searches.remove(one.id, "bob")
    assert store.searches.remove(one.id, "ada")
    assert store.searches.of_user("ada") == [two]
