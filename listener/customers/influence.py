"""Who is heard: the parts of an author's influence, each shown by itself, from nothing but mentions. Pure.

    mentions of 90 days ─▶ who answers, reposts and names whom ─▶ a graph for each site
        ─▶ place in it (k-core, sum of the neighbours' degrees), followers, engagement within the platform,
           what they take part in, how they feel over time ─▶ one ``Standing`` an author

There is no total: a follower is not an answer, and a number that mixes them can be neither explained nor corrected.
The place in the graph follows Pei, Muchnik, Andrade, Zheng and Makse, "Searching for superspreaders of information in
real-world social media", Scientific Reports 4, 5547 (2014): the k-core finds those who spread best, and the sum of the
nearest neighbours' degrees stands in for it where the graph is known in part only, as ours always is.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

WINDOW = timedelta(days=90)
"""How far back mentions count."""

HALF_LIFE = timedelta(days=30)
"""After so long a mention counts half in the stance: what somebody felt fades."""

HIGH = 95.0
"""A part of which so many per cent of the site's authors have less is high."""

LEADING_PARTS = 2
"""High parts that make an opinion leader; one alone may be chance (a large account that nobody answers)."""

_NAMED = re.compile(r"@([\w\-·]{1,30})")


class AuthorKey(NamedTuple):
    """An author inside a site; ``author`` is the platform's id, or the name where it gives none."""

    platform: str
    site: str
    author: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A mention as this step needs it.

    ``score`` is P(positive) - P(negative); ``engagement`` is likes + replies + reposts as the platform showed them,
    None where it shows none; ``named`` is its text where it may name others (@); ``repost_of`` whom it repeats.
    """

    by: AuthorKey
    name: str
    at: datetime
    thread: str = ""
    followers: int = 0
    engagement: int | None = None
    topics: tuple[str, ...] = ()
    score: float = 0.0
    complaint: bool = False
    named: str = ""
    repost_of: AuthorKey | None = None
    forwarded: str = ""


class Feeling(NamedTuple):
    """The mean ``score`` of a month's mentions (``month`` as "2026-11") and how many they were."""

    month: str
    score: float
    mentions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The parts of one author's influence.

    ``followers`` is the newest number seen. ``engagement`` is the mean of a mention and ``engagement_percentile`` (0 to
    100) its place among the platform's authors, None where the platform shows no numbers. ``heard_by`` counts the
    authors who answered, reposted or named this one, ``core`` is the k-core, ``neighbours`` the sum of the neighbours'
    degrees. ``stance`` is the mean score, -1 to 1, with a half-life of 30 days. ``high`` names the parts in which the
    author stands out on the site; two of them make an opinion leader.
    """

    by: AuthorKey
    name: str
    mentions: int
    complaints: int
    last_at: datetime
    followers: int
    engagement: float | None
    engagement_percentile: float | None
    heard_by: int
    core: int
    neighbours: int
    topics: tuple[tuple[str, int], ...]
    stance: float
    feelings: tuple[Feeling, ...]
    high: tuple[str, ...] = ()

    @property
    def leads(self) -> bool:
        """True for an opinion leader."""
        return len(self.high) >= LEADING_PARTS


@dataclass(slots=True)
class _Author:
    said: list[Spoken] = field(default_factory=list)
    heard_by: set[AuthorKey] = field(default_factory=set)


def standings(spoken: Iterable[Spoken], now: datetime, window: timedelta = WINDOW) -> list[Standing]:
    """One for each author who spoke within ``window`` before ``now``, in no particular order."""
    said = [each for each in spoken if now - window <= each.at <= now]
    authors: dict[AuthorKey, _Author] = defaultdict(_Author)
    for each in said:
        authors[each.by].said.append(each)
    for speaker, to in edges(said):
        authors[to].heard_by.add(speaker)
    places = _places(authors)
    engaged = _engagement(authors)
    percentiles = _percentiles(engaged)
    made = [
        _standing(by, author, now, engaged.get(by), percentiles.get(by), places[by]) for by, author in authors.items()
    ]
    return _with_high(made)


class _Place(NamedTuple):
    """Where in the graph: the k-core, and the sum of the neighbours' degrees."""

    core: int
    neighbours: int


def _places(authors: Mapping[AuthorKey, _Author]) -> dict[AuthorKey, _Place]:
    numbers = {by: number for number, by in enumerate(authors)}
    import rustworkx  # for the nightly standings alone

    graph = rustworkx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(len(numbers)))
    graph.add_edges_from_no_data([(numbers[by], numbers[to]) for to, of in authors.items() for by in of.heard_by])
    cores: Any = rustworkx.core_number(graph)
    degrees = [graph.degree(number) for number in range(len(numbers))]
    around = [sum(degrees[other] for other in graph.neighbors(number)) for number in range(len(numbers))]
    return {by: _Place(cores[number], around[number]) for by, number in numbers.items()}


