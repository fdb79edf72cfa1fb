"""A personal paper recommender that learns from feedback: the library.

    from recsys import Hybrid

`recsys` is plain data in, plain data out; it imports neither `service` nor `training`.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recsys.hybrid import Hybrid as Hybrid

__all__ = ["Hybrid"]
__version__ = version("recsys")


def __getattr__(name: str) -> Any:
    """Import `Hybrid` when it is asked for, so that the CLI and the service start without the trainers."""
    if name == "Hybrid":
        from recsys.hybrid import Hybrid

        return Hybrid
    raise AttributeError(f"module 'recsys' has no attribute {name!r}")
