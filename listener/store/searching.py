"""Searching every text and every stored byte of the database for somebody's values, and striking them out.

The tables are read from the database itself, so that one which a later version adds is searched as well. Encrypted
columns hold other customers' values and are left alone.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    Column,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    and_,
    delete,
    select,
    type_coerce,
    update,
)
from sqlmodel import Session

from listener.store.spellings import Sieve, Wanted, strike, strike_json, texts_of

PAGE = 2000

ENCRYPTED = ("cipher",)
"""Columns that nobody can search: their values are found by their customer."""

REMOVED_WHOLE = ("payload",)
"""Tables whose rows are worth nothing once a part is struck out: a body that has to be what its hash says."""


def tables_of(session: Session) -> MetaData:
    """Every table of the database as it is."""
    found = MetaData()
    found.reflect(session.connection())
    return found


class Hit(NamedTuple):
    """A row that holds a value: its table, its key, and the columns."""

    table: str
    key: tuple[Any, ...]
    columns: tuple[str, ...]


def find(session: Session, wanted: Wanted) -> list[Hit]:
    """Every row that holds one of the values. It only reads: nobody who writes has to wait for it."""
    found = []
    for table in tables_of(session).sorted_tables:
        keys = [key.name for key in table.primary_key.columns]
        for page in _pages(session, table):
            if not _passes(page, wanted.sieve()):
                continue
            for row in page:
                told = row._mapping
                names = _found_in(table, told, wanted)
                if names:
                    found.append(Hit(table.name, tuple(told[name] for name in keys), tuple(names)))
    return found


def _passes(page: Sequence[Any], sieve: Sieve) -> bool:
    """False where no row of the page can hold a value."""
    texts: list[str] = []
    for row in page:
        for value in row:
            if isinstance(value, str):
                texts.append(_unescaped(value))
            elif isinstance(value, bytes | memoryview):
                texts += texts_of(bytes(value))
            elif value and isinstance(value, dict | list):
                texts.append(json.dumps(value, ensure_ascii=False, default=str))
    return sieve.passes("\n\n\n".join(texts))  # no value has so many blanks in it


def places(hits: Iterable[Hit]) -> Counter[str]:
    """How many rows hold a value, by ``table.column``."""
    return Counter(f"{hit.table}.{name}" for hit in hits for name in hit.columns)


def strike_out(session: Session, hits: Iterable[Hit], wanted: Wanted, digest: Callable[[str], str]) -> int:
    """Strike the values out of these rows, as they are now; how many were changed.

    A text whose column has to stay unique becomes its keyed hash. Stored mail goes whole: it is made again where it
    still has to be sent.
    """
    tables, changed = tables_of(session).tables, 0
    for hit in hits:
        table = tables[hit.table]
        where = and_(*(key == value for key, value in zip(table.primary_key.columns, hit.key, strict=True)))
        row = session.execute(select(table).where(where)).mappings().first()
        names = _found_in(table, row, wanted) if row is not None else []
        if names:
            _mend(session, table, row, names, wanted, digest)
            changed += 1
    return changed


def _pages(session: Session, table: Table) -> Iterator[Sequence[Any]]:
    """The rows with the columns that can be searched, in pages by primary key."""
    columns = [column for column in table.columns if _is_text(column) or _is_blob(column)]
    keys = list(table.primary_key.columns)
    if not columns or not keys or table.name == "alembic_version":
        return
    raw = session.get_bind().dialect.name == "sqlite"
    chosen = [_unread(column) if raw else column for column in dict.fromkeys([*keys, *columns])]
    after: tuple[Any, ...] | None = None
    while True:
        statement = select(*chosen).order_by(*keys).limit(PAGE)
        page = session.execute(statement if after is None else statement.where(_beyond(keys, after))).all()
        yield page
        if len(page) < PAGE:
            return
        after = tuple(page[-1]._mapping[key.name] for key in keys)


def _unread(column: Column[Any]) -> Any:
    """JSON as the text that is stored: reading and writing a million of them takes minutes."""
    return type_coerce(column, String).label(column.name) if isinstance(column.type, JSON) else column


def _unescaped(text: str) -> str:
    """Text in which JSON may have escaped what is not ASCII, as it reads."""
    if "\\u" not in text:
        return text
    try:
        return text + "\n\n\n" + json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError:
        return text


def _beyond(keys: list[Column[Any]], after: tuple[Any, ...]) -> Any:
    """Rows after this key, in the order of the keys."""
    first, value = keys[0], after[0]
    if len(keys) == 1:
        return first > value
    return (first > value) | and_(first == value, _beyond(keys[1:], after[1:]))


def _is_text(column: Column[Any]) -> bool:
    return isinstance(column.type, String | JSON) and column.name not in ENCRYPTED


def _is_blob(column: Column[Any]) -> bool:
    return isinstance(column.type, LargeBinary) and column.name not in ENCRYPTED


def _found_in(table: Table, row: Any, wanted: Wanted) -> list[str]:
    """The columns of a row in which a value stands."""
    pattern = wanted.pattern(own=False)
    found = []
    for column in table.columns:
        value = row.get(column.name)
        if not value:
            continue
        if isinstance(value, bytes | memoryview):
            hit = any(pattern.search(text) for text in texts_of(bytes(value)))
        else:
            told = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
            hit = pattern.search(_unescaped(told)) is not None
        if hit and (_is_text(column) or _is_blob(column)):
            found.append(column.name)
    return found


def _mend(
    session: Session, table: Table, row: Any, names: list[str], wanted: Wanted, digest: Callable[[str], str]
) -> None:
    where = and_(*(key == row[key.name] for key in table.primary_key.columns))
    if table.name in REMOVED_WHOLE:
        session.execute(delete(table).where(where))
        return
    mended = {name: _mended(table, name, row[name], wanted, digest) for name in names}
    session.execute(update(table).where(where).values(**mended))


def _mended(table: Table, name: str, value: Any, wanted: Wanted, digest: Callable[[str], str]) -> Any:
    column, pattern = table.columns[name], wanted.pattern(own=False)
    if isinstance(value, bytes | memoryview):
        return None if column.nullable else b""
    if not isinstance(value, str):
        return strike_json(value, pattern)
    return digest(value) if _is_unique(table, name) else strike(value, pattern)


def _is_unique(table: Table, name: str) -> bool:
    """True where two rows must not hold the same there: stars would make different ones alike."""
    sets = [constraint.columns for constraint in table.constraints if isinstance(constraint, UniqueConstraint)]
    sets += [index.columns for index in table.indexes if index.unique]
    return name in table.primary_key.columns or any(name in columns for columns in sets)


def strike_rows(session: Session, table: Table, where: Any, wanted: Wanted) -> int:
    """Strike the values and names out of the rows that are surely theirs; how many were changed."""
    names = [column.name for column in table.columns if _is_text(column) and not _is_unique(table, column.name)]
    keys = list(table.primary_key.columns)
    pattern, changed = wanted.pattern(own=True), 0
    rows = session.execute(select(*keys, *(table.columns[name] for name in names)).where(where)).mappings().all()
    mend = partial(strike_json, pattern=pattern)
    for row in rows:
        new = {name: mend(row[name]) for name in names if row[name]}
        new = {name: value for name, value in new.items() if value != row[name]}
        if new:
            session.execute(update(table).where(*(key == row[key.name] for key in keys)).values(**new))
            changed += 1
    return changed
