"""The report as one self-contained HTML page: no network, readable without its script, print-friendly.

Every number is a link ``#f=trait:value;…``. With the script it filters the list of mentions on the same page; without
it, it leads to a group of links to those mentions. Strangers' texts are escaped, their addresses are links only where
they are http or https, and a content security policy lets nothing run but our own script.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from listener.model import Word
from listener.model.reported import CaseFact, MentionFact
from listener.reports.charts import Chart
from listener.reports.fonts import STACK, font_face
from listener.reports.summary import Summary, first_seen, interval
from listener.reports.tables import page_tables
from listener.reports.traits import Trait, day_of, encode, link, traits
from listener.reports.wording import Wording
from listener.text.mask import mask
from listener.text.weighty import weighty

TEMPLATES = Path(__file__).parent / "templates"
LONGEST_TEXT = 1_200
"""Code points of one mention on the page; the workbook has the whole text."""

MOST_MARKS = 12
GROUP = 100
"""Links of one group on a page without script."""

_LINK = re.compile(r'href="#(f=[^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a page is made of. ``mentions`` are newest first, perhaps not all: ``summary`` counts all of them.

    ``downloads`` are (text, file name) of files that lie beside the page.
    """

    summary: Summary
    mentions: Sequence[MentionFact]
    cases: Mapping[int, CaseFact]
    charts: Sequence[Chart]
    words: Wording
    company: str
    now: datetime
    downloads: Sequence[tuple[str, str]] = ()
    unmask: bool = False


def render(page: Page) -> str:
    """The whole page. Its links and its list of mentions agree with the summary wherever all mentions are on it."""
    cards = [_card(mention, page) for mention in page.mentions]
    body = _environment().get_template("report.html.j2").render(_context(page, cards))
    body = body.replace("<!--groups-->", _groups(body, cards))
    return body.replace("/*font*/", font_face(re.sub(r"<[^>]*>", "", body)), 1)


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(TEMPLATES)
    found = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    found.globals["link"] = link
    return found


@dataclass(frozen=True, slots=True)
class Card:
    """One mention as the page shows it."""

    fact: MentionFact
    traits: frozenset[Trait]
    encoded: str
    title: str
    text: Markup
    cut: bool
    author: str
    url: str
    reason: str
    day: str


def _card(fact: MentionFact, page: Page) -> Card:
    cover = str if page.unmask else mask
    found = traits(fact, page.words.zone, page.now, page.cases)
    title = cover(fact.title)
    text = mark(fact.full_text, fact.words, cover, heading=bool(title) and fact.full_text != fact.text)
    return Card(
        fact=fact,
        traits=found,
        encoded=encode(found),
        title=title if fact.full_text != fact.text else "",
        text=text,
        cut=len(fact.full_text) > LONGEST_TEXT,
        author=cover(fact.author_name or fact.author_id),
        url=web_address(fact.url),
        reason=cover(fact.reason),
        day=day_of(fact.happened_at.astimezone(page.words.zone)),
    )


def web_address(url: str) -> str:
    """``url`` where a reader may follow it: http or https with a host; else empty (no ``javascript:``)."""
    try:
        parts = urlsplit(url.strip())
        safe = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return ""
    return url.strip() if safe else ""


def mark(full_text: str, words: Sequence[Word], cover: Any = mask, heading: bool = False) -> Markup:
    """The masked text as HTML with the deciding words marked; with ``heading`` without its first line, the title.

    Masking comes first and on the whole text, so that no mark can split a number and uncover it. Where it changed
    the length, a word is marked only if it still stands there as often as before.
    """
    shown = cover(full_text)
    marked = [*weighty(words[:MOST_MARKS], -1), *weighty(words[:MOST_MARKS], 1)]
    spans = sorted(span for word in marked if (span := _span(full_text, shown, word)) is not None)
    begin = (shown.find("\n") + 1 or len(shown)) if heading else 0
    return Markup("").join(_pieces(shown[: begin + LONGEST_TEXT], spans, begin))


