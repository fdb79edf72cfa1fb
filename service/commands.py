"""`recsys up` and `recsys serve`."""

from __future__ import annotations

import os
import sys

import typer

from recsys.commands.options import HOME, DatabaseOption, HomeOption, RedisOption
from recsys.home import Home
from service.up import Plan, Supervisor, address_at, metrics_environment, parse_time

_HOST = typer.Option("127.0.0.1", help="The address to listen on.")
_PORT = typer.Option(8000, min=1, max=65535, help="The port to listen on.")
_WORKERS = typer.Option(1, min=1, max=64, help="Worker processes; they share the mapped bundle.")


def up(
    home: HomeOption = HOME,
    database_url: DatabaseOption = None,
    host: str = _HOST,
    port: int = _PORT,
    workers: int = _WORKERS,
    retrain_at: str = typer.Option("03:00", help="When to retrain, every night, local time."),
    embedder: str | None = typer.Option(None, help="minilm (first training's default), lsa, or a model."),
    demo: bool = typer.Option(True, help="Fill an empty catalogue with the demo."),
) -> None:
    """Start everything: record, Redis, first training, service, nightly retrain. Ctrl-C stops it all."""
    parse_time(retrain_at)
    plan = Plan(Home(home), database_url, host, port, workers, retrain_at, embedder, demo)
    Supervisor(plan, lambda line: print(line, flush=True)).run()


def serve(
    home: HomeOption = HOME,
    database_url: DatabaseOption = None,
    redis_url: RedisOption = None,
    host: str = _HOST,
    port: int = _PORT,
    workers: int = _WORKERS,
) -> None:
    """Start only the service, for those who run Redis and the nightly `recsys train` themselves."""
    place = Home(home)
    place.open_store(database_url).close()  # migrated once, before the workers start
    place.note_address(address_at(host, port))
    os.environ["RECSYS_HOME"] = str(place.path)
    os.environ["DATABASE_URL"] = place.database_url(database_url)
    os.environ["REDIS_URL"] = redis_url or place.redis_url()
    os.environ.update(metrics_environment(place, workers))
    command = [sys.executable, "-m", "uvicorn", "service.app:from_environment", "--factory", "--host", host]
    command += ["--port", str(port), "--workers", str(workers), "--no-access-log"]
    os.execv(sys.executable, command)  # noqa: S606 - the service takes this process's place
