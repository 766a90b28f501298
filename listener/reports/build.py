"""A report from the database to files: page, workbook, JSON. One snapshot of the data serves all of them.

facts ─→ summarise ─→ charts ─→ page
  └────→ sheets, JSON rows
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from sqlmodel import Session

from listener.errors import BadInput, Mistake
from listener.language import say
from listener.model.reported import CaseFact, Figures, MentionFact, SourceFact
from listener.nlp.taxonomy import Taxonomy, shipped_taxonomy
from listener.reports.charts import charts
from listener.reports.files import whole_file
from listener.reports.known import healths, source_facts
from listener.reports.render import Page, render
from listener.reports.rows import case_row, mention_row
from listener.reports.sheets import write_workbook
from listener.reports.summarise import summarise
from listener.reports.summary import Records, Summary, accuracy, to_json
from listener.reports.wording import Wording
from listener.settings import SegmentSettings, SourceSettings
from listener.store import corrections, facts
from listener.store.engine import Database
from listener.store.traits import DEFAULT, completeness, segment_codes
from listener.text.mask import mask

PAGE_LIMIT = 5_000
"""Mentions on one page; a browser stays quick with them. The workbook has all."""

JUDGED_WITHIN = timedelta(days=30)
"""How far before the end of a period people's judgements count for its accuracy: a day has too few."""

_NAMES = {".html": "index.html", ".xlsx": "report.xlsx", ".json": "report.json"}


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """What was written; None where a single file of another kind was asked for."""

    summary: Summary
    html: Path | None = None
    xlsx: Path | None = None
    json: Path | None = None


def build_report(
    database: Database,
    *,
    start: datetime,
    end: datetime,
    out: Path,
    zone: ZoneInfo,
    company: str,
    now: datetime,
    language: Literal["zh", "en"] = "zh",
    sources: Sequence[SourceSettings] | None = None,
    unmask: bool = False,
    page_limit: int = PAGE_LIMIT,
    taxonomy: Taxonomy | None = None,
    segments: SegmentSettings = DEFAULT,
) -> ReportFiles:
    """Write the report of ``start <= time < end``; the files and the summary behind them.

    ``out`` is a folder (``index.html``, ``report.xlsx``, ``report.json``) or one file with such an ending. With
    ``sources`` those that are configured and were never crawled count as blind, and those no longer configured do
    not. ``BadInput`` for an empty window, another ending, or a place that cannot be written.
    """
    paths = _paths(out)
    if end <= start:
        raise BadInput(Mistake("--from, --to", say("起始时间不早于终止时间", "the start is not before the end")))
    words = Wording(language, zone, taxonomy or shipped_taxonomy())
    with facts.snapshot(database) as session:
        window = facts.Window(start, end)
        cases = {case.id: case for case in facts.cases(session, window)}
        newest: list[MentionFact] = []
        summary = _summary(session, window, newest, page_limit, cases, sources, zone, now, segments)
        with ExitStack() as files:
            opened = {ending: files.enter_context(whole_file(path)) for ending, path in paths.items()}
            if ".html" in opened:
                page = Page(
                    summary=summary, mentions=newest, cases=cases, charts=charts(summary, words), words=words,
                    company=company, now=now, downloads=_downloads(paths, words), unmask=unmask,
                )  # fmt: skip
                opened[".html"].write_text(render(page), "utf-8")
            if ".xlsx" in opened:
                mentions = facts.mentions(session, window)
                write_workbook(opened[".xlsx"], summary, mentions, cases, words, company, unmask)
            if ".json" in opened:
                _write_json(opened[".json"], summary, facts.mentions(session, window), cases.values(), zone, unmask)
    return ReportFiles(summary, paths.get(".html"), paths.get(".xlsx"), paths.get(".json"))


