"""A crawl that went well and still must not be believed. Pure.

    volume   the last day's new mentions are outside ``expect_per_day``
    dates    all mentions bear one and the same time, or none where they used to have one
    authors  none has an author where they used to have one
    texts    most say the very same thing
    fields   most records of an interface or a feed have a field that it never had; one that is gone, one that few
             have, and a known extension of feeds are reported only

What is usual is learnt from sound crawls and kept in the source's state, under ``usual``. A doubt stays until a crawl
shows mentions without that sign: one that brings nothing proves nothing. A new field is doubted for a day, then taken
as known. A source's ``accept = ["dates"]`` says that this sign is its nature.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from listener.language import say
from listener.model import CrawlReport, Outcome, RawMention
from listener.model import CrawlSigns as Facts
from listener.settings import SourceSettings

KNOWN_AFTER = timedelta(days=1)
"""A source younger than this has no usual volume yet; its first crawl brings everything at once."""

LEAST = 5
"""Mentions in a crawl from which on a sign is believed; fewer alike are chance."""

MOST_ALIKE = 0.6
SHORT = 6
"""A share of mentions with the same text beyond which it is no chance, and characters below which all must have it."""

LEAST_RECORDS = 10
MOST_NAMES = 800
DOUBTED_FOR = timedelta(days=1)

Doubt = tuple[str, str]
"""The sign's name and a line that tells it."""


@dataclass
class Signs:
    """Counts what the signs need while captures come; memory is bounded by the number of different texts."""

    captures: int = 0
    dated: int = 0
    authored: int = 0
    times: set[datetime] = field(default_factory=set)
    texts: Counter[str] = field(default_factory=Counter)

    def note(self, raw: RawMention) -> None:
        """One capture came."""
        self.captures += 1
        self.authored += bool(raw.author_name.strip() or raw.author_id)
        if raw.published_at is not None:
            self.dated += 1
            if len(self.times) < 2:
                self.times.add(raw.published_at)
        text = " ".join((raw.content.strip() or raw.title).split())[:200]
        if text and len(self.texts) < 10_000:
            self.texts[text] += 1

    def facts(self, fields: Mapping[str, tuple[int, int]]) -> Facts:
        """What was counted; ``fields``: by name, how many records had the field and how many there were."""
        text, alike = self.texts.most_common(1)[0] if self.texts else ("", 0)
        return Facts(
            captures=self.captures,
            dated=self.dated,
            authored=self.authored,
            one_time=next(iter(self.times)) if len(self.times) == 1 else None,
            alike=alike,
            alike_length=len(text),
            fields=dict(fields),
        )


def doubt(
    report: CrawlReport,
    source: SourceSettings,
    new_today: int,
    first_at: datetime | None,
    known: Mapping[str, Any] | None = None,
) -> CrawlReport:
    """The report, as ``SUSPECT`` where a sign says so, with what is usual by now in its state.

    ``new_today``: new mentions of the last day without this crawl's. ``first_at``: its first crawl ever, None where
    this is the first. ``known``: the source's state before.
    """
    usual = _Usual.of((known or {}).get("usual"))
    if report.outcome.bad:
        return replace(report, state={**report.state, "usual": usual.state()}) if known else report
    found = dict(_signs(report, usual))
    fresh, audit = usual.learn_fields(report)
    if fresh:
        found["fields"] = fresh
    doubted = {name: line for name, line in found.items() if name not in source.accept}
    usual.learn(report.signs, doubted)
    volume = "" if "volume" in source.accept else _volume(report, source, new_today, first_at)
    lines = [*([volume] if volume else []), *doubted.values()]
    told = [line for name, line in found.items() if name != "fields"]
    kept = replace(report, state={**report.state, "usual": usual.state()}, audit=(*report.audit, *audit, *told))
    return replace(kept, outcome=Outcome.SUSPECT, detail="；".join(lines)) if lines else kept


def _volume(report: CrawlReport, source: SourceSettings, new_today: int, first_at: datetime | None) -> str:
    if source.expect_per_day is None or first_at is None or report.started_at - first_at < KNOWN_AFTER:
        return ""
    lowest, highest = source.expect_per_day
    volume = new_today + report.new
    if lowest <= volume <= highest:
        return ""
    return say(
        f"最近 24 小时新增 {volume} 条，通常为 {lowest} 到 {highest} 条",
        f"{volume} new in the last 24 hours; usual are {lowest} to {highest}",
    )


def _signs(report: CrawlReport, usual: _Usual) -> Iterator[Doubt]:
    """The signs that this crawl shows, and those that an earlier one showed and this one does not refute."""
    for name, shown in (("dates", _dates), ("authors", _authors), ("texts", _texts)):
        before = usual.doubted.get(name, "")
        if not report.signs.captures and before:
            yield name, before
        elif report.signs.captures >= (1 if before else LEAST) and (line := shown(report.signs, usual)):
            yield name, line


