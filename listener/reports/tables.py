"""The tables of a report, for the page, under the charts and in the workbook; every number is a link."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from listener.model.reported import Figures
from listener.reports.summary import Row, Split, Stretch, Summary
from listener.reports.traits import link
from listener.reports.wording import Wording


@dataclass(frozen=True, slots=True)
class Cell:
    """A number with the link to what it counts, or a text (``link`` may be empty)."""

    value: int | str
    link: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """``rows`` are as long as ``columns``; the first cell names the row."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def figure_columns(words: Wording) -> tuple[str, ...]:
    """The heads over ``figure_cells``."""
    return (
        words.say("声量", "volume"),
        words.say("其中转发", "reposts"),
        words.value("sentiment", "negative"),
        words.value("sentiment", "neutral"),
        words.value("sentiment", "positive"),
        words.say("投诉", "complaints"),
        words.value("complaint", "review"),
    )


def figure_cells(figures: Figures, **where: str) -> tuple[Cell, ...]:
    """The seven counts, each linked to the mentions with the traits ``where`` and its own."""
    return (
        Cell(figures.volume, link(**where)),
        Cell(figures.reposts, link(**where, repost="yes")),
        Cell(figures.negative, link(**where, sentiment="negative")),
        Cell(figures.neutral, link(**where, sentiment="neutral")),
        Cell(figures.positive, link(**where, sentiment="positive")),
        Cell(figures.complaints, link(**where, complaint="yes", repost="no")),
        Cell(figures.review, link(**where, complaint="review", repost="no")),
    )


def sentiment_table(stretches: Sequence[Stretch], unit: str, words: Wording) -> Table:
    """By day or hour; a time that nobody watched says so instead of zeros."""
    title = words.trait(unit)
    return Table(
        title,
        (title, *figure_columns(words), words.say("采集", "coverage")),
        tuple(_stretch_row(stretch, unit, words) for stretch in stretches),
    )


def _stretch_row(stretch: Stretch, unit: str, words: Wording) -> tuple[Cell, ...]:
    shown = stretch.name.replace("T", " ") + (":00" if unit == "hour" else "")
    coverage = Cell(words.say(*_COVERAGE[stretch.coverage]))
    if not stretch.drawn:
        return (Cell(shown), *(Cell("—") for _ in figure_columns(words)), coverage)
    return (Cell(shown), *figure_cells(stretch.figures, **{unit: stretch.name}), coverage)


_COVERAGE = {
    "full": ("完整", "full"),
    "partial": ("部分缺失", "partial"),
    "none": ("无采集", "none"),
    "unknown": ("仅导入", "imports only"),
    "future": ("未到", "to come"),
}


def source_table(summary: Summary, words: Wording) -> Table:
    """Every source that said something; those that are blind are marked."""
    titles = summary.titles
    blind = {each.source for each in summary.blind}
    mark = words.say("采集异常", "blind")
    rows = (
        (
            Cell(titles.get(row.name, row.name), note=mark if row.name in blind else ""),
            Cell(row.of),
            *figure_cells(row.figures, source=row.name),
        )
        for row in summary.sources
    )
    columns = (words.trait("source"), words.trait("platform"), *figure_columns(words))
    return Table(words.say("来源", "Sources"), columns, tuple(rows))


def name_table(title: str, trait: str, rows: Iterable[Row], words: Wording) -> Table:
    """Platforms, topics, products: a name and its figures."""
    made = ((Cell(words.value(trait, row.name)), *figure_cells(row.figures, **{trait: row.name})) for row in rows)
    return Table(title, (words.trait(trait), *figure_columns(words)), tuple(made))


def problem_table(summary: Summary, words: Wording) -> Table:
    """Problems with sure and doubtful complaints, the largest first."""
    return _split_table(words.say("问题", "Problems"), "problem", summary.problems, words)


def severity_table(summary: Summary, words: Wording) -> Table:
    """Severities with sure and doubtful complaints, the gravest first."""
    return _split_table(words.say("紧急程度", "Severity"), "severity", summary.severities, words)


def _split_table(title: str, trait: str, splits: Iterable[Split], words: Wording) -> Table:
    rows = (
        (
            Cell(words.value(trait, split.name)),
            Cell(split.complaints, link(**{"complaint": "yes", trait: split.name, "repost": "no"})),
            Cell(split.review, link(**{"complaint": "review", trait: split.name, "repost": "no"})),
        )
        for split in splits
    )
    columns = (words.trait(trait), words.say("投诉", "complaints"), words.value("complaint", "review"))
    return Table(title, columns, tuple(rows))


def customer_table(summary: Summary, words: Wording) -> Table:
    """Known and unknown customers."""
    rows = (
        (Cell(words.value("customer", kind)), *figure_cells(figures, customer=kind))
        for kind, figures in (("known", summary.customers.known), ("unknown", summary.customers.unknown))
    )
    return Table(words.say("客户", "Customers"), (words.trait("customer"), *figure_columns(words)), tuple(rows))


def all_tables(summary: Summary, words: Wording) -> tuple[Table, ...]:
    """Every table of a report that has rows, in the order of the workbook's overview."""
    tables = (
        sentiment_table(summary.days, "day", words),
        *page_tables(summary, words),
        problem_table(summary, words),
        severity_table(summary, words),
    )
    return tuple(table for table in tables if table.rows)


def page_tables(summary: Summary, words: Wording) -> tuple[Table, ...]:
    """The tables that stand on the page by themselves; the others are behind the charts."""
    say = words.say
    tables = (
        source_table(summary, words),
        name_table(say("平台", "Platforms"), "platform", summary.platforms, words),
        name_table(say("监测主题", "Topics"), "topic", summary.topics, words),
        name_table(say("提及最多的产品", "Most named products"), "product", summary.products, words),
        customer_table(summary, words),
        name_table(say("客户分群与生命周期", "Kinds of customers"), "segment", summary.segments, words),
    )
    return tuple(table for table in tables if table.rows)
