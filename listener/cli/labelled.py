"""Tables that people label: written for them, and read back."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from listener.corrections import FIELDS, check
from listener.errors import BadInput, Mistake
from listener.files.sheets import BadRow, read_rows
from listener.files.table_rows import not_a_formula
from listener.language import say

__all__ = ["labelled", "no_corrections", "write_sample"]


def write_sample(path: Path, rows: list[dict[str, object]]) -> None:
    """What the machine said is left out: who sees it agrees with it."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["mention", "text", "url", *FIELDS, "note"])
        for row in rows:
            writer.writerow([*(not_a_formula(str(row[name])) for name in ("mention", "text", "url")), *[""] * 6])


def labelled(file: Path) -> Iterator[tuple[str, str]]:
    """(text, label); ``BadInput`` where a column is missing, a label is none, or there is no row."""
    row = None
    for row in read_rows(file):
        if isinstance(row, BadRow):
            raise BadInput(Mistake(str(file), row.why, line=row.line))
        for column in ("label", "text"):
            if column not in row.values:
                raise BadInput(_not_labelled(file, say(f"没有列 {column}", f"has no column {column}")))
        try:
            yield row.values["text"], check("sentiment", row.values["label"])
        except BadInput as error:
            (wrong,) = error.mistakes
            raise BadInput(Mistake(str(file), wrong.what, wrong.mend, "label", row.line)) from None
    if row is None:
        raise BadInput(_not_labelled(file, say("没有一行", "has no row")))


def _not_labelled(file: Path, what: str) -> Mistake:
    return Mistake(str(file), what, say("需要 label、text 两列", "it needs label and text"))


def no_corrections(file: str, columns: list[str]) -> Mistake:
    """The mistake of a table that cannot be one of corrections: its columns, and those that it needs."""
    what = say(f"不是标注表，现有的列：{'、'.join(columns)}", f"is no table of corrections: {', '.join(columns)}")
    mend = say("需要 mention 列，及其中至少一列：", "it needs mention, and one of these at least: ") + "、".join(FIELDS)
    return Mistake(file, what, mend)
