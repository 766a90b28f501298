"""Tables that people label: what a spreadsheet would run is not written, what cannot be read is told with its line."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from listener.cli.labelled import labelled, write_sample
from listener.corrections import FIELDS
from listener.errors import BadInput


def table(folder: Path, content: str) -> Path:
    path = folder / "t.csv"
    path.write_text(content, encoding="utf-8")
    return path


def test_a_sample_holds_no_formula_and_nothing_that_the_machine_said(tmp_path: Path) -> None:
    rows = [{"mention": 7, "text": "＝HYPERLINK(1)", "url": "=1+1", "sentiment": "negative"}]
    write_sample(tmp_path / "s.csv", rows)
    with (tmp_path / "s.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["mention"], row["text"], row["url"]) == ("7", "'＝HYPERLINK(1)", "'=1+1")
    assert not any(row[name] for name in (*FIELDS, "note"))


def test_labels_are_read_in_either_language(tmp_path: Path) -> None:
    assert list(labelled(table(tmp_path, "label,text\n负面,差\npos,好\n"))) == [("差", "negative"), ("好", "positive")]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("text,sentiment\n差,负面\n", "t.csv: 没有列 label → 需要 label、text 两列"),
        ("label,text\n负面,差\n坏,好\n", r"t.csv:3 \[label\]: 不能是「坏」"),
        ("label,text\n", "t.csv: 没有一行 → 需要 label、text 两列"),
    ],
)
def test_what_is_no_labelled_table_is_told(tmp_path: Path, content: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        list(labelled(table(tmp_path, content)))
