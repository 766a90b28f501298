"""What a text complains about: problem codes of the taxonomy, each with its clause and its target."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

from listener.model import Analysis, Category, Sentiment
from listener.nlp.clauses import Clause
from listener.nlp.complaint_cues import LACK
from listener.nlp.cues import Hit

__all__ = ["BAD_CLAUSE", "Aspect", "about_cars", "aspects", "categories", "denied", "problem_of"]

_MOST: Final = 5
_WORD: Final = 2.0
_ASPECT: Final = 1.0
# What keeps a word from being a complaint: a negation just before it (没有异响, 不漏油, 没觉得烧机油), or a clause
# that only supposes it (万一失灵, 怕烧机油, 如果漏油).
_DENIED: Final = re.compile(
    r"(?:(?:不|没有?|无|未|从不|毫无|并无|不会|不存在|避免|防止|杜绝|预防|不怎么|不太|不再)(?:有)?(?:任何|什么|明显|啥)?的?"
    r"|(?:不|没有?|未|从未)(?:再)?(?:出现|发生|发现|遇到|碰到|觉得|感觉|听说|见)(?:过|有|到)?[^,，。]{0,5})$"
)
_SUPPOSED: Final = re.compile(
    r"万一|如果|要是|假如|倘若|怕|会不会|是否|是不是|有没有|据说|听说|都说|谣言|传言|不知道|容易|可能会?|防|避免|应对|对付|扑灭|幸好没|幸亏没|还好没"
    r"|(?:小心|当心|谨防|警惕|以防)[^还也都却]{0,4}$"
)
_LOOK_BACK: Final = 12
BAD_CLAUSE: Final = -3.0
"""Summed word weights from which on a clause says something bad; a seed word is worth about 6."""
# An aspect counts too where its clause goes on to say what it does not do: 方向盘变得很沉重.
_LACK: Final = re.compile(LACK)


GOOD_CLAUSE: Final = 3.0


class Aspect(NamedTuple):
    """How one clause feels about one thing: its code, the clause and its place, the product or dealer, the feeling."""

    code: str
    clause: str
    start: int
    end: int
    target: str
    sentiment: Sentiment


def aspects(
    text: str, parts: Sequence[Clause], hits: Sequence[Hit], weights: Sequence[tuple[int, int, float]]
) -> tuple[Aspect, ...]:
    """Each thing named in each clause, in order, with the feeling of that clause; places count in ``text``."""
    pulls, targets = _pulls(parts, weights), _Targets(hits)
    found: dict[tuple[str, int], Aspect] = {}
    number = 0
    for hit in hits:
        while number < len(parts) - 1 and hit.start >= parts[number].end:
            number += 1
        for cue in hit.cues if parts else ():
            if cue.kind not in ("problem", "aspect"):
                continue
            clause, pull = parts[number], pulls[number]
            bad = pull < BAD_CLAUSE or bool(_points(cue.kind, text, hit, pull, clause.end))
            feeling = Sentiment.NEGATIVE if bad else Sentiment.POSITIVE if pull > GOOD_CLAUSE else Sentiment.NEUTRAL
            known = found.get((cue.value, number))
            if known is None or bad:
                aspect = Aspect(cue.value, clause.text, clause.start, clause.end, targets.nearest(hit.start), feeling)
                found[cue.value, number] = aspect
    return tuple(found.values())


@dataclass(slots=True)
class _Tally:
    points: float
    clause: Clause
    strength: float
    at: int


def categories(
    text: str, parts: Sequence[Clause], hits: Sequence[Hit], weights: Sequence[tuple[int, int, float]]
) -> tuple[Category, ...]:
    """The codes, the surest first, at most five. ``weights`` are the sentiment's (start, end, weight) in order."""
    pulls = _pulls(parts, weights)
    tallies: dict[str, _Tally] = {}
    targets = _Targets(hits)
    clause = 0
    for hit in hits if parts else ():
        _, cues, start, _ = hit
        while clause < len(parts) - 1 and start >= parts[clause].end:
            clause += 1
        for kind, code in cues:
            points = _points(kind, text, hit, pulls[clause], parts[clause].end)
            if points:
                _count(tallies, code, points, parts[clause], start)
    strange = _strange_trades(text, tallies) if len(tallies) > 1 else frozenset()
    ranked = sorted(tallies.items(), key=lambda pair: (-_rank(pair[0], pair[1], strange), pair[1].at))
    return tuple([_category((code, tally.clause.text, targets.nearest(tally.at))) for code, tally in ranked[:_MOST]])


