"""Errors that a user can mend: commands print them as one line, without a traceback."""

from __future__ import annotations


class UserError(Exception):
    """Something the user can mend; the message names what is wrong and how to mend it."""
