"""The report's workbook: overview, all mentions, complaints, cases, sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from openpyxl import Workbook

from listener.model import Tier
from listener.model.reported import CaseFact, MentionFact
from listener.reports.coverage import Gap, SourceHealth
from listener.reports.rows import Cover
from listener.reports.summary import Summary
from listener.reports.tables import Table, all_tables
from listener.reports.traits import response_of
from listener.reports.wording import Wording
from listener.reports.workbook import Column, Sheet
from listener.text.mask import mask

MENTION_HEADS = (
    ("编号", "No.", 9),
    ("时间", "time", 17),
    ("时间依据", "time by", 10),
    ("来源", "source", 18),
    ("平台", "platform", 12),
    ("发布者", "author", 16),
    ("标题", "title", 34),
    ("正文", "text", 70),
    ("情感", "sentiment", 9),
    ("情感分值", "score", 10),
    ("投诉", "complaint", 10),
    ("紧急程度", "severity", 10),
    ("问题", "problem", 20),
    ("判定理由", "why", 40),
    ("主题", "topic", 16),
    ("产品", "product", 16),
    ("诉求", "remedy", 16),
    ("转发自", "repost of", 16),
    ("客户编号", "customer number", 14),
    ("工单", "case", 9),
    ("链接", "link", 40),
    ("平台编号", "native id", 18),
    ("采集时间", "captured", 17),
)
CASE_HEADS = (
    ("编号", "No.", 9),
    ("紧急程度", "severity", 10),
    ("状态", "state", 12),
    ("标题", "title", 50),
    ("主题", "topic", 16),
    ("问题", "problem", 18),
    ("客户编号", "customer number", 14),
    ("负责人", "owner", 12),
    ("团队", "team", 12),
    ("信息数", "mentions", 9),
    ("立案", "opened", 17),
    ("最近发言", "last said", 17),
    ("首次联系期限", "first contact by", 17),
    ("首次联系", "first contact", 17),
    ("首次联系情况", "in time?", 14),
    ("办结", "closed", 17),
    ("理由", "why", 40),
)
SOURCE_HEADS = (
    ("来源", "source", 24),
    ("平台", "platform", 12),
    ("期末状态", "at the end", 18),
    ("自", "since", 17),
    ("最近一次正常", "last seen well", 17),
    ("缺口（小时）", "hours unseen", 12),
    ("采集次数", "crawls", 10),
    ("其中失败", "failed", 10),
    ("新记录", "new captures", 10),
    ("声量", "volume", 10),
    ("缺口时段", "gaps", 60),
    ("说明", "detail", 50),
)
"""Heads of the three kinds of sheet: Chinese, English, width in characters. The widest columns break lines."""

WRAPPED = 50


def _columns(heads: Iterable[tuple[str, str, int]], words: Wording) -> tuple[Column, ...]:
    return tuple(Column(words.say(chinese, english), width, wrap=width >= WRAPPED) for chinese, english, width in heads)


def write_workbook(
    out: Path,
    summary: Summary,
    mentions: Iterable[MentionFact],
    cases: Mapping[int, CaseFact],
    words: Wording,
    company: str,
    unmask: bool = False,
) -> None:
    """Write the workbook; ``mentions`` are streamed once into two sheets."""
    cover: Cover = str if unmask else mask
    workbook = Workbook(write_only=True)
    _overview(workbook, summary, words, company, cover)
    _mentions(workbook, mentions, words, cover)
    _cases(workbook, cases.values(), summary, words, cover)
    _sources(workbook, summary, words, cover)
    workbook.save(out)


def _overview(workbook: Workbook, summary: Summary, words: Wording, company: str, cover: Cover) -> None:
    say = words.say
    columns = [Column("", 34), *(Column("", 14) for _ in range(9))]
    sheet = Sheet(workbook, say("概览", "Overview"), columns, words.zone, head=False)
    sheet.add(say(f"{company} 舆情与投诉报告", f"{company}: mentions and complaints"))
    sheet.add(say("起（含）", "from"), summary.start)
    sheet.add(say("止（不含）", "to, excluded"), summary.end)
    sheet.add(say("生成于", "made"), summary.made_at)
    sheet.add(say("时区", "time zone"), summary.zone)
    sheet.heading(say("采集缺口", "Gaps in what was seen"))
    if not summary.blind:
        sheet.add(say("无", "none"))
    for each in summary.blind:
        sheet.add(
            each.title, words.value("outcome", each.outcome), each.uncovered_hours, each.since, cover(each.detail)
        )
    _totals(sheet, summary, words)
    for table in all_tables(summary, words):
        _table(sheet, table)


def _totals(sheet: Sheet, summary: Summary, words: Wording) -> None:
    say, total, before = words.say, summary.total, summary.previous
    sheet.heading(say("主要数字", "Main figures"))
    sheet.add("", say("本期", "this period"), say("上期", "period before"))
    names = (
        (say("声量", "volume"), "volume"),
        (say("其中转发", "reposts"), "reposts"),
        (words.value("sentiment", "negative"), "negative"),
        (words.value("sentiment", "neutral"), "neutral"),
        (words.value("sentiment", "positive"), "positive"),
        (say("投诉", "complaints"), "complaints"),
        (words.value("complaint", "review"), "review"),
    )
    for name, field in names:
        sheet.add(name, getattr(total, field), getattr(before, field) if before and summary.comparable else None)
    sheet.add(say("按采集时间计入", "by time of capture"), summary.by_captured)
    sheet.add(say("工单", "cases"), summary.cases.count)
    sheet.add(say("未办结工单", "open cases"), summary.cases.open)
    for kind, count in sorted(summary.cases.response.items()):
        sheet.add(f"{words.trait('response')} {words.value('response', kind)}", count)


def _table(sheet: Sheet, table: Table) -> None:
    sheet.heading(table.title)
    sheet.add(*table.columns)
    for row in table.rows:
        sheet.add(*(cell.value for cell in row))


def _mentions(workbook: Workbook, mentions: Iterable[MentionFact], words: Wording, cover: Cover) -> None:
    say = words.say
    columns = _columns(MENTION_HEADS, words)
    every = Sheet(workbook, say("信息", "Mentions"), columns, words.zone)
    complaints = Sheet(workbook, say("投诉", "Complaints"), columns, words.zone)
    for fact in mentions:
        row = _mention(fact, words, cover)
        every.add(*row)
        if fact.tier is not Tier.NO and not fact.repost:
            complaints.add(*row)
    every.close()
    complaints.close()


def _mention(fact: MentionFact, words: Wording, cover: Cover) -> list[object]:
    concerned = fact.tier is not Tier.NO
    return [
        fact.id,
        fact.happened_at,
        words.value("time", "published" if fact.published_at else "captured"),
        fact.source,
        fact.platform,
        cover(fact.author_name or fact.author_id),
        cover(fact.title),
        cover(fact.text),
        words.value("sentiment", fact.sentiment.value),
        round(fact.score, 3),
        words.value("complaint", fact.tier.value),
        words.value("severity", fact.severity.value) if concerned else None,
        "；".join(words.value("problem", code) for code in fact.problems),
        cover(fact.reason),
        "；".join(fact.topics),
        "；".join(fact.products),
        fact.remedy,
        fact.duplicate_of,
        fact.customer,
        fact.case_id,
        fact.url,
        fact.native_id,
        fact.captured_at,
    ]


def _cases(workbook: Workbook, cases: Iterable[CaseFact], summary: Summary, words: Wording, cover: Cover) -> None:
    say = words.say
    columns = _columns(CASE_HEADS, words)
    sheet = Sheet(workbook, say("工单", "Cases"), columns, words.zone)
    for case in sorted(cases, key=lambda case: (case.severity, not case.state.open, case.id)):
        sheet.add(
            case.id, words.value("case_severity", case.severity.value), words.value("case_state", case.state.value),
            cover(case.title), case.topic, words.value("problem", case.problem), case.customer, case.owner, case.team,
            case.mentions, case.opened_at, case.spoken_at, case.first_contact_by, case.first_contact_at,
            words.value("response", response_of(case, summary.made_at)), case.closed_at, cover(case.reason),
        )  # fmt: skip
    sheet.close()


def _sources(workbook: Workbook, summary: Summary, words: Wording, cover: Cover) -> None:
    say = words.say
    columns = _columns(SOURCE_HEADS, words)
    volume = {row.name: row for row in summary.sources}
    sheet = Sheet(workbook, say("来源", "Sources"), columns, words.zone)
    for each in summary.health:
        row = volume.pop(each.source, None)
        heard = row.figures.volume if row else 0
        sheet.add(*_health(each, words), heard, _gaps(each.gaps, words), cover(each.detail))
    for name, row in volume.items():  # imports, and sources no longer configured
        sheet.add(name, row.of, words.value("outcome", "imported"), *[None] * 6, row.figures.volume)
    sheet.close()


def _health(each: SourceHealth, words: Wording) -> list[object]:
    return [
        each.title,
        each.platform,
        words.value("outcome", each.outcome),
        each.since,
        each.last_good_at,
        each.uncovered_hours,
        each.crawls,
        each.bad_crawls,
        each.new,
    ]


MOST_GAPS = 50


def _gaps(gaps: tuple[Gap, ...], words: Wording) -> str:
    lines = [
        f"{words.when(gap.start)} – {words.when(gap.end)} {words.value('outcome', gap.kind)}"
        for gap in gaps[:MOST_GAPS]
    ]
    return "\n".join([*lines, "…"] if len(gaps) > MOST_GAPS else lines)