def problem_of(analysis: Analysis, safety: bool) -> str:
    """The problem of a complaint: its weightiest category; where people are in danger, what the trade calls it if the
    same clause says so (刹车失灵 is of the brakes), else the danger itself. "" for none."""
    found = analysis.categories
    danger = next((each for each in found if each.code == "core.safety"), None) if safety else None
    if danger is not None:
        own = [each for each in found if not each.code.startswith("core.")]
        named = (each.code for each in own if each.clause == danger.clause or each.code.endswith(".safety"))
        return next(named, danger.code)
    return found[0].code if found else ""


def about_cars(analysis: Analysis) -> bool:
    """Whether one of the problems found is of a car."""
    return any(category.code.startswith("car.") for category in analysis.categories)


# A NamedTuple's own __new__ is Python code.
_category: Final[Callable[[tuple[str, str, str]], Category]] = partial(tuple.__new__, Category)


def _points(kind: str, text: str, hit: Hit, pull: float, clause_end: int) -> float:
    if kind == "problem" and not denied(text, hit.start):
        # 充电桩, 补课, 社保: a word that names a matter is a problem only where nothing good is said of it
        return _WORD if pull < 6.0 else 0.0
    bad = kind == "aspect" and (pull < BAD_CLAUSE or _LACK.search(text, hit.start, clause_end))
    return _ASPECT if bad else 0.0


def _count(tallies: dict[str, _Tally], code: str, points: float, clause: Clause, at: int) -> None:
    tally = tallies.get(code)
    if tally is None:
        tallies[code] = _Tally(points, clause, points, at)
        return
    tally.points += points / 2
    if points > tally.strength:
        tally.clause, tally.strength, tally.at = clause, points, at


# Words that tell which trade a text is about, beside its problems.
_TRADE_MARKS: Final = {
    "car": re.compile("车|4s|底盘|发动机|续航"),
    "food": re.compile("吃|餐|饭|菜|外卖|食|喝|口味"),
    "hotel": re.compile("酒店|房间|入住|前台|退房"),
}
_OUTNUMBERED: Final = 3


def _strange_trades(text: str, codes: Iterable[str]) -> frozenset[str]:
    """The trades among ``codes`` that the text is hardly about: another's marks outnumber theirs by far.

    塑料烧焦 in a text about a car is no foreign body in food.
    """
    named = {code.split(".", 1)[0] for code in codes} & _TRADE_MARKS.keys()
    marks = {trade: len(_TRADE_MARKS[trade].findall(text)) for trade in _TRADE_MARKS}
    most = max(marks.values())
    return frozenset(trade for trade in named if most >= _OUTNUMBERED and marks[trade] * _OUTNUMBERED <= most)


def _rank(code: str, tally: _Tally, strange: frozenset[str]) -> float:
    """A trade's own code says more than one of the common core, and one of a strange trade says least."""
    if code.split(".", 1)[0] in strange:
        return tally.points * 0.3
    return tally.points * (0.6 if code.startswith("core.") and code != "core.safety" else 1.0)


def denied(text: str, start: int) -> bool:
    """Whether what begins at ``start`` is negated or merely supposed by what stands before it in its clause."""
    before = _CLAUSE_END.split(text[max(0, start - _LOOK_BACK) : start])[-1]
    return bool(_DENIED.search(before) or _SUPPOSED.search(before))


_CLAUSE_END: Final = re.compile(r"[,，。！？!?;；\s]")


def _pulls(parts: Sequence[Clause], weights: Sequence[tuple[int, int, float]]) -> list[float]:
    """The summed weight of each clause's words."""
    pulls = [0.0] * len(parts)
    ends = [end for _, _, end in parts]
    at = 0
    for start, _, weight in weights:
        while at < len(ends) and ends[at] <= start:
            at += 1
        if at < len(ends):
            pulls[at] += weight
    return pulls


class _Targets:
    """Which product or dealer stands nearest to a place in the text, the one before it first."""

    def __init__(self, hits: Sequence[Hit]) -> None:
        self._named = [(at, name) for _, cues, at, _ in hits for kind, name in cues if kind in ("product", "dealer")]

    def nearest(self, at: int) -> str:
        if not self._named:
            return ""
        return min(self._named, key=lambda named: abs(named[0] - at) + 20 * (named[0] > at))[1]
