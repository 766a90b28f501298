"""Of which trades a text's problems can be: of a supermarket no engine, of a car no taste. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol, TypeVar

from listener.nlp.taxonomy import trade_code

__all__ = ["possible", "trades_of"]


_KIN = {"hotel": ("food",)}
"""Trades that another one brings with it."""


class _Coded(Protocol):
    @property
    def code(self) -> str:
        """A problem's code: its trade, a point, its name."""


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
    """Those of the problems (or aspects) that the trades of ``topics``, or the common core, can have.

    All of them where there is no topic, or one that names no trade.
    """
    if not topics or any(topic not in trades for topic in topics):
        return found
    known = {"core", *(trade for topic in topics for trade in trades[topic])}
    kept = [each for each in found if each.code.partition(".")[0] in known]
    return found if len(kept) == len(found) else tuple(kept)