def _paths(out: Path) -> dict[str, Path]:
    ending = out.suffix.lower()
    if out.is_dir() or not ending:
        return {kind: out / name for kind, name in _NAMES.items()}
    if ending not in _NAMES:
        what = say(f"报告不能写成「{out.suffix}」文件", f"a report cannot be a {out.suffix} file")
        mend = say(
            "请给出文件夹，或以 .html、.xlsx、.json 结尾的文件",
            "give a folder, or a file ending in .html, .xlsx, .json",
        )
        raise BadInput(Mistake(str(out), what, mend))
    return {ending: out}


def _downloads(paths: dict[str, Path], words: Wording) -> list[tuple[str, str]]:
    texts = {".xlsx": words.say("Excel 明细", "Excel workbook"), ".json": "JSON"}
    return [(texts[ending], path.name) for ending, path in paths.items() if ending in texts]


def _summary(
    session: Session,
    window: facts.Window,
    newest: list[MentionFact],
    keep: int,
    cases: dict[int, CaseFact],
    sources: Sequence[SourceSettings] | None,
    zone: ZoneInfo,
    now: datetime,
    how: SegmentSettings,
) -> Summary:
    """The summary in one pass; the first ``keep`` mentions that come by are kept in ``newest``."""
    assert window.start is not None and window.end is not None
    before = facts.Window(window.start - (window.end - window.start), window.start)
    assert before.start is not None
    previous = facts.totals(session, before)
    known = source_facts(facts.sources(session), sources)
    heard: set[int] = set()
    said = _with_segments(session, facts.mentions(session, window), now, how, heard)
    made = summarise(
        _keep(said, newest, keep),
        start=window.start,
        end=window.end,
        now=now,
        zone=zone,
        cases=cases,
        health=healths(facts.crawls(session, window), known, window.start, min(window.end, now)),
        previous=previous,
        comparable=_comparable(previous, known.values(), before.start),
    )
    judged = accuracy(corrections.tally(session, window.end - JUDGED_WITHIN, window.end))
    return replace(made, accuracy=judged, records=Records(*completeness(session, heard)))


def _with_segments(
    session: Session, mentions: Iterable[MentionFact], now: datetime, how: SegmentSettings, heard: set[int]
) -> Iterator[MentionFact]:
    """The mentions with their customers' kinds; the customers are added to those ``heard`` of."""
    for page in batched(mentions, 500):
        people = {mention.customer_id for mention in page if mention.customer_id is not None}
        codes = segment_codes(session, people, now, how)
        heard |= people
        for mention in page:
            own = codes.get(mention.customer_id or 0, ())
            yield replace(mention, segments=own) if own else mention


def batched(values: Iterable[MentionFact], size: int) -> Iterator[list[MentionFact]]:
    """``values`` in lists of ``size``; Python 3.11 has no ``itertools.batched``."""
    source = iter(values)
    while page := list(itertools.islice(source, size)):
        yield page


def _keep(mentions: Iterable[MentionFact], newest: list[MentionFact], keep: int) -> Iterator[MentionFact]:
    for mention in mentions:
        if len(newest) < keep:
            newest.append(mention)
        yield mention


def _comparable(previous: Figures, known: Iterable[SourceFact], start: datetime) -> bool:
    """True where the window before was watched from its start on, or is filled by imports alone."""
    started = [source.first_crawl_at for source in known if source.first_crawl_at]
    return min(started) <= start if started else previous.volume > 0


def _write_json(
    out: Path,
    summary: Summary,
    mentions: Iterable[MentionFact],
    cases: Iterable[CaseFact],
    zone: ZoneInfo,
    unmask: bool,
) -> None:
    """``{"summary": …, "cases": […], "mentions": […]}``, a row a line, streamed."""
    cover = str if unmask else mask
    with out.open("w", encoding="utf-8", newline="\n") as file:
        file.write('{"summary": ' + json.dumps(to_json(summary, cover), ensure_ascii=False))
        for name, rows in (
            ("cases", (case_row(case, zone, cover) for case in cases)),
            ("mentions", (mention_row(mention, zone, cover) for mention in mentions)),
        ):
            file.write(f',\n"{name}": [')
            for number, row in enumerate(rows):
                file.write((",\n" if number else "\n") + json.dumps(row, ensure_ascii=False))
            file.write("]")
        file.write("}\n")
