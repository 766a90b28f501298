"""Charts: a ``Summary`` to SVG pictures with real text in them, without a network (Altair, vl-convert).

Each chart comes in two widths, since a picture made for a desk cannot be read on a telephone, with a sentence that
says what it shows and the table behind it. Bars are links to their mentions. Colours are those of Okabe and Ito
(2008), told apart with every kind of colour blindness; text and lines take the colour of the page around them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import altair as alt
import vl_convert

from listener.model import Sentiment
from listener.reports.fonts import FOLDER, STACK
from listener.reports.summary import Split, Stretch, Summary
from listener.reports.tables import Table, problem_table, sentiment_table, severity_table, source_table
from listener.reports.traits import link
from listener.reports.wording import Wording

WIDE, NARROW = 1040, 330
"""Pixels: the page's width, and what fits a telephone of 375 with its margins, or a third of the page."""

COLOURS = {"negative": "#d55e00", "neutral": "#9aa5b1", "positive": "#0072b2"}
SURE, DOUBTFUL, REPOST = "#d55e00", "#e8b48c", "#8fbfdd"
_INK, _FAINT = "#010203", "#040506"  # stand-ins, replaced by the page's own colour
NAME_WIDTH = 116
"""Pixels for the names of lying bars: nine Han."""

BARS = 12
"""Bars of a chart by name; the table behind it has all."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: ``wide`` (may be empty: narrow everywhere) and ``narrow`` are SVG, ``alt`` says what is to be seen."""

    name: str
    title: str
    alt: str
    wide: str
    narrow: str
    note: str
    table: Table


def charts(summary: Summary, words: Wording) -> tuple[Chart, ...]:
    """All charts that have something to show, in the order of the page."""
    makers = (sentiment_over_time, volume_by_source, problems, severities)
    return tuple(chart for make in makers if (chart := make(summary, words)) is not None)


def sentiment_over_time(summary: Summary, words: Wording) -> Chart | None:
    """Stacked by day, or by hour where the window is short; times that nobody watched are shaded, not zero."""
    stretches = summary.hours or summary.days
    if not any(stretch.figures.volume for stretch in stretches):
        return None
    unit = "hour" if summary.hours else "day"
    title = (
        words.say("情感走势（按小时）", "Sentiment by hour")
        if summary.hours
        else words.say("情感走势", "Sentiment by day")
    )
    total = summary.total
    peak = max(stretches, key=lambda stretch: stretch.figures.negative)
    alt_text = words.say(
        f"{title}：共 {total.volume} 条，负面 {total.negative}、中性 {total.neutral}、正面 {total.positive}；"
        f"负面最多在 {peak.name}，{peak.figures.negative} 条",
        f"{title}: {total.volume} mentions, {total.negative} negative, {total.neutral} neutral, "
        f"{total.positive} positive; most negative on {peak.name}: {peak.figures.negative}",
    )
    return _chart(
        "sentiment", title, alt_text, _shading_note(stretches, words), sentiment_table(stretches, unit, words),
        lambda width: _stacked(stretches, unit, words, width),
    )  # fmt: skip


def _shading_note(stretches: Sequence[Stretch], words: Wording) -> str:
    kinds = {stretch.coverage for stretch in stretches}
    notes = []
    if any(not stretch.drawn and stretch.coverage == "none" for stretch in stretches):
        notes.append(
            words.say(
                "斜线：无任何来源被采集，数量未知而不是零",
                "Hatched: no source was seen, the number is unknown, not zero",
            )
        )
    if "partial" in kinds or any(stretch.drawn and stretch.coverage == "none" for stretch in stretches):
        notes.append(words.say("浅底：采集不完整，数量可能偏低", "Shaded: not all was seen, numbers may be too low"))
    return words.say("；", "; ").join(notes)


def _stacked(stretches: Sequence[Stretch], unit: str, words: Wording, width: int) -> alt.LayerChart:
    order = [stretch.name for stretch in stretches]
    kinds = {kind.value: words.value("sentiment", kind.value) for kind in Sentiment}
    bars = [
        {
            "at": stretch.name, "kind": kinds[kind], "rank": rank, "count": count,
            "link": link(**{unit: stretch.name, "sentiment": kind}), "says": f"{stretch.name} {kinds[kind]} {count}",
        }
        for stretch in stretches
        for rank, kind in enumerate(kinds)
        if (count := getattr(stretch.figures, kind))
    ]  # fmt: skip
    blind = [
        {"at": stretch.name, "blind": "gap" if not stretch.drawn else "dim"}
        for stretch in stretches
        if stretch.coverage in ("none", "partial")
    ]
    x = alt.X("at:O", scale=alt.Scale(domain=order, paddingInner=0.2, paddingOuter=0.1), axis=_time_axis(order, width))
    shade = (
        alt.Chart(_rows(blind))
        .mark_rect()
        .encode(
            x=x,
            color=alt.Color(
                "blind:N", scale=alt.Scale(domain=["gap", "dim"], range=["#0a0b0c", "#0d0e0f"]), legend=None
            ),
        )
    )
    stack = (
        alt.Chart(_rows(bars))
        .mark_bar()
        .encode(
            x=x,
            y=alt.Y("count:Q", stack="zero", axis=_count_axis()),
            fill=alt.Fill(
                "kind:N", scale=alt.Scale(domain=list(kinds.values()), range=list(COLOURS.values())), legend=_legend()
            ),
            order="rank:O",
            href="link:N",
            description="says:N",
        )
    )
    return alt.LayerChart(layer=[shade, stack]).properties(width=width - 60, height=240 if width == WIDE else 190)


