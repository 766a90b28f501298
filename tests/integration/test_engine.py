"""The database itself: migrations, transactions, and that both kinds behave the same."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import col, select

from listener.errors import BadInput, NeedsOperator
from listener.store import captures
from listener.store.bulk import among
from listener.store.engine import Database
from listener.store.tables import Base, MentionRow, RawMentionRow, SlotRow
from tests.factories import raw

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=timezone(timedelta(hours=8)))


def raw_row(native_id: str = "1", digest: str = "d") -> RawMentionRow:
    return RawMentionRow(
        source="s", platform="feed", site="a.example", native_id=native_id, digest=digest, captured_at=NOON
    )


def test_migrations_make_exactly_the_tables(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Base.metadata) == []
    assert not database.behind()


def test_upgrade_twice_changes_nothing(database: Database) -> None:
    database.upgrade()
    assert not database.behind()


def test_times_come_back_aware_and_equal(database: Database) -> None:
    with database.write() as session:
        session.add(SlotRow(name="crawl", next_at=NOON))
    with database.read() as session:
        found = session.exec(select(SlotRow)).one()
    assert found.next_at == NOON
    assert found.next_at.tzinfo is UTC


def test_a_naive_time_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="without an offset"), database.write() as session:
        session.add(SlotRow(name="crawl", next_at=datetime(2026, 1, 1)))


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as session:
        session.add(raw_row())
        session.flush()
        raise RuntimeError
    with database.read() as session:
        assert session.exec(select(RawMentionRow)).all() == []


def test_a_mention_is_unique_by_platform_site_and_native_id(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(raw_row())
        session.flush()
        for _ in range(2):
            session.add(
                MentionRow(
                    raw_id=1, source="s", platform="feed", site="a", native_id="1", captured_at=NOON, happened_at=NOON
                )
            )
            session.flush()


def test_foreign_keys_hold(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(
            MentionRow(
                raw_id=99, source="s", platform="feed", site="a", native_id="1", captured_at=NOON, happened_at=NOON
            )
        )


def test_forty_writers_that_read_first_meet_no_lock(database: Database) -> None:
    failures: list[BaseException] = []

    def add(number: int) -> None:
        try:
            with database.write() as session:
                session.exec(select(RawMentionRow)).all()
                session.add(raw_row(str(number)))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with database.read() as session:
        assert len(session.exec(select(RawMentionRow)).all()) == 40


def test_sqlite_is_durable_and_checks_keys(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.read() as session:
        values = {name: session.exec(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")}  # type: ignore[call-overload]
    assert values == {"journal_mode": "wal", "synchronous": 2}
    database.close()


@pytest.mark.parametrize("url", ["nonsense", "oracle9://x/y", ""])
def test_a_bad_url_says_how_to_mend_it(url: str) -> None:
    with pytest.raises(BadInput, match="LISTENER_DATABASE_URL"):
        Database(url)


def test_a_file_that_is_no_database_needs_the_operator(tmp_path: Path) -> None:
    blocked = tmp_path / "folder.db"
    blocked.mkdir()
    with pytest.raises(NeedsOperator, match="数据库无法使用"):
        Database(f"sqlite:///{blocked}").upgrade()


def test_an_absent_server_needs_the_operator_and_hides_the_password() -> None:
    with pytest.raises(NeedsOperator) as caught:
        Database("postgresql://user:hunter2@127.0.0.1:1/none").upgrade()
    assert "hunter2" not in str(caught.value)


def test_sqlite_file_is_readable_by_other_tools(sqlite_url: str) -> None:
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_keys_of_several_columns_are_found_by_their_index_and_no_other_row_is(database: Database) -> None:
    """SQLite reads a whole table for row values; what the store asks for by many keys must not grow with the table."""
    with database.write() as session:
        for site, number in (("a", "1"), ("a", "2"), ("b", "1"), ("b", "3")):
            captures.save(session, [raw(number, site=site)])
    columns = (col(RawMentionRow.platform), col(RawMentionRow.site), col(RawMentionRow.native_id))
    wanted = [("discuz", "a", "1"), ("discuz", "a", "9"), ("discuz", "b", "3")]
    with database.read() as session:
        rows = session.exec(select(*columns).where(among(columns, wanted))).all()
        assert sorted(tuple(row) for row in rows) == [("discuz", "a", "1"), ("discuz", "b", "3")]
        assert not session.exec(select(*columns).where(among(columns, []))).all()
        if database.is_sqlite:
            asked = select(col(RawMentionRow.id)).where(among(columns, wanted))
            text = asked.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
            plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").all()
            assert not any(str(step[3]).startswith("SCAN") for step in plan), plan


def test_a_file_that_is_no_database_needs_the_operator_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "listener.db").write_text("no database at all, whatever its name says\n" * 99, encoding="utf-8")
    broken = Database(f"sqlite:///{tmp_path / 'listener.db'}")
    with pytest.raises(NeedsOperator, match="不是 SQLite 数据库文件"):
        broken.behind()
