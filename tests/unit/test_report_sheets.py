"""The sheets of a report's workbook: which rows stand on which, and how many gaps a cell lists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from listener.model import Tier
from listener.nlp.taxonomy import shipped_taxonomy
from listener.reports.coverage import Gap, SourceHealth
from listener.reports.sheets import MOST_GAPS, write_workbook
from listener.reports.summarise import summarise
from listener.reports.wording import Wording
from tests.factories import ZONE
from tests.report_samples import END, HOUR, NOW, START, fact


def sheets(folder: Path, *health: SourceHealth) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each sheet of a report of a complaint, one in doubt, a repost and none."""
    said = [
        fact(1, tier=Tier.YES),
        fact(2, tier=Tier.REVIEW, text="找13812345678"),
        fact(3, tier=Tier.YES, original_id=1),
        fact(4, tier=Tier.NO),
    ]
    summary = summarise(said, start=START, end=END, now=NOW, zone=ZONE, cases={}, health=health)
    write_workbook(folder / "r.xlsx", summary, said, {}, Wording("zh", ZONE, shipped_taxonomy()), "晨曜")
    book = load_workbook(folder / "r.xlsx", read_only=True)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}


def test_complaints_are_sure_or_doubtful_ones_never_reposts_and_masked(tmp_path: Path) -> None:
    found = sheets(tmp_path)
    assert [row[0] for row in found["信息"][1:]] == [1, 2, 3, 4]
    assert [row[0] for row in found["投诉"][1:]] == [1, 2]
    assert "13812345678" not in str(found) and "138****5678" in str(found)


def test_a_cell_lists_so_many_gaps_and_says_that_there_are_more(tmp_path: Path) -> None:
    def cell(count: int) -> str:
        gaps = tuple(Gap(START + n * HOUR, START + (n + 0.5) * HOUR, "blocked") for n in range(count))
        each = SourceHealth(source="news", title="新闻", platform="feed", outcome="ok", gaps=gaps)
        (row,) = [row for row in sheets(tmp_path, each)["来源"] if row[0] == "新闻"]
        return str(row[10])

    assert len(cell(MOST_GAPS).splitlines()) == MOST_GAPS
    assert cell(MOST_GAPS + 1).splitlines()[MOST_GAPS:] == ["…"]
