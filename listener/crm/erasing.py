"""``listener customers erase``: one person taken out of everything the system keeps, and the proof that they are gone.

    find ─ count what holds their values ─ remove what is theirs ─ strike the values out elsewhere ─ count again
      files below var/ (reports, exports) ─ SQLite: readers closed, log cut to nothing, bytes of the files searched

What is out of reach is said, not hidden: backups, files that were exported to other places, and on PostgreSQL the dead
rows until vacuum. docs/privacy.md tells how long each of them lasts.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile

from sqlalchemy import make_url
from sqlmodel import Session, col, select

from listener.errors import BadInput, Mistake
from listener.intake.evidence import path_of
from listener.language import say
from listener.store import arrival_ends, erasing, residue, searching, views
from listener.store.engine import Database
from listener.store.erasing import Person
from listener.store.spellings import Wanted, strike
from listener.store.tables import AuditRow
from listener.store.vault import Vault

__all__ = ["Erased", "erase"]

ROUNDS = 3
"""How often the values are struck out: what is written meanwhile is found in the next round."""

LARGEST_FILE = 200_000_000

_TEXTS = (".html", ".json", ".jsonl", ".csv", ".tsv", ".txt", ".log", ".eml", ".xml", ".md")
_BOOKS = (".xlsx", ".zip", ".docx")
_OURS = (".keys", ".npz", "-wal", "-shm", ".lock")


@dataclass
class Erased:
    """What was done and what is left. ``before`` and ``after`` are places that hold a value, by table and column.

    ``left_in_bytes`` is how often a value still lies in the bytes of the SQLite files (None: not a SQLite file);
    ``truncated`` False: somebody went on reading, so that the log could not be cut. ``elsewhere`` are files that were
    handed out, ``backups`` copies of the database that still hold the values.
    """

    subject: str
    done: dict[str, int] = field(default_factory=dict)
    before: dict[str, int] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)
    files_changed: list[str] = field(default_factory=list)
    files_left: list[str] = field(default_factory=list)
    left_in_bytes: int | None = None
    truncated: bool = True
    rewritten: bool = False
    backups: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """True where nothing within reach holds a value any more."""
        return not self.after and not self.files_left and not self.left_in_bytes and self.truncated


def erase(
    database: Database,
    vault: Vault,
    folder: Path,
    backups: Path,
    *,
    person: str,
    now: datetime,
    external_id: str = "",
    account: str = "",
) -> Erased:
    """Erase a customer, or whoever writes as ``account`` (platform:id), in the database and below ``folder``.

    Copies of the database there and in ``backups`` are not changed, but named where they hold the values.
    ``BadInput`` where there is nobody of that name.
    """
    with database.read() as session:
        who = erasing.whose(session, vault, external_id, account)
        if who is None:
            what = external_id or account
            raise BadInput(Mistake("customer", say(f"没有 {what}", f"there is nobody {what}")))
        before = searching.places(searching.find(session, who.wanted))
        attached = arrival_ends.files_of(session, who.mentions)
    found = Erased(erasing.subject_of(vault, external_id or account), before=dict(before))
    _in_database(database, vault, who, found, person, now)
    _attached_files(database, folder, attached, found)
    _in_files(database, folder, who.wanted, found)
    if not backups.resolve().is_relative_to(folder.resolve()):
        found.backups += _copies_with(sorted(backups.glob("*.db")), who.wanted)
    if database.is_sqlite:
        _in_bytes(database, who.wanted, found)
    return found


def _in_database(database: Database, vault: Vault, who: Person, found: Erased, person: str, now: datetime) -> None:
    hashed = partial(_hashed, vault)
    with database.write() as session:
        done = erasing.remove(session, vault, who, now)
        found.elsewhere = _handed_out(session)
        views.audit(session, person, "erase", found.subject, now, say("按本人要求删除", "on request"))
    for _ in range(ROUNDS):
        with database.read() as session:  # looking takes long in a large database, and holds up nobody
            hits = searching.find(session, who.wanted)
        if not hits:
            break
        with database.write() as session:
            done["struck_out"] += searching.strike_out(session, hits, who.wanted, hashed)
    else:
        with database.read() as session:
            hits = searching.find(session, who.wanted)
    found.done, found.after = dict(done), dict(searching.places(hits))


def _attached_files(database: Database, folder: Path, digests: set[str], found: Erased) -> None:
    """Remove the pictures and files that came with their mentions, where no other mention has them too."""
    with database.read() as session:
        gone = digests - arrival_ends.still_named(session, digests)
    for digest in sorted(gone):
        path = path_of(folder / "evidence", digest)
        if path is not None:
            path.unlink()
            found.files_changed.append(str(path))


def _hashed(vault: Vault, value: str) -> str:
    return f"erased:{vault.digest('erased', value)[:32]}"


def _handed_out(session: Session) -> list[str]:
    """Unmasked files that people took out: nobody but they can erase them."""
    rows = session.exec(select(AuditRow.subject).where(col(AuditRow.action).startswith("export")))
    return sorted({path for path in rows if Path(path).exists()})


# files


def _in_files(database: Database, folder: Path, wanted: Wanted, found: Erased) -> None:
    """Strike the values out of what the system wrote below its own folder."""
    pattern = wanted.pattern(own=False)
    ours = {path.resolve() for path in residue.files(_file_of(database))} if database.is_sqlite else set()
    for path in _kept_files(folder):
        if path.resolve() in ours or path.name.endswith(_OURS) or path.suffix in _OURS:
            continue
        if _is_database(path):
            found.backups += _copies_with([path], wanted)
        elif path.suffix.lower() in _TEXTS:
            _strike_text(path, pattern, found)
        elif path.suffix.lower() in _BOOKS:
            _strike_book(path, pattern, found)
        elif residue.hits(path, wanted.exact()):
            found.files_left.append(str(path))


def _kept_files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _copies_with(paths: list[Path], wanted: Wanted) -> list[str]:
    """Those copies of a database that hold a value."""
    return [str(path) for path in paths if path.is_file() and residue.hits(path, wanted.exact())]


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\x00"


def _strike_text(path: Path, pattern: re.Pattern[str], found: Erased) -> None:
    if path.stat().st_size > LARGEST_FILE:
        found.files_left.append(str(path))
        return
    raw = path.read_bytes()
    for encoding in ("utf-8", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        mended = _struck(text, pattern)
        if mended != text:
            _replace(path, mended.encode(encoding))
            found.files_changed.append(str(path))
        return


def _struck(text: str, pattern: re.Pattern[str]) -> str:
    """The text without the values, those too that JSON wrote as escapes."""
    mended = strike(text, pattern)
    if "\\u" not in mended:
        return mended
    return re.sub(r"(?:\\u[0-9a-fA-F]{4}|[\x20-\x7e])+", lambda part: _struck_escapes(part.group(), pattern), mended)


def _struck_escapes(part: str, pattern: re.Pattern[str]) -> str:
    plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), part)
    struck = strike(plain, pattern)
    if struck == plain:
        return part
    return "".join(sign if ord(sign) < 0x80 else f"\\u{ord(sign):04x}" for sign in struck)


def _strike_book(path: Path, pattern: re.Pattern[str], found: Erased) -> None:
    """A workbook is a zip of XML: its parts are written anew where a value stands in them."""
    try:
        with zipfile.ZipFile(path) as book:
            parts = [(entry, book.read(entry)) for entry in book.infolist()]
    except (zipfile.BadZipFile, OSError):
        found.files_left.append(str(path))
        return
    mended = [(entry, _struck_part(content, pattern)) for entry, content in parts]
    if mended == parts:
        return
    with NamedTemporaryFile(dir=path.parent, delete=False) as fresh, zipfile.ZipFile(fresh, "w") as book:
        for entry, content in mended:
            book.writestr(entry, content, zipfile.ZIP_DEFLATED)
    shutil.copymode(path, fresh.name)
    Path(fresh.name).replace(path)
    found.files_changed.append(str(path))


def _struck_part(content: bytes, pattern: re.Pattern[str]) -> bytes:
    try:
        return strike(content.decode("utf-8"), pattern).encode("utf-8")
    except UnicodeDecodeError:
        return content


def _replace(path: Path, content: bytes) -> None:
    """The file with other bytes, at once, with the rights it had."""
    with NamedTemporaryFile(dir=path.parent, delete=False) as fresh:
        fresh.write(content)
    shutil.copymode(path, fresh.name)
    Path(fresh.name).replace(path)


# the bytes of a SQLite database


def _file_of(database: Database) -> Path:
    return Path(make_url(database.url).database or "")


def _in_bytes(database: Database, wanted: Wanted, found: Erased) -> None:
    """Close our readers, cut the log, and look at the bytes; where something is left, write the file anew."""
    path = _file_of(database)
    if not path.is_file():
        return
    database.close()
    found.truncated = residue.truncate(path)
    values = wanted.exact()
    found.left_in_bytes = residue.hits(path, values)
    if found.left_in_bytes and found.truncated:
        found.rewritten = True
        found.truncated = residue.rewrite(path)
        found.left_in_bytes = residue.hits(path, values)
