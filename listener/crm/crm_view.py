"""Rows of a PostgreSQL view that any CRM can offer (docs/customers.md), read in one read-only transaction.

The view's columns are named as the import's fields are (``external_id``, ``name``, ``phone`` …). Nothing can be
written: the transaction is read-only by PostgreSQL's own rule, whatever rights the role has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
from psycopg import sql

from listener.errors import BadInput, Mistake, NeedsOperator
from listener.files.sheets import BadRow, Row
from listener.files.workbooks import cell
from listener.language import say
from listener.settings import VIEW
from listener.system_words import in_words

PAGE = 2000

PATIENCE = "10min"
"""Longest statement: a view over a busy CRM must not hold it for ever."""


def view_rows(url: str, view: str) -> Iterator[Row | BadRow]:
    """The rows of ``view``, numbered from 1, each cell as text; several values of an array stand in one cell.

    ``BadInput`` for what is no view's name or no ``postgresql://`` address, ``NeedsOperator`` where it cannot be read.
    """
    if not re.fullmatch(VIEW, view):
        raise BadInput(Mistake("--view", say(f"{view} 不是视图名", f"{view} is no view's name"), "schema.view"))
    if not url.startswith(("postgresql://", "postgres://")):
        what = say("不是 PostgreSQL 地址", "is no PostgreSQL address")
        raise BadInput(Mistake("--from-view", what, "postgresql://reader@host/crm"))
    try:
        with psycopg.connect(url, connect_timeout=15) as connection:
            connection.read_only = True
            connection.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(sql.Literal(PATIENCE)))
            yield from _rows(connection, view)
            connection.rollback()
    except psycopg.Error as error:
        raise NeedsOperator(_unreadable(view, error)) from None


def _rows(connection: psycopg.Connection, view: str) -> Iterator[Row]:
    query = sql.SQL("SELECT * FROM {}").format(sql.Identifier(*view.split(".")))
    with connection.cursor(name="listener_import") as cursor:
        cursor.itersize = PAGE
        cursor.execute(query)
        names: list[str] = []
        for number, values in enumerate(cursor, 1):
            names = names or [column.name for column in cursor.description or ()]
            yield Row(number, dict(zip(names, map(cell, values), strict=True)))


def _unreadable(view: str, error: psycopg.Error) -> str:
    """Why, in one line without the address: it may hold a password."""
    why = re.sub(r"postgres(?:ql)?://\S+", "postgresql://…", in_words(error))
    return say(f"无法读取视图 {view}：{why}", f"the view {view} cannot be read: {why}")