def _pieces(shown: str, spans: Sequence[tuple[int, int, bool]], begin: int) -> Iterator[Markup]:
    at = begin
    for start, end, good in spans:
        if start < at or end > len(shown):
            continue
        yield Markup.escape(shown[at:start])
        yield Markup('<mark class="{}">{}</mark>').format("good" if good else "bad", shown[start:end])
        at = end
    yield Markup.escape(shown[at:])


def _span(full_text: str, shown: str, word: Word) -> tuple[int, int, bool] | None:
    said = full_text[word.start : word.end]
    if not said.strip():
        return None
    if len(shown) == len(full_text):
        return (word.start, word.end, word.weight > 0) if shown[word.start : word.end] == said else None
    if full_text.count(said) != shown.count(said):
        return None
    start = -1
    for _ in range(full_text.count(said, 0, word.start) + 1):
        start = shown.find(said, start + 1)
    return (start, start + len(said), word.weight > 0) if start >= 0 else None


def _context(page: Page, cards: Sequence[Card]) -> dict[str, Any]:
    summary, words = page.summary, page.words
    script = (TEMPLATES / "report.js").read_text("utf-8")
    return {
        "page": page,
        "s": summary,
        "w": words,
        "say": words.say,
        "css": Markup((TEMPLATES / "report.css").read_text("utf-8").replace("FONT_STACK", STACK)),  # noqa: S704 - ours
        "script": Markup(script),  # noqa: S704 - ours
        "script_digest": base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        "headline": headline(summary, words),
        "looked_back": first_seen(summary.health),
        "titles": summary.titles,
        "tables": page_tables(summary, words),
        "days": [(day, list(group)) for day, group in groupby(cards, key=lambda card: card.day)],
        "left_out": summary.total.volume - len(cards),
        "cover": str if page.unmask else mask,
        "labels": _labels(page, cards),
    }


@dataclass(frozen=True, slots=True)
class Headline:
    """One large figure: what it is, the number, what stands below it, and the link behind it."""

    name: str
    value: str
    link: str
    notes: tuple[tuple[str, str], ...]
    tone: str = ""


def headline(summary: Summary, words: Wording) -> tuple[Headline, ...]:
    """The large figures on top."""
    return (
        _volume(summary, words),
        _negative(summary, words),
        _complaints(summary, words),
        _grave(summary, words),
        _response(summary, words),
        _known(summary, words),
    )


def _change(summary: Summary, words: Wording, name: str) -> tuple[str, str]:
    """The note that compares with the window before; none where that one was not watched."""
    if summary.previous is None or not summary.comparable:
        return ("", "")
    now, before = getattr(summary.total, name), getattr(summary.previous, name)
    return (words.say(f"较上期 {words.change(now, before)}", f"{words.change(now, before)} on the period before"), "")


def _volume(summary: Summary, words: Wording) -> Headline:
    total = summary.total
    notes = (
        (words.say(f"不含转发 {total.originals:,}", f"{total.originals:,} without reposts"), link(repost="no")),
        _change(summary, words, "volume"),
    )
    return Headline(words.say("声量", "Volume"), words.number(total.volume), link(), notes)


def _negative(summary: Summary, words: Wording) -> Headline:
    total = summary.total
    low, high = interval(total.negative, total.volume)
    small = words.small(total.volume)
    margin = words.say(f"区间 {low:.0%}–{high:.0%}", f"{low:.0%}–{high:.0%}")
    share = words.percent(total.negative, total.volume)
    notes = (
        (words.say(f"占 {share}", f"{share} of all") + (f"，{small}，{margin}" if small else ""), ""),
        _change(summary, words, "negative"),
    )
    return Headline(
        words.value("sentiment", "negative"), words.number(total.negative), link(sentiment="negative"), notes, "bad"
    )


def _complaints(summary: Summary, words: Wording) -> Headline:
    total = summary.total
    review = words.say(f"另有待核实 {total.review:,}", f"and {total.review:,} to verify")
    notes = ((review, link(complaint="review", repost="no")), _change(summary, words, "complaints"))
    name = words.say("投诉", "Complaints")
    return Headline(name, words.number(total.complaints), link(complaint="yes", repost="no"), notes, "bad")