def _dates(signs: Facts, usual: _Usual) -> str:
    if not signs.dated:
        lost = say("没有一条读到发布时间，以前都有", "not one has a time; they used to have one")
        return lost if usual.dates else ""
    at = signs.one_time
    day_only = at is not None and (at.hour, at.minute, at.second) == (0, 0, 0)  # a list that shows days shows today's
    if at is None or day_only or signs.dated < signs.captures:
        return ""
    return say(f"所有信息的发布时间都相同（{at:%m-%d %H:%M:%S}）", f"all bear the same time ({at.isoformat()})")


def _authors(signs: Facts, usual: _Usual) -> str:
    if signs.authored or not usual.authors:
        return ""
    return say("没有一条读到发布者，以前都有", "not one has an author; they used to have one")


def _texts(signs: Facts, _usual: _Usual) -> str:
    share = signs.alike / signs.captures
    if share < (1 if signs.alike_length < SHORT else MOST_ALIKE):
        return ""
    return say(
        f"{signs.captures} 条中有 {signs.alike} 条文字完全相同",
        f"{signs.alike} of {signs.captures} say the very same thing",
    )


@dataclass
class _Usual:
    """What is usual of a source: ``fields`` that its payloads ever had, ``always`` those that every record has.

    ``doubted``: signs by name, with the line that told them. ``fresh``: lines of fields that came or went, and until
    when that is doubted.
    """

    dates: bool = False
    authors: bool = False
    fields: set[str] = field(default_factory=set)
    always: set[str] = field(default_factory=set)
    doubted: dict[str, str] = field(default_factory=dict)
    fresh: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, found: object) -> _Usual:
        """From the state; of what is not as it was written, nothing."""
        if not isinstance(found, Mapping):
            return cls()
        try:
            return cls(
                bool(found.get("dates")),
                bool(found.get("authors")),
                set(map(str, found.get("fields", ()))),
                set(map(str, found.get("always", ()))),
                {str(name): str(line) for name, line in dict(found.get("doubted", {})).items()},
                {str(line): str(datetime.fromisoformat(at)) for line, at in dict(found.get("fresh", {})).items()},
            )
        except (TypeError, ValueError):
            return cls()

    def state(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "dates": self.dates,
            "authors": self.authors,
            "fields": sorted(self.fields),
            "always": sorted(self.always),
            "doubted": self.doubted,
            "fresh": self.fresh,
        }

    def learn(self, signs: Facts, doubted: Mapping[str, str]) -> None:
        """Half the mentions of a crawl with a time, or an author, make that usual; it stays so."""
        self.doubted = {name: line for name, line in doubted.items() if name != "fields"}
        if signs.captures >= LEAST:
            self.dates = self.dates or signs.dated * 2 >= signs.captures
            self.authors = self.authors or signs.authored * 2 >= signs.captures

    def learn_fields(self, report: CrawlReport) -> tuple[str, list[str]]:
        """Take up the fields of a crawl: a line for what most records changed within a day, lines for the audit."""
        counted, now, began = report.signs.fields, report.started_at, not self.fields
        records = {_of(name): counts[1] for name, counts in counted.items()}
        kinds = {_of(name) for name in self.fields}  # of records seen for the first time every field is new: learnt
        new = {name: counts for name, counts in counted.items() if name not in self.fields and _of(name) in kinds}
        lost = [name for name in self.always if name not in counted and records.get(_of(name), 0) >= LEAST_RECORDS]
        lines = {_appeared(name, counts): _grave(name, counts) for name, counts in sorted(new.items())}
        lines |= {_vanished(name, records[_of(name)]): False for name in sorted(lost)}
        until = (now + DOUBTED_FOR).isoformat()
        self.fresh = {line: at for line, at in self.fresh.items() if datetime.fromisoformat(at) > now}
        self.fresh |= {line: until for line, grave in lines.items() if grave}
        self._keep_fields(counted, records, began)
        return "；".join(list(self.fresh)[:3]), list(lines)[:20]

    def _keep_fields(self, counted: Mapping[str, tuple[int, int]], records: Mapping[str, int], began: bool) -> None:
        room = max(0, MOST_NAMES - len(self.fields))
        self.fields |= set(sorted(set(counted) - self.fields)[:room])
        whole = {name for name, (has, of) in counted.items() if has == of >= LEAST_RECORDS}
        self.always = whole if began else {name for name in self.always if name in whole or _of(name) not in records}


def _of(name: str) -> str:
    """The kind of record that a field belongs to."""
    return name.rpartition(".")[0]


def _grave(name: str, counts: tuple[int, int]) -> bool:
    """True where most records have it. A known extension of feeds (``media:thumbnail``) is none that we read."""
    known = ":" in name.rpartition(".")[2]
    return not known and counts[1] >= LEAST_RECORDS and counts[0] * 2 >= counts[1]


def _appeared(name: str, counts: tuple[int, int]) -> str:
    return say(
        f"接口或订阅中出现新字段 {name}（{counts[0]}/{counts[1]}）",
        f"a new field {name} ({counts[0]} of {counts[1]} have it)",
    )


def _vanished(name: str, count: int) -> str:
    return say(f"接口或订阅中不再有字段 {name}（0/{count}）", f"the field {name} is gone (0 of {count} have it)")
