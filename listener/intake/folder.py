"""A folder as a source: tables dropped into it are imported once each, then moved to ``done/`` or ``rejected/``.

    inbox/NAME/FILE ──still, for ``settle``──▶ import ──▶ done/2026-11-28/FILE
                                                └─ rows that cannot be used ─▶ rejected/2026-11-28/FILE.rejects.csv
                                                └─ no row can be used ───────▶ rejected/2026-11-28/FILE

A file that is still being written waits; it is moved only after all its rows are stored, so that a kill in between
reads it again and finds nothing new.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from listener.errors import BadInput, NeedsOperator, Retry
from listener.language import say
from listener.model import Outcome

log = logging.getLogger(__name__)

__all__ = ["DONE", "REJECTED", "Look", "Table", "look_through"]

DONE, REJECTED = "done", "rejected"
_UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".download", ".filepart", ".swp", ".lock")
_MOST_FILES = 200
"""Files in one look; the rest is for the next."""

_FOREIGN = ("desktop.ini", "thumbs.db")


@dataclass(frozen=True, slots=True)
class Table:
    """One imported file: how many rows were read, new and rejected, and where the reject file is."""

    read: int
    new: int
    rejected: int
    reject_file: Path | None = None


@dataclass(slots=True)
class Look:
    """What one look through the folder did; ``audit`` are lines for the operator."""

    found: int = 0
    new: int = 0
    files: int = 0
    bad: int = 0
    growing: int = 0
    bytes: int = 0
    audit: list[str] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        """``PARSER_BROKE`` where a whole file could not be read, else whether anything was there."""
        if self.bad:
            return Outcome.PARSER_BROKE
        return Outcome.OK if self.files else Outcome.EMPTY

    @property
    def detail(self) -> str:
        """One line of what was found."""
        parts = [
            say(f"导入 {self.files} 个文件", f"{self.files} files imported") if self.files else "",
            say(f"{self.bad} 个文件无法导入，见 rejected/", f"{self.bad} files rejected") if self.bad else "",
            say(f"{self.growing} 个文件仍在写入", f"{self.growing} files still being written") if self.growing else "",
            *self.audit[:3],
        ]
        return say("；", "; ").join(part for part in parts if part)


def look_through(
    folder: Path,
    take: Callable[[Path, str, Path], Table | None],
    *,
    settle: timedelta,
    largest: int,
    now: datetime,
    wall: float,
    stop: Callable[[], bool] = lambda: False,
) -> Look:
    """Import what is whole. ``take`` gets the file, its SHA-256 and where rejected rows go; None: it was taken before.

    ``wall`` is the time of the files' own clock (seconds since the epoch). ``OSError`` where the folder cannot be used.
    """
    folder.mkdir(parents=True, exist_ok=True)
    seen = Look()
    for path in _files(folder):
        if stop():
            break
        stat = path.stat()
        if abs(wall - stat.st_mtime) < settle.total_seconds() or path.suffix.lower() in _UNFINISHED:
            seen.growing += 1
        elif stat.st_size > largest:
            limit = say(f"大于 {largest // 1_000_000} MB", f"larger than {largest // 1_000_000} MB")
            _reject(path, folder, seen, limit, now)
        else:
            seen.bytes += stat.st_size
            _take(path, folder, take, seen, now)
    return seen


def _files(folder: Path) -> Iterator[Path]:
    """The files to look at, oldest first; what hides, or belongs to a program, is left alone."""
    found = []
    for entry in os.scandir(folder):
        name = entry.name
        if name.startswith((".", "~")) or name.lower() in _FOREIGN or not entry.is_file(follow_symlinks=False):
            continue
        found.append((entry.stat(follow_symlinks=False).st_mtime_ns, name))
    for _, name in sorted(found)[:_MOST_FILES]:
        yield folder / name


def _take(path: Path, folder: Path, take: Callable[[Path, str, Path], Table | None], seen: Look, now: datetime) -> None:
    aside = _free(folder / REJECTED / f"{now:%Y-%m-%d}" / f"{path.name}.rejects.csv")
    try:
        table = take(path, _digest(path), aside)
    except BadInput as error:
        _reject(path, folder, seen, str(error), now)
        return
    except (Retry, NeedsOperator, OSError):
        raise  # not the file's fault: it is read again
    except Exception as error:  # a file that breaks its reader must not keep the others from being read
        log.exception("%s", path.name)
        _reject(path, folder, seen, type(error).__name__, now)
        return
    if table is None:
        seen.audit.append(say(f"{path.name}：内容与已导入的文件相同", f"{path.name}: the same as one imported before"))
        _move(path, folder / DONE / f"{now:%Y-%m-%d}")
        return
    seen.found += table.read - table.rejected
    seen.new += table.new
    if table.rejected and table.rejected == table.read:
        _reject(
            path, folder, seen, say(f"没有可用的行，原因见 {aside.name}", f"no row can be used, see {aside.name}"), now
        )
        return
    seen.files += 1
    if table.rejected:
        seen.audit.append(say(f"{path.name}：拒绝 {table.rejected} 行", f"{path.name}: {table.rejected} rows rejected"))
    _move(path, folder / DONE / f"{now:%Y-%m-%d}")


def _reject(path: Path, folder: Path, seen: Look, why: str, now: datetime) -> None:
    """Set a file aside, with a note beside it that says why."""
    seen.bad += 1
    seen.audit.append(f"{path.name}：{why}"[:400])
    moved = _move(path, folder / REJECTED / f"{now:%Y-%m-%d}")
    note = moved.with_name(f"{moved.name}.why.txt")
    note.write_text(why + "\n", encoding="utf-8")
    note.chmod(0o600)


def _move(path: Path, to: Path) -> Path:
    to.mkdir(parents=True, exist_ok=True)
    target = _free(to / path.name)
    path.rename(target)
    return target


def _free(path: Path) -> Path:
    """The path, with a number before its ending where something of that name is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
