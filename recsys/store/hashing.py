"""Secrets at rest: only the SHA-256 of a secret is stored.

A slow hash would protect guessable passwords; our secrets are 256 random bits, which nobody guesses.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

NO_HASH = "0" * 64  # what the secret of an unknown id is compared with, so that all takes the same work


def new_secret() -> str:
    """256 random bits, to be used in addresses."""
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def fits(secret: str, stored: str) -> bool:
    """Whether this is the secret of a stored hash, told in constant time."""
    return hmac.compare_digest(hash_of(secret), stored)
