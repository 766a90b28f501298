"""Copies of the database: made while others work, put back into either kind, moved; who was erased stays erased."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import select as pick
from typer.testing import CliRunner

from listener.bootstrap import Listener
from listener.cli import app
from listener.errors import BadInput, NeedsOperator
from listener.keeping import Keeping, nightly
from listener.loading import Environment
from listener.store import captures, copying, residue
from listener.store.engine import Database
from listener.store.tables import AlertRow
from tests.factories import HOUR, NOW, raw
from tests.installations import installed
from tests.integration.test_erasing import PEOPLE, VALUES, lived_in, said

Rows = dict[str, list[tuple[Any, ...]]]


def rows_of(database: Database) -> Rows:
    """Every row of every table."""
    with database.engine.connect() as connection:
        found = {table.name: connection.execute(select(table)).all() for table in copying.tables()}
    return {name: sorted((tuple(row) for row in rows), key=repr) for name, rows in found.items()}


def rows_at(path: Path) -> Rows:
    database = Database(f"sqlite:///{path}")
    try:
        return rows_of(database)
    finally:
        database.close()


@contextmanager
def keeping(home: Path, url: str) -> Iterator[Keeping]:
    """The installation at ``home`` on the database at ``url``, as another process opens it."""
    environment = Environment(database_url=url, now=NOW)
    found = Keeping.from_folder(home / "config", environment=environment)
    yield found
    found.database.close()


@pytest.fixture
def listener(tmp_path: Path, database_url: str) -> Iterator[Listener]:
    """A lived-in installation, once on each kind of database."""
    with installed(tmp_path, database_url, people=PEOPLE) as found:
        yield lived_in(found)


def test_a_copy_holds_every_row_and_is_put_back_whole(listener: Listener, tmp_path: Path) -> None:
    home, url, before = listener.settings.home, listener.settings.database_url, rows_of(listener.database)
    with keeping(home, url) as found:
        path = found.backup(None)
    assert path.parent == home / "var" / "backups" and path.stat().st_mode & 0o777 == 0o600
    assert rows_at(path) == before and sum(map(len, before.values())) > 60
    assert [one.name for one in path.parent.iterdir()] == [path.name], "no part, log or journal is left beside it"
    said(listener, "9", "备份之后才说的话")
    listener.database.close()

    with keeping(home, url) as found:
        with pytest.raises(BadInput, match="--replace"):
            found.restore(path)
        done = found.restore(path, replace=True)
        assert rows_of(found.database) == before
        with found.database.write() as session:  # numbers go on behind the highest one
            assert captures.save(session, [raw("10", content="恢复之后", published_at=NOW - HOUR)]) == 1
    assert done.kept is not None and len(rows_at(done.kept)["raw_mention"]) == len(before["raw_mention"]) + 1
    assert (done.customers, done.mentions) == (0, 0)


def test_who_was_erased_since_the_copy_is_erased_again(listener: Listener) -> None:
    home, url = listener.settings.home, listener.settings.database_url
    with keeping(home, url) as found:
        path = found.backup(home / "elsewhere.db")
    listener.erase_customer("K1", "李隐私")
    listener.database.close()
    with keeping(home, url) as found:
        done = found.restore(path, replace=True)
        assert done.customers == 1
        rows = repr(rows_of(found.database))
        assert not any(value in rows for value in VALUES)
        if found.database.is_sqlite:
            found.database.close()
            wanted = [value.encode() for value in VALUES]
            for file in residue.files(copying.file_of(found.database)):
                assert not any(value in file.read_bytes() for value in wanted), file


def test_an_erased_mention_that_still_waits_in_the_copy_is_emptied_too(tmp_path: Path, sqlite_url: str) -> None:
    with installed(tmp_path, sqlite_url, people=PEOPLE) as listener:
        said(listener, "5", "晨曜S7刹车失灵，找我 13800138001", author_id="66")
        home = listener.settings.home
        with keeping(home, sqlite_url) as found:
            path = found.backup(None)
        listener.process()
        listener.erase_customer("", "李隐私", "discuz:66")
        listener.database.close()
        with keeping(home, sqlite_url) as found:
            assert found.restore(path, replace=True).mentions == 1
            assert "13800138001" not in repr(rows_of(found.database)) and not rows_of(found.database)["pending_capture"]


def test_everything_moves_to_the_other_kind_and_back(tmp_path: Path, sqlite_url: str, postgres_url: str) -> None:
    with installed(tmp_path, sqlite_url, people=PEOPLE) as listener:
        before = rows_of(lived_in(listener).database)
        listener.database.close()
        home = listener.settings.home
    with keeping(home, sqlite_url) as found:
        assert found.move(postgres_url) == sum(map(len, before.values()))
        with pytest.raises(BadInput, match="不是空的"):
            found.move(postgres_url)
    with keeping(home, postgres_url) as found:
        moved = rows_of(found.database)
        assert {name: len(rows) for name, rows in moved.items()} == {name: len(rows) for name, rows in before.items()}
        assert found.move(f"sqlite:///{tmp_path / 'back.db'}") == sum(map(len, before.values()))
        with pytest.raises(BadInput, match="就是现在的数据库"):
            found.move(postgres_url)
    assert rows_at(tmp_path / "back.db") == before
    again = Listener.from_folder(home / "config", environment=Environment(database_url=postgres_url, now=NOW))
    said(again, "20", "晨曜S7又漏油了，4S店不管")
    assert again.process().mentions == 1, "and the installation works on"
    again.database.close()


def test_while_another_process_works_nothing_is_replaced(listener: Listener) -> None:
    home, url = listener.settings.home, listener.settings.database_url
    with keeping(home, url) as found:
        path = found.backup(None)
        before = rows_of(found.database)
        with listener.database.read() as session:
            session.connection()
            with pytest.raises(NeedsOperator, match="先停止守护进程"):
                found.restore(path, replace=True)
        assert rows_of(found.database) == before


def test_a_copy_is_made_while_the_daemon_writes_and_has_none_of_what_is_half_done(
    tmp_path: Path, sqlite_url: str
) -> None:
    with installed(tmp_path, sqlite_url, people=PEOPLE) as listener:
        said(listener, "1", "晨曜S7刹车失灵")
        with keeping(listener.settings.home, sqlite_url) as found, listener.database.write() as session:
            captures.save(session, [raw("2", content="还没写完", published_at=NOW - HOUR)])
            copied = rows_at(found.backup(None))
    assert [row[4] for row in copied["raw_mention"]] == ["1"]


def broken(path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[8192 : 8192 + 4096] = b"\xff" * 4096
    path.write_bytes(body)


def later(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()


@pytest.mark.parametrize(
    ("spoil", "said_of_it"),
    [
        (lambda path: path.write_bytes(b"no database"), "不是完好的备份"),
        (lambda path: path.write_bytes(b""), "不是 listener 的备份"),
        (lambda path: path.write_bytes(path.read_bytes()[:20_000]), "备份|损坏"),
        (broken, "备份|损坏"),
        (later, "更新的版本"),
        (lambda path: path.with_name(path.name + "-wal").write_bytes(b"x"), "仍在使用"),
        (lambda path: path.unlink(), "没有这个文件"),
    ],
)
def test_what_is_no_copy_is_refused_in_one_line_and_changes_nothing(
    tmp_path: Path, sqlite_url: str, spoil: Any, said_of_it: str
) -> None:
    with installed(tmp_path, sqlite_url, people=PEOPLE) as listener:
        said(listener, "1", "晨曜S7刹车失灵")
        home = listener.settings.home
    with keeping(home, sqlite_url) as found:
        path = found.backup(None)
        before = rows_of(found.database)
        spoil(path)
        with pytest.raises(BadInput, match=said_of_it):
            found.restore(path, replace=True)
        assert rows_of(found.database) == before


def test_a_copy_of_another_key_file_is_refused(tmp_path: Path, sqlite_url: str) -> None:
    with installed(tmp_path, sqlite_url, people=PEOPLE) as listener:
        home = lived_in(listener).settings.home
        key = listener.settings.key_file
    with keeping(home, sqlite_url) as found:
        path = found.backup(None)
        key.unlink()
        copying.file_of(found.database).unlink()
    with keeping(home, sqlite_url) as found:
        assert found.vault.key_id, "a new key file was made for the new database"
        with pytest.raises(NeedsOperator, match="不属于这个数据库"):
            found.restore(path, replace=True)


def test_a_copy_that_cannot_be_written_leaves_nothing_half(tmp_path: Path, sqlite_url: str) -> None:
    with installed(tmp_path, sqlite_url, people=PEOPLE) as listener:
        home = listener.settings.home
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    with keeping(home, sqlite_url) as found:
        with pytest.raises(NeedsOperator, match="备份没有写成"):
            found.backup(tmp_path / "file" / "copy.db")
        path = found.backup(tmp_path / "copy.db")
        with pytest.raises(BadInput, match="文件已存在"):
            found.backup(path)
        with pytest.raises(NeedsOperator):
            found.move("postgresql://nobody@127.0.0.1:1/none")


def test_each_night_one_copy_is_made_and_the_oldest_goes(tmp_path: Path, sqlite_url: str) -> None:
    night = datetime(2026, 11, 28, 3, 30)
    with installed(tmp_path, sqlite_url, people=PEOPLE) as listener:
        other = tmp_path / "copies" / "before-restore-20261101-030000.db"
        other.parent.mkdir()
        other.touch()
        for day in range(4):
            nightly(listener.database, other.parent, 2, night + timedelta(days=day))
    names = [path.name for path in sorted(other.parent.iterdir())]
    assert names == [other.name, "listener-20261130-033000.db", "listener-20261201-033000.db"]


def test_a_night_without_a_copy_is_told_to_the_operator_once(tmp_path: Path, sqlite_url: str) -> None:
    with installed(tmp_path, sqlite_url, people=PEOPLE) as listener:
        file = listener.settings.config_dir / "listener.toml"
        (tmp_path / "full").write_text("no folder", encoding="utf-8")
        told_where = file.read_text(encoding="utf-8").replace("[backup]\n", '[backup]\nfolder = "full"\n')
        file.write_text(told_where, encoding="utf-8")
        listener.reload()
        listener.housekeeping()
        listener.housekeeping()
        with listener.database.read() as session:
            told = [row.reason for row in session.exec(pick(AlertRow)) if row.subject.startswith("backup:")]
    assert len(told) == 1 and "备份没有写成" in told[0]


def test_the_commands_say_what_was_done(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with installed(tmp_path, sqlite_url, people=PEOPLE) as listener:
        said(listener, "1", "晨曜S7刹车失灵")
        monkeypatch.chdir(listener.settings.home)
    monkeypatch.setenv("LISTENER_DATABASE_URL", sqlite_url)

    def run(*words: str) -> str:
        result = CliRunner().invoke(app, ["db", *words])
        assert result.exit_code == 0, result.exception
        return result.output

    told = run("backup", str(tmp_path / "a.db"))
    assert "已校验" in told and "密钥文件" in told
    told = run("restore", str(tmp_path / "a.db"), "--replace")
    assert "已从" in told and "另存为" in told
    assert "两边一致" in run("migrate-to", f"sqlite:///{tmp_path / 'b.db'}")
    monkeypatch.setenv("LISTENER_MIGRATE_TO", f"sqlite:///{tmp_path / 'c.db'}")
    assert "两边一致" in run("migrate-to"), "an address with a password need not be typed"