def _grave(summary: Summary, words: Wording) -> Headline:
    counts = {split.name: split.complaints for split in summary.severities}
    notes = (
        (
            f"{words.value('severity', 'S2')} {counts.get('S2', 0):,}",
            link(complaint="yes", severity="S2", repost="no"),
        ),
    )
    name = words.say("特急投诉", "Critical complaints")
    return Headline(
        name, words.number(counts.get("S1", 0)), link(complaint="yes", severity="S1", repost="no"), notes, "bad"
    )


def _response(summary: Summary, words: Wording) -> Headline:
    cases = summary.cases
    in_time = cases.response.get("in_time", 0)
    overdue = cases.response.get("overdue", 0)
    waiting = cases.response.get("waiting", 0)
    open_cases = words.say(
        f"工单 {cases.count:,}，未办结 {cases.open:,}", f"{cases.count:,} cases, {cases.open:,} open"
    )
    notes = (
        (words.say(f"超时未联系 {overdue:,}", f"{overdue:,} overdue"), link(response="overdue")),
        (words.say(f"待联系 {waiting:,}", f"{waiting:,} waiting"), link(response="waiting")),
        (open_cases, "#cases"),
    )
    name = words.say("首次联系按时", "First contact in time")
    return Headline(name, f"{in_time:,}/{cases.decided:,}", link(response="in_time"), notes)


def _known(summary: Summary, words: Wording) -> Headline:
    customers = summary.customers
    complaints = words.say(f"其中投诉 {customers.known.complaints:,}", f"{customers.known.complaints:,} complaints")
    notes = (
        (words.say(f"客户 {customers.people:,} 位", f"{customers.people:,} customers"), ""),
        (complaints, link(customer="known", complaint="yes", repost="no")),
        *_records(summary, words),
    )
    name = words.say("已知客户的信息", "By known customers")
    return Headline(name, words.number(customers.known.volume), link(customer="known"), notes)


def _records(summary: Summary, words: Wording) -> Iterator[tuple[str, str]]:
    """How complete the customer records are: of those heard of, else of all."""
    records = summary.records
    if records is not None and records.count:
        share = records.completeness if records.heard is None else records.heard
        of = words.say(f"（全部 {records.completeness:.0%}）", f" ({records.completeness:.0%} of all)")
        yield words.say(f"资料完整率 {share:.0%}", f"records {share:.0%} known") + of, ""


def _labels(page: Page, cards: Sequence[Card]) -> dict[str, dict[str, str]]:
    """What the script calls traits in the line above a filtered list: names, and values that are codes."""
    found = {trait for card in cards for trait in card.traits if trait[0] not in ("day", "hour", "topic", "product")}
    titles = page.summary.titles
    values = {
        f"{name}:{value}": titles.get(value, value) if name == "source" else page.words.value(name, value)
        for name, value in sorted(found)
    }
    names = {name: page.words.trait(name) for name, _ in sorted({(trait[0], "") for c in cards for trait in c.traits})}
    return {"names": names, "values": {key: word for key, word in values.items() if not key.endswith(f":{word}")}}


def _groups(body: str, cards: Sequence[Card]) -> str:
    """For readers without script: under each address that the page links to, links to the mentions behind it."""
    by_trait: dict[Trait, set[int]] = defaultdict(set)
    for place, card in enumerate(cards):
        for trait in card.traits:
            by_trait[trait].add(place)
    addresses = dict.fromkeys(_LINK.findall(body))
    addresses.pop("f=", None)  # all of them: the list itself
    return "".join(_group(address, _places(address, by_trait), cards) for address in addresses)


def _places(address: str, by_trait: Mapping[Trait, set[int]]) -> list[int]:
    wanted = [part.partition(":") for part in address.removeprefix("f=").split(";")]
    sets = [by_trait.get((name, unquote(value)), set()) for name, _, value in wanted]
    return sorted(set.intersection(*sets))


def _group(address: str, places: Sequence[int], cards: Sequence[Card]) -> str:
    links = " ".join(f'<a href="#m{cards[place].fact.id}">{place + 1}</a>' for place in places[:GROUP])
    more = f" … {len(places)}" if len(places) > GROUP else ""
    shown = Markup.escape(unquote(address.removeprefix("f=")))
    return f'<p id="{Markup.escape(address)}"><b>{shown}</b> ({len(places)}): {links}{more}</p>\n'
