"""``listener db backup``, ``restore``, ``migrate-to``: a copy of the database made, put back, or moved elsewhere.

    backup      a moment's state ─▶ FILE.part ─ checked ─▶ FILE
    restore     FILE ─ checked ─▶ its tables brought up to date ─▶ what stands there is kept beside ─▶ in its place
                ─▶ who was erased since the copy was made is erased again
    migrate-to  every row ─▶ an empty database at another URL

The key file is in no copy, and is needed to read what is encrypted in it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select

from listener.crm.erasing import erase
from listener.errors import BadInput, Mistake, NeedsOperator
from listener.installation import Installation
from listener.language import say
from listener.model import MentionKey
from listener.store import copying, erasing, tombstones
from listener.store.bulk import chunks, insert_new
from listener.store.customer_tables import TombstoneRow
from listener.store.engine import Database, unreachable
from listener.store.tables import CustomerRow, RawMentionRow
from listener.store.vault import check_key

__all__ = ["Keeping", "Restored", "nightly"]

MADE = "listener"
"""How the names of copies begin."""


@dataclass(slots=True)
class Restored:
    """What putting a copy back did: where what stood there lies now (None: nothing stood there), and how many customers
    and mentions that had been erased since the copy was made were erased again."""

    kept: Path | None
    customers: int = 0
    mentions: int = 0


def nightly(database: Database, folder: Path, keep: int, now: datetime) -> Path:
    """Make a copy in ``folder`` and remove the oldest of our own beyond ``keep``; where the new one lies.

    ``now`` is in the installation's zone. ``NeedsOperator`` where none could be made; then nothing is removed.
    """
    path = _named(folder, MADE, now)
    copying.save_copy(database, path)
    for old in sorted(folder.glob(f"{MADE}-????????-??????.db"))[:-keep]:
        old.unlink()
    return path


def _named(folder: Path, name: str, now: datetime) -> Path:
    return folder / f"{name}-{now:%Y%m%d-%H%M%S}.db"


class Keeping(Installation):
    """An installation whose database is copied."""

    def backup(self, path: Path | None, progress: copying.Progress = lambda *_: None) -> Path:
        """Make a copy at ``path``, or below it where it is a folder; where it lies now."""
        if path is None or path.is_dir():
            path = _named(path or self.settings.backups, MADE, self._now())
        copying.save_copy(self.database, path, progress)
        return path

    def _now(self) -> datetime:
        return self.now().astimezone(self.settings.zone)

    def restore(self, path: Path, *, replace: bool = False, progress: copying.Progress = lambda *_: None) -> Restored:
        """Put a copy in the database's place; what stood there is kept in a file of its own.

        ``BadInput`` where the file is no copy, or something stands there and ``replace`` is not said;
        ``NeedsOperator`` where the daemon runs, or the key file is another installation's.
        """
        database = self.database
        there = not copying.empty(database)
        if there and not replace:
            what = say("数据库里已有内容", "the database is not empty")
            mend = say("加上 --replace；原有内容会另存", "say --replace; what stands there is kept beside")
            raise BadInput(Mistake("restore", what, mend))
        self._nobody_else()
        gone = _tombstones(database)
        kept = _named(self.settings.backups, "before-restore", self._now()) if there else None
        with TemporaryDirectory(dir=copying.file_of(database).parent if database.is_sqlite else None) as folder:
            fresh = _taken(path, Path(folder))
            self._brought_up(fresh, gone)
            if kept is not None:
                copying.save_copy(database, kept)
            self._put(fresh, progress)
        return self._erase_again(Restored(kept), gone)

    def _nobody_else(self) -> None:
        """``NeedsOperator`` where another process of ours works on the database."""
        if copying.busy(self.database):
            what = "另一个 listener 进程正在使用数据库，请先停止守护进程"
            raise NeedsOperator(say(what, "another listener process uses the database: stop the daemon first"))

    def _brought_up(self, fresh: Path, gone: list[dict[str, Any]]) -> None:
        """The copy with today's tables and with the tombstones of what was erased since."""
        database = Database(f"sqlite:///{fresh}")
        try:
            database.upgrade()
            with database.write() as session:
                self._right_key(session)
                if gone:
                    insert_new(session, TombstoneRow, gone, ("kind", "digest"))
        finally:
            database.close()
        copying.settle(fresh)

    def _right_key(self, session: Session) -> None:
        """``NeedsOperator`` where the copy belongs to another key file; none is made here."""
        if self.settings.key_file.exists():
            check_key(session, self._keys)

    def _put(self, fresh: Path, progress: copying.Progress) -> None:
        database = self.database
        if database.is_sqlite:
            database.close()
            fresh.chmod(0o600)
            fresh.replace(copying.file_of(database))
            return
        source = Database(f"sqlite:///{fresh}")
        try:
            copying.copy_rows(source, database, clear=True, progress=progress)
        finally:
            source.close()

    def _erase_again(self, done: Restored, gone: list[dict[str, Any]]) -> Restored:
        """Erase whom the copy still knew; ``gone`` are all tombstones that there were."""
        if not gone:
            return done
        now, vault = self.now(), self.vault
        below, backups = self.settings.home / "var", self.settings.backups
        for external_id in self._customers_gone():
            erase(self.database, vault, below, backups, person="restore", now=now, external_id=external_id)
            done.customers += 1
        done.mentions = self._blank_gone(now)
        return done

    def _customers_gone(self) -> list[str]:
        digests = self.vault.digests
        with self.database.read() as session:
            numbers = list(session.exec(select(CustomerRow.external_id)))
            return sorted(
                number for part in chunks(numbers) for number in tombstones.known(session, digests, "customer", part)
            )

    def _blank_gone(self, now: datetime) -> int:
        """Empty what was erased and is there again, whether it was processed or still waits; how many mentions."""
        natural, vault = (RawMentionRow.platform, RawMentionRow.site, RawMentionRow.native_id), self.vault
        with self.database.write() as session:
            keys = {tombstones.natural(key): key for key in map(MentionKey._make, session.exec(select(*natural)))}
            back = [
                keys[value]
                for part in chunks(keys)
                for value in tombstones.known(session, vault.digests, "mention", part)
            ]
            erasing.blank(session, vault, back, now)
        return len(back)

    def move(self, url: str, progress: copying.Progress = lambda *_: None) -> int:
        """Write everything into the empty database at ``url``; how many rows.

        ``BadInput`` where it is no database, ours, or not empty; ``NeedsOperator`` where the daemon runs.
        """
        target = Database(url)
        try:
            self._may_move(target)
            target.upgrade()
            written = copying.copy_rows(self.database, target, progress=progress)
            if copying.rows_in(target) != copying.rows_in(self.database):
                raise NeedsOperator(say("两边的行数不同，请重试", "both do not hold the same rows; try again"))
            return written
        finally:
            target.close()

    def _may_move(self, target: Database) -> None:
        where = say("目标数据库", "the other database")
        if target.url == self.database.url:
            raise BadInput(
                Mistake(where, say("就是现在的数据库", "is the one in use"), say("给出另一个地址", "name another"))
            )
        try:
            taken = not target.behind() and not copying.empty(target)
        except OperationalError as error:
            raise unreachable(error) from None
        if taken:
            raise BadInput(
                Mistake(where, say("不是空的", "is not empty"), say("换一个空的数据库", "name an empty one"))
            )
        self._nobody_else()


def _tombstones(database: Database) -> list[dict[str, Any]]:
    with database.read() as session:
        return [row.model_dump() for row in session.exec(select(TombstoneRow).order_by(col(TombstoneRow.digest)))]


def _taken(path: Path, folder: Path) -> Path:
    """A copy of the file in ``folder``, found sound; ``BadInput`` where it is none of ours."""
    fresh, mend = folder / "restored.db", say("给出 listener db backup 写的文件", "name a file that `db backup` wrote")
    if not path.is_file():
        raise BadInput(Mistake(str(path), say("没有这个文件", "there is no such file"), mend))
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:
        raise BadInput(
            Mistake(str(path), say("仍在使用（旁边有 -wal 文件）", "is in use: its -wal lies beside it"), mend)
        )
    shutil.copyfile(path, fresh)
    if flaw := copying.flaw_of(fresh):
        raise BadInput(Mistake(str(path), flaw, mend))
    return fresh
