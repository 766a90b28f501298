"""Which row of a table names its columns: titles above it, two rows of headings with merged cells, totals below."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low

__all__ = ["Heading", "Record", "find_heading", "is_total", "plain_heading"]

Record = tuple[int, list[str]]
"""The line of a row, from 1, and its cells."""

LONGEST_HEADING = 40
"""Characters of a heading of the second row; what is longer is data."""

_IN_BRACKETS = re.compile(r"\(.*?\)|\[.*?\]")
_TOTAL = re.compile(
    r"(?:合计|总计|小计|共计|累计|汇总|总数|本页合计|(?:sub|grand )?total)(?:\s*[:：(（].*)?", re.IGNORECASE
)
_FIGURE = re.compile(r"[-+¥￥$]?[\d,.]+[%元条个单次]?|[-—/]|")


@dataclass(frozen=True, slots=True)
class Heading:
    """The names of the columns, and the line below which the data begin."""

    line: int
    names: list[str]


def plain_heading(heading: str) -> str:
    """A heading for comparing: without case, blanks, stars and what stands in brackets: 「评价内容（必填）」."""
    plain = _IN_BRACKETS.sub("", unicodedata.normalize("NFKC", heading).casefold())
    return re.sub(r"[\s_*:\-]", "", plain)


def find_heading(records: Sequence[Record]) -> Heading | None:
    """The headings among the first rows of a table; None where there are none.

    They fill most of the table's width; a title above them fills a cell or two. Where cells of theirs are merged over
    several columns, the row below names those: 「订单 | 评价 | | 时间」 over 「 | 内容 | 星级 | 」.
    """
    if not records:
        return None
    width = median_low(max(place for place, cell in enumerate(cells, 1) if cell) for _, cells in records)
    place = next((n for n, (_, cells) in enumerate(records) if 2 * sum(map(bool, cells)) > width), 0)
    line, cells = records[place]
    if place + 1 < len(records) and _belongs(cells, records[place + 1][1]):
        below = records[place + 1]
        return Heading(below[0], _named(_joined(cells, below[1])))
    if place and _belongs(records[place - 1][1], cells):
        return Heading(line, _named(_joined(records[place - 1][1], cells)))
    return Heading(line, _named(cells))


def _belongs(groups: Sequence[str], names: Sequence[str]) -> bool:
    """True where ``names`` stand only below what ``groups`` has merged: below a heading with an empty cell behind it,
    and below that empty cell."""
    if sum(map(bool, groups)) < 2:
        return False
    size = max(len(groups), len(names))
    above, below = [*groups, *[""] * (size - len(groups))], [*names, *[""] * (size - len(names))]
    merged = [not cell or (n + 1 < size and not above[n + 1]) for n, cell in enumerate(above)]
    if not any(n and not above[n] and below[n] for n in range(size)):
        return False
    filled = [n for n, cell in enumerate(below) if cell]
    if any(not merged[n] or len(below[n]) > LONGEST_HEADING or _FIGURE.fullmatch(below[n]) for n in filled):
        return False
    return all(below[n] for n in range(size) if n and not above[n] and any(above[:n]) and below[n - 1])


def _joined(groups: Sequence[str], names: Sequence[str]) -> list[str]:
    """Each column by its own name, else by its group's; by both where the name alone stands twice."""
    size = max(len(groups), len(names))
    above, below = [*groups, *[""] * (size - len(groups))], [*names, *[""] * (size - len(names))]
    for place in range(1, size):
        if not above[place] and below[place]:
            above[place] = above[place - 1]
    often = Counter(filter(None, below))
    pairs = zip(above, below, strict=True)
    return [f"{group}/{name}" if name and often[name] > 1 else name or group for group, name in pairs]


def _named(cells: list[str]) -> list[str]:
    """Names for all columns up to the last named one: an empty one is called by its number, a second one too."""
    cells = [cell.strip("\ufeff\u200b ") for cell in cells]
    while cells and not cells[-1]:
        cells = cells[:-1]
    seen: set[str] = set()
    found = []
    for number, cell in enumerate(cells, 1):
        name = cell if cell and cell not in seen else f"{cell}#{number}"
        seen.add(name)
        found.append(name)
    return found


def is_total(cells: Sequence[str]) -> bool:
    """True for a row of sums: 「合计 | | 128」. One with words in other cells is somebody's."""
    filled = [cell for cell in cells if cell]
    return bool(filled) and bool(_TOTAL.fullmatch(filled[0])) and all(map(_FIGURE.fullmatch, filled[1:]))
