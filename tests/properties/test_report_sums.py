"""Whatever the mentions: the sums of a summary agree, and every link of the page finds what its number counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import reduce
from operator import add

from hypothesis import given, settings
from hypothesis import strategies as st

from listener.model import Sentiment, Severity, Tier
from listener.model.reported import Figures, MentionFact
from listener.reports.summarise import summarise
from listener.reports.summary import Row, Stretch, Summary
from listener.reports.tables import all_tables, figure_cells
from listener.reports.traits import holds, traits
from listener.reports.wording import Wording
from tests.factories import ZONE
from tests.report_samples import END, NOW, START, fact

NAMES = st.sampled_from(["owners-forum", "新闻", "a b;c:d", "<script>"])


@st.composite
def mentions(draw: st.DrawFn) -> list[MentionFact]:
    seconds = int((END - START).total_seconds()) - 1
    found = []
    for number in range(draw(st.integers(0, 25))):
        source = draw(NAMES)
        at = START + timedelta(seconds=draw(st.integers(0, seconds)))
        known = draw(st.none() | st.integers(1, 3))
        found.append(
            fact(
                number,
                source=source,
                platform=f"p-{source}",
                published_at=at if draw(st.booleans()) else None,
                happened_at=at,
                sentiment=draw(st.sampled_from(Sentiment)),
                tier=draw(st.sampled_from(Tier)),
                severity=draw(st.sampled_from(Severity)),
                original_id=draw(st.none() | st.just(0)),
                problems=tuple(draw(st.lists(st.sampled_from(["car.brake", "core.refund"]), unique=True))),
                topics=tuple(draw(st.lists(NAMES, unique=True, max_size=2))),
                customer_id=known,
            )
        )
    return found


def made(found: Sequence[MentionFact]) -> Summary:
    return summarise(found, start=START, end=END, now=NOW, zone=ZONE, cases={})


def total(rows: Sequence[Row | Stretch]) -> Figures:
    return reduce(add, (row.figures for row in rows), Figures())


@given(mentions())
def test_volume_is_the_sum_over_sources_platforms_days_and_sentiments(found: list[MentionFact]) -> None:
    summary = made(found)
    assert summary.total.volume == len(found)
    assert total(summary.sources) == total(summary.platforms) == total(summary.days) == summary.total
    assert summary.customers.known + summary.customers.unknown == summary.total
    assert summary.total.negative + summary.total.neutral + summary.total.positive == summary.total.volume
    assert sum(split.complaints for split in summary.severities) == summary.total.complaints
    assert sum(split.review for split in summary.severities) == summary.total.review
    assert sum(split.count for split in summary.problems) >= summary.total.complaints + summary.total.review


@given(mentions())
@settings(max_examples=50)
def test_every_number_of_every_table_is_the_number_of_mentions_behind_its_link(found: list[MentionFact]) -> None:
    summary, words = made(found), Wording("zh", ZONE)
    had = [traits(each, ZONE, NOW, {}) for each in found]
    cells = [cell for table in all_tables(summary, words) for row in table.rows for cell in row if cell.link]
    cells += figure_cells(summary.total)
    for cell in cells:
        assert cell.value == sum(holds(wanted(cell.link), each) for each in had), cell


def wanted(link: str) -> list[tuple[str, str]]:
    from urllib.parse import unquote

    parts = [part.partition(":") for part in link.removeprefix("#f=").split(";") if part]
    return [(name, unquote(value)) for name, _, value in parts]
