"""All rows of a database in another one: how a copy is made, put back, and moved between SQLite and PostgreSQL.

A copy is one SQLite file, whatever it was made of: it can be opened anywhere, and put back into either.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    delete,
    func,
    insert,
    literal_column,
    make_url,
    select,
    text,
    update,
)

from listener.errors import BadInput, Mistake, NeedsOperator
from listener.language import say
from listener.store.engine import Database, newest_migration
from listener.store.tables import Base
from listener.system_words import in_words

__all__ = ["busy", "copy_rows", "empty", "file_of", "flaw_of", "rows_in", "save_copy", "settle", "tables"]

PAGE = 2000
"""Rows in one statement."""

Progress = Callable[[str, int], None]
"""Called with a table's name and how many of its rows were written since the last call."""


def tables() -> Sequence[Table]:
    """Every table of ours, those first to which others refer."""
    return Base.metadata.sorted_tables


def file_of(database: Database) -> Path:
    """The file of a SQLite database."""
    return Path(make_url(database.url).database or "").resolve()


def empty(database: Database) -> bool:
    """True where nothing is stored yet."""
    with database.engine.connect() as connection:
        one: ColumnElement[int] = literal_column("1")
        return not any(connection.execute(select(one).select_from(table).limit(1)).first() for table in tables())


def rows_in(database: Database) -> dict[str, int]:
    """How many rows each table has."""
    with database.engine.connect() as connection:
        return {table.name: _count(connection, table) for table in tables()}


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def busy(database: Database) -> bool:
    """True where another process of ours has the database open.

    On SQLite nobody else may when its journal is changed (https://www.sqlite.org/wal.html#persistence_of_wal_mode: a
    connection in WAL mode holds a shared lock as long as it lives); on PostgreSQL the server knows who is called so.
    """
    if database.is_sqlite:
        database.close()  # our own connections would be in the way
        with closing(sqlite3.connect(file_of(database), timeout=0.2, isolation_level=None)) as connection:
            try:
                return str(connection.execute("PRAGMA journal_mode=DELETE").fetchone()[0]) != "delete"
            except sqlite3.OperationalError:
                return True
    ours = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'listener' "
    with database.engine.connect() as connection:
        return bool(connection.execute(text(ours + "AND pid <> pg_backend_pid()")).scalar())


def copy_rows(source: Database, target: Database, *, clear: bool = False, progress: Progress = lambda *_: None) -> int:
    """Write every row of ``source`` as it is at one moment into ``target``, whose tables are up to date; how many.

    One transaction: all of it or nothing. With ``clear`` what stands there goes first.
    """
    reading = source.engine.execution_options(listener_write=False)
    if not source.is_sqlite:
        reading = reading.execution_options(isolation_level="REPEATABLE READ")
    written = 0
    with reading.connect() as old, target.engine.execution_options(listener_write=True).begin() as new:
        if clear:
            for table in reversed(tables()):
                new.execute(delete(table))
        for table in tables():
            written += _copy_table(old, new, table, progress)
        if not target.is_sqlite:
            _count_on(new)
    return written


def _copy_table(old: Connection, new: Connection, table: Table, progress: Progress) -> int:
    """Copy one table. A row may refer to a later one of its own table: such columns are filled in afterwards."""
    inner = {key.parent.name for key in table.foreign_keys if key.column.table is table}
    later: list[dict[str, Any]] = []
    written = 0
    found = old.execution_options(yield_per=PAGE).execute(select(table)).mappings()
    for part in found.partitions(PAGE):
        rows = [dict(row) for row in part]
        later += [_inner(table, row, inner) for row in rows if any(row[name] is not None for name in inner)]
        new.execute(insert(table), [row | dict.fromkeys(inner) for row in rows])
        written += len(rows)
        progress(table.name, len(rows))
    for row in later:
        same = [column == row[column.name] for column in table.primary_key]
        new.execute(update(table).where(*same).values({name: row[name] for name in inner}))
    return written


def _inner(table: Table, row: Mapping[str, Any], inner: set[str]) -> dict[str, Any]:
    return {name: row[name] for name in (*(column.name for column in table.primary_key), *inner)}


def _count_on(connection: Connection) -> None:
    """Let PostgreSQL's counters go on behind the highest number of each table."""
    for table in tables():
        number = table.autoincrement_column
        if number is None:
            continue
        counter = connection.execute(select(func.pg_get_serial_sequence(table.name, number.name))).scalar()
        highest = connection.execute(select(func.max(number))).scalar()
        if counter and highest:
            connection.execute(select(func.setval(counter, highest)))


def save_copy(database: Database, path: Path, progress: Progress = lambda *_: None) -> None:
    """Make a copy of the database at ``path``, checked, readable by its owner only; whole, or not there at all.

    The daemon may go on meanwhile. ``BadInput`` where a file of that name exists, ``NeedsOperator`` where none can be
    written.
    """
    if path.exists():
        mend = say("换一个文件名", "choose another name")
        raise BadInput(Mistake(str(path), say("文件已存在", "exists already"), mend))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _save(database, path, progress)
    except (OSError, sqlite3.Error) as error:
        why = in_words(error)
        raise NeedsOperator(say(f"备份没有写成：{path}：{why}", f"no copy was made: {path}: {why}")) from None


def _save(database: Database, path: Path, progress: Progress) -> None:
    part = path.with_name(path.name + ".part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _fill(database, part, progress)
        settle(part)
        part.rename(path)
    finally:
        for leaf in ("", "-wal", "-shm", "-journal"):
            part.with_name(part.name + leaf).unlink(missing_ok=True)


def _fill(database: Database, part: Path, progress: Progress) -> None:
    if database.is_sqlite:
        # one moment's state, and none of what was deleted (https://www.sqlite.org/lang_vacuum.html#vacuuminto)
        with closing(sqlite3.connect(file_of(database), timeout=30)) as connection:
            connection.execute("VACUUM INTO ?", (str(part),))
        return
    target = Database(f"sqlite:///{part}")
    try:
        target.upgrade()
        copy_rows(database, target, progress=progress)
    finally:
        target.close()


def settle(part: Path) -> None:
    """One file without a log beside it, on the disk, and sound."""
    with closing(sqlite3.connect(part)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        said = connection.execute("PRAGMA integrity_check").fetchone()[0]
    if said != "ok":
        raise sqlite3.DatabaseError(said)
    with part.open("rb") as file:
        os.fsync(file.fileno())


def flaw_of(path: Path) -> str:
    """Why a file is no copy that can be put back here; "" where it is one. Its journal may be changed."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
            names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not {"alembic_version", "raw_mention"} <= names:
                return say("不是 listener 的备份", "is no copy of a listener database")
            revision = str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
            said = str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    except (sqlite3.Error, TypeError) as error:
        return say(f"不是完好的备份：{in_words(error)}", f"is no sound copy: {in_words(error)}")
    if revision > newest_migration():
        return say("由更新的版本写成，请先升级 listener", "was made by a newer version; upgrade listener first")
    return "" if said == "ok" else say(f"文件已损坏：{said}", f"the file is damaged: {said}")
