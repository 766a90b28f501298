"""An installation in a folder of its own, as ``listener init`` would write it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from listener.bootstrap import Listener
from listener.loading import Environment
from listener.starter import Answers, write
from tests.factories import NOW


@contextmanager
def installed(
    folder: Path, database_url: str, *, people: str = "", trades: tuple[str, ...] = (), now: datetime = NOW
) -> Iterator[Listener]:
    """晨曜汽车 with ``people`` (TOML) beside those of the starter, at ``now``; its database is closed at the end."""
    write(folder, Answers(company="晨曜汽车", brands=("晨曜",), trades=trades))
    file = folder / "config" / "people.toml"
    file.write_text(file.read_text(encoding="utf-8") + people, encoding="utf-8")
    made = Listener.from_folder(folder / "config", environment=Environment(database_url=database_url, now=now))
    yield made
    made.database.close()


@contextmanager
def bare(folder: Path, database_url: str, *, people: str = "") -> Iterator[Listener]:
    """晨曜汽车 with nothing but a name and ``people``, at ``NOW``; its database is closed at the end."""
    config = folder / "config"
    config.mkdir()
    (config / "listener.toml").write_text('company = "晨曜汽车"\n', encoding="utf-8")
    (config / "people.toml").write_text(people, encoding="utf-8")
    made = Listener.from_folder(config, environment=Environment(database_url=database_url, now=NOW))
    yield made
    made.database.close()


def bring_in(listener: Listener, folder: Path, headings: Sequence[str], *rows: Sequence[str]) -> None:
    """Import customers from a table with these ``headings``."""
    path = folder / "customers.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([headings, *rows])
    listener.import_customers(path, {})
