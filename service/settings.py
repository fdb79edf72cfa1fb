"""What the service is told by its environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, field_validator

from recsys.home import Home
from service.mail.settings import SmtpSettings


class Settings(BaseModel):
    """One installation's settings; every worker process reads the same."""

    model_config = ConfigDict(frozen=True)

    home: Path
    database_url: str
    redis_url: str
    cors_origins: tuple[str, ...] = ()  # web pages of these origins may call the API; none by default
    public_url: str | None = None  # what addresses in feeds and mails begin with; else as the request says
    smtp: SmtpSettings | None = None

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, url: str | None) -> str | None:
        if url and not url.startswith(("http://", "https://")):
            raise ValueError("RECSYS_PUBLIC_URL: give an address that starts with http:// or https://")
        return url.rstrip("/") if url else None

    @classmethod
    def from_environment(cls) -> Self:
        """From RECSYS_HOME, DATABASE_URL, REDIS_URL, RECSYS_PUBLIC_URL, RECSYS_CORS_ORIGINS by commas,
        and what `SmtpSettings` reads.

        Raises:
            recsys.errors.UserError: the settings of mail are wrong.
        """
        home = Home(os.environ.get("RECSYS_HOME", "./var"))
        origins = os.environ.get("RECSYS_CORS_ORIGINS", "").split(",")
        return cls(
            home=home.path,
            database_url=home.database_url(os.environ.get("DATABASE_URL")),
            redis_url=home.redis_url(),
            cors_origins=tuple(origin.strip() for origin in origins if origin.strip()),
            public_url=os.environ.get("RECSYS_PUBLIC_URL") or None,
            smtp=SmtpSettings.from_environment(),
        )