def _time_axis(order: Sequence[str], width: int) -> alt.Axis:
    """At most a dozen labels, half of that on a telephone: month and day, or the hour."""
    step = -(-len(order) // (12 if width == WIDE else 6))
    shown = "slice(datum.value, 11) + ':00'" if "T" in order[0] else "slice(datum.value, 5)"
    return alt.Axis(title=None, values=list(order[::step]), labelExpr=shown, labelAngle=0, labelPadding=6, ticks=False)


def _count_axis() -> alt.Axis:
    return alt.Axis(title=None, format="d", tickMinStep=1, tickCount=4, domain=False, ticks=False, labelPadding=6)


def _legend() -> alt.Legend:
    return alt.Legend(title=None, orient="top", direction="horizontal", symbolType="square", columnPadding=16, offset=8)


def volume_by_source(summary: Summary, words: Wording) -> Chart | None:
    """Bars by source, reposts apart; the loudest twelve, the table has all."""
    rows = summary.sources[:BARS]
    if not rows:
        return None
    titles = summary.titles
    own, repost = words.say("原创", "originals"), words.say("转发", "reposts")
    bars = [
        _Bar(titles.get(row.name, row.name), kind, count, link(source=row.name, repost=flag))
        for row in rows
        for kind, flag, count in ((own, "no", row.figures.originals), (repost, "yes", row.figures.reposts))
    ]
    title = words.say("各来源声量", "Volume by source")
    loudest = rows[0]
    alt_text = words.say(
        f"{title}：{len(summary.sources)} 个来源共 {summary.total.volume} 条，"
        f"最多的是 {bars[0].name}，{loudest.figures.volume} 条",
        f"{title}: {summary.total.volume} mentions from {len(summary.sources)} sources, most from {bars[0].name}: "
        f"{loudest.figures.volume}",
    )
    return _chart(
        "sources", title, alt_text, "", source_table(summary, words),
        lambda width: _bars(bars, {own: COLOURS["positive"], repost: REPOST}, width), wide=False,
    )  # fmt: skip


def problems(summary: Summary, words: Wording) -> Chart | None:
    """What is complained about; a complaint of two problems counts in both."""
    title = words.say("投诉的问题", "Problems complained about")
    return _split_chart("problem", title, summary.problems, problem_table(summary, words), words)


def severities(summary: Summary, words: Wording) -> Chart | None:
    """Complaints by severity, the gravest first."""
    title = words.say("投诉的紧急程度", "Complaints by severity")
    return _split_chart("severity", title, summary.severities, severity_table(summary, words), words)


def _split_chart(name: str, title: str, splits: Sequence[Split], table: Table, words: Wording) -> Chart | None:
    if not any(split.count for split in splits):
        return None
    sure, doubtful = words.say("投诉", "complaints"), words.value("complaint", "review")
    bars = [
        _Bar(words.value(name, split.name), kind, count, link(**{"complaint": tier, name: split.name, "repost": "no"}))
        for split in splits[:BARS]
        for kind, tier, count in ((sure, "yes", split.complaints), (doubtful, "review", split.review))
    ]
    counted = [f"{words.value(name, split.name)} {split.count}" for split in splits[:BARS]]
    alt_text = words.say(f"{title}：{'、'.join(counted)}", f"{title}: {', '.join(counted)}")
    colours = {sure: SURE, doubtful: DOUBTFUL}
    return _chart(name, title, alt_text, "", table, lambda width: _bars(bars, colours, width), wide=False)


def _rows(values: Sequence[dict[str, Any]]) -> alt.Data:
    return alt.Data(values=list(values))  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class _Bar:
    name: str
    kind: str
    count: int
    link: str


def _bars(bars: Sequence[_Bar], colours: dict[str, str], width: int) -> alt.LayerChart:
    """Lying bars, stacked by kind, with their sum behind them."""
    order = list(dict.fromkeys(bar.name for bar in bars))
    ranks = {kind: rank for rank, kind in enumerate(colours)}
    values = [
        {
            "name": b.name,
            "kind": b.kind,
            "rank": ranks[b.kind],
            "count": b.count,
            "link": b.link,
            "says": f"{b.name} {b.kind} {b.count}",
        }
        for b in bars
        if b.count
    ]
    sums = [{"name": name, "sum": sum(bar.count for bar in bars if bar.name == name)} for name in order]
    limit = NAME_WIDTH
    axis = alt.Axis(title=None, labelLimit=limit, minExtent=limit, domain=False, ticks=False, labelPadding=8)
    y = alt.Y("name:N", scale=alt.Scale(domain=order, paddingInner=0.35, paddingOuter=0.15), axis=axis)
    stack = (
        alt.Chart(_rows(values))
        .mark_bar(cornerRadius=1)
        .encode(
            y=y,
            x=alt.X("count:Q", stack="zero", axis=None),
            fill=alt.Fill(
                "kind:N", scale=alt.Scale(domain=list(colours), range=list(colours.values())), legend=_legend()
            ),
            order="rank:O",
            href="link:N",
            description="says:N",
        )
    )
    text = (
        alt.Chart(_rows(sums))
        .mark_text(align="left", dx=6, color=_INK, fontSize=12)
        .encode(y=y, x=alt.X("sum:Q", axis=None), text="sum:Q")
    )
    return alt.LayerChart(layer=[stack, text]).properties(width=width - limit - 36, height=alt.Step(28))


def _chart(
    name: str,
    title: str,
    alt_text: str,
    note: str,
    table: Table,
    draw: Callable[[int], alt.LayerChart],
    wide: bool = True,
) -> Chart:
    large = _svg(draw(WIDE), f"{name}-{WIDE}", alt_text) if wide else ""
    return Chart(name, title, alt_text, large, _svg(draw(NARROW), f"{name}-{NARROW}", alt_text), note, table)


def png(svg: str, scale: float = 2) -> bytes:
    """A chart as a picture for mails, on white with dark text; drawn with the shipped font."""
    _use_font()
    ink = svg.replace("currentColor", "#1f2933")
    found: bytes = vl_convert.svg_to_png(ink, scale=scale)
    return found


@cache
def _use_font() -> None:
    """Text is measured, and drawn in pictures, with the shipped font: a bare machine has none."""
    vl_convert.register_font_directory(str(FOLDER))


def _svg(chart: alt.LayerChart, name: str, alt_text: str) -> str:
    _use_font()
    plain = chart.configure(
        font=STACK,
        background="transparent",
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(labelColor=_INK, labelFontSize=12, gridColor=_FAINT, domainColor=_FAINT),
        legend=alt.LegendConfig(labelColor=_INK, labelFontSize=12, symbolSize=110),
    )
    return _tidy(str(vl_convert.vegalite_to_svg(plain.to_dict(validate=False))), name, alt_text)


_BASE = re.compile(r'xlink:href="[^"#]*#')
_SAYS = re.compile(r'<path aria-label="([^"]*)" role="graphics-symbol" aria-roledescription="bar" ([^>]*)/>')
_ROLES = re.compile(r' (?:role|aria-roledescription|aria-hidden|aria-label|pointer-events|class)="[^"]*"')
_CLIP = re.compile(r"\bclip\d+\b")
_EMPTY = re.compile(r'<path d="(?:M0,0h0v0h0Z)?"(?: display="none")?/>|<g></g>')


def _tidy(svg: str, name: str, alt_text: str) -> str:
    """Links stay inside the page, bars say what they are, colours of text come from the page, and nothing else."""
    svg = _SAYS.sub(r"<path \2><title>\1</title></path>", _BASE.sub('href="#', svg))
    svg = _EMPTY.sub("", _ROLES.sub("", svg))
    for number, clip in enumerate(dict.fromkeys(_CLIP.findall(svg))):
        # numbered through the whole process: the same report made again would differ
        svg = re.sub(rf"\b{clip}\b", f"{name}-clip{number}", svg)
    svg = svg.replace(_INK, "currentColor").replace(f'"{_FAINT}"', '"currentColor" stroke-opacity="0.18"')
    svg = svg.replace('fill="#0d0e0f"', 'fill="currentColor" fill-opacity="0.07"')
    svg = svg.replace('fill="#0a0b0c"', f'fill="url(#hatch-{name})"')
    svg = svg.replace(' xmlns:xlink="http://www.w3.org/1999/xlink" version="1.1"', "")
    return svg.replace("<svg ", f'<svg role="group" aria-label="{html.escape(alt_text)}" ', 1).replace(
        "<g ", f"{_hatch(name)}<g ", 1
    )


def _hatch(name: str) -> str:
    return (
        f'<defs><pattern id="hatch-{name}" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><path d="M0,0V6" stroke="currentColor" stroke-opacity="0.35" '
        'stroke-width="2"/></pattern></defs>'
    )
