"""The pages, as the application takes them in: one router for each view."""

from __future__ import annotations

from service.site import (
    about_me,
    acts,
    elsewhere,
    library,
    paper,
    search,
    sign_in,
    start,
    static,
    today,
    trending,
)

VIEWS = (static, sign_in, start, today, acts, paper, search, trending, library, about_me, elsewhere)