def edges(said: Sequence[Spoken]) -> Iterator[tuple[AuthorKey, AuthorKey]]:
    """(speaker, to whom): who answers a thread speaks to whom opened it; a repost to its original's author; @ to the
    named. Nobody speaks to themselves, and a name that nobody on the site bears is passed over."""
    openers: dict[tuple[str, str, str], Spoken] = {}
    names: dict[tuple[str, str, str], AuthorKey] = {}
    for each in sorted(said, key=lambda one: one.at):
        openers.setdefault((each.by.platform, each.by.site, each.thread), each)
        names[(each.by.platform, each.by.site, each.name)] = each.by
    for each in said:
        for to in _spoken_to(each, openers, names):
            if to is not None and to != each.by:
                yield each.by, to


def _spoken_to(
    each: Spoken, openers: Mapping[tuple[str, str, str], Spoken], names: Mapping[tuple[str, str, str], AuthorKey]
) -> Iterator[AuthorKey | None]:
    place = (each.by.platform, each.by.site)
    if each.thread:
        yield openers[(*place, each.thread)].by
    yield each.repost_of
    if each.forwarded:
        yield names.get((*place, each.forwarded))
    for name in _NAMED.findall(each.named):
        yield names.get((*place, name))


def _engagement(authors: Mapping[AuthorKey, _Author]) -> dict[AuthorKey, float]:
    found = {}
    for by, author in authors.items():
        shown = [each.engagement for each in author.said if each.engagement is not None]
        if shown:
            found[by] = sum(shown) / len(shown)
    return found


def _percentiles(values: Mapping[AuthorKey, float]) -> dict[AuthorKey, float]:
    """Within each platform: the share of its authors that have less, equals counted half (0 to 100)."""
    by_platform: dict[str, list[float]] = defaultdict(list)
    for by, value in values.items():
        by_platform[by.platform].append(value)
    for found in by_platform.values():
        found.sort()
    return {by: _percentile(by_platform[by.platform], value) for by, value in values.items()}


def _percentile(ordered: Sequence[float], value: float) -> float:
    middle = (bisect_left(ordered, value) + bisect_right(ordered, value)) / 2
    return round(100 * middle / len(ordered), 1)


def _standing(
    by: AuthorKey,
    author: _Author,
    now: datetime,
    engagement: float | None,
    percentile: float | None,
    place: _Place,
) -> Standing:
    said = sorted(author.said, key=lambda one: one.at)
    topics = Counter(topic for each in said for topic in each.topics)
    return Standing(
        by=by,
        name=said[-1].name,
        mentions=len(said),
        complaints=sum(each.complaint for each in said),
        last_at=said[-1].at,
        followers=next((each.followers for each in reversed(said) if each.followers), 0),
        engagement=None if engagement is None else round(engagement, 1),
        engagement_percentile=percentile,
        heard_by=len(author.heard_by),
        core=place.core,
        neighbours=place.neighbours,
        topics=tuple(sorted(topics.items(), key=lambda one: (-one[1], one[0]))),
        stance=_stance(said, now),
        feelings=_feelings(said),
    )


def _stance(said: Sequence[Spoken], now: datetime) -> float:
    weights = [math.pow(0.5, (now - each.at) / HALF_LIFE) for each in said]
    return round(sum(w * each.score for w, each in zip(weights, said, strict=True)) / sum(weights), 3)


def _feelings(said: Sequence[Spoken]) -> tuple[Feeling, ...]:
    months: dict[str, list[float]] = defaultdict(list)
    for each in said:
        months[f"{each.at:%Y-%m}"].append(each.score)
    return tuple(Feeling(month, round(sum(of) / len(of), 3), len(of)) for month, of in months.items())


PARTS = ("followers", "engagement", "heard_by", "core", "neighbours")
"""The parts in which somebody may stand out."""

WORDS = {
    "followers": ("粉丝", "followers"),
    "engagement": ("互动", "engagement"),
    "heard_by": ("被回应", "heard by"),
    "core": ("核心层级", "k-core"),
    "neighbours": ("邻居热度", "neighbours' degrees"),
}
"""What the parts of influence are called."""


def high_words(high: Sequence[str], say: Callable[[str, str], str]) -> str:
    """「粉丝、互动高于本站 95% 的发布者」 in the language of ``say``; "" where nothing stands out."""
    if not high:
        return ""
    chinese = "、".join(WORDS[part][0] for part in high)
    english = ", ".join(WORDS[part][1] for part in high)
    return say(f"{chinese}高于本站 {HIGH:.0f}% 的发布者", f"{english} above {HIGH:.0f} % of the site's authors")


def _with_high(made: Sequence[Standing]) -> list[Standing]:
    """The same with what is high: more than 95 % of the site's authors have, and not nothing."""
    by_site: dict[tuple[str, str], list[Standing]] = defaultdict(list)
    for each in made:
        by_site[each.by[:2]].append(each)
    found = []
    for here in by_site.values():
        ordered = {part: sorted(_value(each, part) for each in here) for part in PARTS}
        found += [_marked(each, ordered) for each in here]
    return found


def _value(standing: Standing, part: str) -> float:
    return float(getattr(standing, part) or 0)


def _marked(standing: Standing, ordered: Mapping[str, Sequence[float]]) -> Standing:
    high = tuple(
        part
        for part in PARTS
        if (value := _value(standing, part)) > 0
        and 100 * bisect_left(ordered[part], value) / len(ordered[part]) >= HIGH
    )
    return replace(standing, high=high) if high else standing
