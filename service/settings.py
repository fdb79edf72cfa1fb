"""What the service is told by its environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

from recsys.home import Home


class Settings(BaseModel):
    """One installation's settings; every worker process reads the same."""

    model_config = ConfigDict(frozen=True)

    home: Path
    database_url: str
    redis_url: str
    cors_origins: tuple[str, ...] = ()  # web pages of these origins may call the API; none by default

    @classmethod
    def from_environment(cls) -> Self:
        """From RECSYS_HOME, DATABASE_URL, REDIS_URL and RECSYS_CORS_ORIGINS (separated by commas)."""
        home = Home(os.environ.get("RECSYS_HOME", "./var"))
        origins = os.environ.get("RECSYS_CORS_ORIGINS", "").split(",")
        return cls(
            home=home.path,
            database_url=home.database_url(os.environ.get("DATABASE_URL")),
            redis_url=home.redis_url(),
            cors_origins=tuple(origin.strip() for origin in origins if origin.strip()),
        )
