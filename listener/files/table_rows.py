"""Rows of a table, good and rejected ones, and the file that rejected ones go to."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from listener.language import say

__all__ = ["FORMULA", "REJECTED", "BadRow", "Rejects", "Row", "not_a_formula"]

REJECTED = (("行号", "原因"), ("line", "reason"))
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A text that begins with one of these is a formula to some spreadsheet (OWASP, "CSV Injection")."""


def not_a_formula(text: str) -> str:
    """``text`` for a CSV cell: an apostrophe before what a spreadsheet would run."""
    return f"'{text}" if text.startswith(FORMULA) else text


@dataclass(frozen=True, slots=True)
class Row:
    """One good row: its line in the file (from 1) and its cells by heading."""

    line: int
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be used, and why."""

    line: int
    why: str
    raw: tuple[str, ...] = ()


@dataclass
class Rejects:
    """Collects rejected rows into ``FILE.rejects.csv``; the file is made with the first of them."""

    path: Path
    count: int = 0
    headings: Sequence[str] = ()
    _rows: list[BadRow] = field(default_factory=list)

    @classmethod
    def beside(cls, path: Path) -> Rejects:
        """Those of the table at ``path``, which need not be one: ``.`` has no name to put an ending to."""
        return cls(Path(f"{path}.rejects.csv"))

    def add(self, row: BadRow) -> None:
        """Keep a rejected row."""
        self.count += 1
        self._rows.append(row)

    @property
    def rows(self) -> Sequence[BadRow]:
        """What was rejected so far."""
        return self._rows

    def close(self) -> Path | None:
        """Write the file, for its owner only: its rows may be personal. Its path, or None where nothing was rejected.

        An older file of that name goes: it told of another import. What a spreadsheet would run gets an apostrophe in
        front, which ``read_rows`` takes away again.
        """
        self.path.unlink(missing_ok=True)
        if not self._rows:
            return None
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8-sig", errors="backslashreplace", newline="") as file:
            writer = csv.writer(file)
            headings = self.headings or [say("原始内容", "row")]
            writer.writerow([say("行号", "line"), say("原因", "reason"), *headings])
            writer.writerows(self._lines(self._rows))
        return self.path

    @staticmethod
    def _lines(rows: Iterable[BadRow]) -> Iterator[list[str]]:
        for row in rows:
            yield [str(row.line), row.why, *map(not_a_formula, row.raw)]
