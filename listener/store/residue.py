"""Whether a value still lies in the bytes of a SQLite database: its file, its write-ahead log, its shared memory.

``secure_delete`` overwrites what is deleted in the file, but the log keeps earlier pages until a checkpoint that
truncates it, and that waits for readers: with ``secure_delete`` alone 150 copies of an erased value stayed in the log.
"""

from __future__ import annotations

import mmap
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import re2

TRIES = 5
"""How often a checkpoint is tried; each waits for readers for ``WAIT`` seconds."""

WAIT = 10.0

SHORT = 8
"""Bytes of a value that stands within others by chance."""

_WORD = rb"[0-9A-Za-z]"


def truncate(path: Path) -> bool:
    """Bring the log into the file and cut it to nothing; False where somebody went on reading."""
    with closing(sqlite3.connect(path, timeout=WAIT, isolation_level=None)) as connection:
        return any(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0 for _ in range(TRIES))


def rewrite(path: Path) -> bool:
    """Write the whole file anew, without anything that was deleted, and cut the log; False where somebody reads."""
    with closing(sqlite3.connect(path, timeout=WAIT, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute("VACUUM")
        except sqlite3.OperationalError:
            return False
    return truncate(path)


def files(path: Path) -> list[Path]:
    """The files of a database that are there."""
    every = [path, *(path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-journal"))]
    return [each for each in every if each.is_file()]


def hits(path: Path, values: Sequence[bytes]) -> int:
    """How often one of the values lies in the files; a short one only where it stands alone."""
    if not values:
        return 0
    found = 0
    pattern, sieve = _pattern(values), _sieve(values)
    for each in files(path):
        if each.stat().st_size == 0:
            continue
        with each.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            found += sum(_hits(content, start, pattern, sieve, values) for start in range(0, len(content), PART))
    return found


def _hits(content: mmap.mmap, start: int, pattern: re.Pattern[bytes], sieve: Any, values: Sequence[bytes]) -> int:
    """How many values begin in the part at ``start``; most parts hold none, which RE2 sees in one quick pass."""
    reach = max(map(len, values)) + 1
    before, end = max(0, start - 1), start + PART
    part = content[before : end + reach]
    if not sieve.search(part):
        return 0
    return sum(start <= before + match.start() < end for match in pattern.finditer(part))


PART = 16 * 1024 * 1024
"""Bytes that are looked at in one go."""


def _sieve(values: Sequence[bytes]) -> Any:
    """RE2 over bytes: every value in any case, whatever stands around it."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.case_sensitive = False
    return re2.compile(b"|".join(map(re2.escape, values)), options)


def _pattern(values: Sequence[bytes]) -> re.Pattern[bytes]:
    """Columns lie side by side in a page, so only a short value needs an end: it is part of others by chance."""
    parts = []
    for value in values:
        before, behind = (rb"(?<!" + _WORD + rb")", rb"(?!" + _WORD + rb")") if len(value) < SHORT else (b"", b"")
        parts.append(before + re.escape(value) + behind)
    return re.compile(b"|".join(parts) or rb"(?!)", re.IGNORECASE)
