"""Of which trades a text's problems can be, and what a complaint is about that no word of trouble names. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from listener.model import Analysis, Category, Complaint, Sentiment, Tier
from listener.nlp.category import problem_of
from listener.nlp.taxonomy import trade_code

__all__ = ["judged", "named", "narrowed", "possible", "trades_of"]

_KIN = {"hotel": ("food",)}
"""Trades that another one brings with it."""
_DANGER = "core.safety"


class _Coded(Protocol):
    @property
    def code(self) -> str:
        """A problem's code: its trade, a point, its name."""


class _Named(_Coded, Protocol):
    @property
    def clause(self) -> str:
        """The clause that names the thing."""

    @property
    def target(self) -> str:
        """The product or dealer nearest to it."""

    @property
    def sentiment(self) -> Sentiment:
        """How the clause feels about it."""


_Found = TypeVar("_Found", bound=_Coded)


def trades_of(named: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The codes of the trades of those topics that name theirs, by the topic's name; 银行 is ``bank``.

    A hotel serves meals, so what goes wrong with those is its problem too.
    """
    codes = {topic: tuple(map(trade_code, trades)) for topic, trades in named.items() if trades}
    return {topic: (*own, *(kin for each in own for kin in _KIN.get(each, ()))) for topic, own in codes.items()}


def possible(
    found: Sequence[_Found], topics: Collection[str], trades: Mapping[str, Collection[str]]
) -> Sequence[_Found]:
    """Those of the problems (or aspects) that the trades of ``topics``, or the common core, can have: of a supermarket
    no engine, of a car no taste.

    All of them where there is no topic, or one that names no trade.
    """
    if not topics or any(topic not in trades for topic in topics):
        return found
    known = {"core", *(trade for topic in topics for trade in trades[topic])}
    kept = [each for each in found if each.code.partition(".")[0] in known]
    return found if len(kept) == len(found) else tuple(kept)


def judged(analysis: Analysis, kept: Sequence[Category]) -> Analysis:
    """The analysis as the complaint decision sees it: a bank's app is no talk about cars. Where none of its problems
    is ``kept`` it sees all of them, since that something is wrong is true of any trade."""
    return analysis if not kept or kept is analysis.categories else replace(analysis, categories=tuple(kept))


def narrowed(analysis: Analysis, complaint: Complaint, kept: Sequence[Category]) -> tuple[Analysis, Complaint]:
    """Both with those problems alone that are ``kept``."""
    if kept is analysis.categories:
        return analysis, complaint
    analysis = replace(analysis, categories=tuple(kept))
    problem = problem_of(analysis, complaint.safety) if complaint.problem else ""
    return analysis, replace(complaint, problem=problem)


def named(
    analysis: Analysis, complaint: Complaint, aspects: Callable[[], Sequence[_Named]]
) -> tuple[Analysis, Complaint]:
    """Where a complaint has no problem, the thing that it names is its problem: 房贷结清半年了，抵押还没解 is of loans.

    What it speaks badly of goes first, a trade's own before the common core's; nothing that it praises. Where
    somebody is in danger, that is the problem.
    """
    if complaint.tier is Tier.NO or analysis.categories:
        return analysis, complaint
    if complaint.safety:
        return analysis, replace(complaint, problem=complaint.problem or _DANGER)
    found = [each for each in aspects() if each.sentiment is not Sentiment.POSITIVE]
    if not found:
        return analysis, complaint
    best = min(found, key=lambda each: (each.sentiment is not Sentiment.NEGATIVE, each.code.startswith("core.")))
    category = Category(best.code, best.clause, best.target)
    return replace(analysis, categories=(category,)), replace(complaint, problem=complaint.problem or best.code)
