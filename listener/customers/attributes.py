"""What is not an identifier and still tells people apart: place, product, dealer, month of purchase. Pure.

Each comparison gives ``True`` (agrees), ``False`` (another is said) or ``None`` (nothing is said, or nothing known).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, cached_property, lru_cache

from listener.customers.partial import narrow
from listener.nlp.places import place_words
from listener.text.automaton import Automaton

__all__ = ["EMPTY", "Vocabulary", "bought_on", "cities", "compare_places", "compare_words", "months_apart", "places_of"]

MOVED = re.compile(
    r"搬(?:到|去|来|家|迁)|迁(?:到|居|往)|(?:(?:人)?现在(?:在|住|定居|人在)|现住|目前(?:在|住|定居)|已经?(?:住|定居|调到|搬)|调到|调去|定居)|(?:如今|眼下|后来)(?:人|又)?(?:在|到|去|来|住)"
    r"|(?:到|去|来)了?[^，。！？；,!?;\n]{2,6}(?:上班|工作|生活|定居|发展)|车也?跟着|原(?:来|先)?(?:在|住)|老家|异地|外地"
)
_OWN_PLACE = re.compile(
    r"(?:坐标|我在|本人在|家在|住在?|人在|定位|地址[是:：]?|地区[是:：]?|城市[是:：]?|所在地[是:：]?|IP属地[:：]?|来自|我是|位于)\s*$"
)
_YEAR_MONTH = re.compile(
    r"(?P<year>20\d\d)\s?[年./-]\s?(?P<month>1[0-2]|0?[1-9])(?:\s?月份?|[./-]\d{1,2}日?号?)?[^，。！？；\n]{0,12}?(?P<after>买|购|提车|提的|下单|订购|入手|成交|签|交付|拍的|到货)"
    r"|(?:买|购|提车|下单|订购|入手|成交|交付)(?:车|于|时间|日期|的){0,3}[是为于在：:\s]{0,3}(?P<year2>20\d\d)\s?[年./-]\s?(?P<month2>1[0-2]|0?[1-9])(?!\d)"
)


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The products and dealers that the records hold, with the share of customers who have each.

    ``kinds`` maps product, dealer and region to word → share of all customers; ``customers`` is how many there are.
    """

    kinds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    customers: int = 100_000
    shifts: Mapping[str, float] = field(default_factory=dict)
    """Bits by which this installation's rulings move the weight of a kind of evidence; see ``customers.fitting``."""

    def share(self, kind: str, word: str, otherwise: float) -> float:
        """The share of customers who have ``word``; ``otherwise`` where that is not known."""
        return self.kinds.get(kind, {}).get(narrow(word), otherwise)

    def said(self, kind: str, text: str) -> frozenset[str]:
        """The words of a kind that stand in ``text`` (narrow), the longest at each place."""
        return frozenset(self._automata.get(kind, _NO_WORDS).words(text))

    @cached_property
    def _automata(self) -> dict[str, Automaton]:
        return {kind: _automaton(words) for kind, words in self.kinds.items()}


def _automaton(words: Iterable[str]) -> Automaton:
    return Automaton([word for word in words if len(word) > 1], longest=True, kept=True)


_NO_WORDS = _automaton(())
EMPTY = Vocabulary()


@cache
def _places() -> tuple[Sequence[str], Automaton]:
    """The places that the words of the automaton stand for, and the automaton."""
    words = place_words()
    return list(words.values()), Automaton(list(words), longest=True)


def _found(text: str) -> list[tuple[int, int, str]]:
    places, automaton = _places()
    return [(start, end, places[number]) for number, start, end in automaton.find(text)]


@lru_cache(maxsize=4096)
def places_of(region: str) -> frozenset[str]:
    """The places of a record's region (浙江杭州 → {浙江省杭州市}), without those that hold another of them."""
    found = {place for _, _, place in _found(region)}
    return frozenset(place for place in found if not any(o != place and o.startswith(place) for o in found))


def cities(places: Collection[str]) -> list[str]:
    """Those of the places that are finer than a province; municipalities count as cities."""
    return sorted(place for place in places if place in _MUNICIPALITIES or not place.endswith(("省", "自治区")))


_MUNICIPALITIES = frozenset({"北京市", "天津市", "上海市", "重庆市"})


def places_said(text: str, products: Collection[str] = ()) -> tuple[frozenset[str], frozenset[str]]:
    """(places named, those of them that are said to be the author's own); one in a product's name is none: 赤峰H9."""
    found = _found(text)
    if products:
        found = [each for each in found if not any(text[each[0] : each[1]] in product for product in products)]
    if not found:
        return frozenset(), frozenset()
    own = frozenset(place for start, _, place in found if _OWN_PLACE.search(text[max(0, start - 8) : start]))
    return frozenset(place for _, _, place in found), own


def compare_places(region: str, named: Collection[str]) -> bool | None:
    """Whether a record's region is among the places that a mention names."""
    known = places_of(region)
    if not named or not known:
        return None
    return any(said.startswith(place) or place.startswith(said) for place in known for said in named)


def moved(text: str) -> bool:
    """True where the author says that they live elsewhere than before: another city is no contradiction then."""
    return MOVED.search(text) is not None


def compare_words(recorded: str, text: str, said: Collection[str]) -> bool | None:
    """Whether a product or dealer of the record stands in the (narrow) text; else whether others were named.

    A cell may hold several. ``said`` are the narrow names of all that the mention names.
    """
    own = split_words(recorded)
    if not own:
        return None
    for word in own:
        if word in text:
            return True
    if any(word in other or other in word for word in own for other in said):
        return True
    return False if said else None


@lru_cache(maxsize=4096)
def split_words(cell: str) -> tuple[str, ...]:
    """The words of a cell that may hold several products or dealers, each in its comparing form."""
    return tuple(word for part in re.split(r"[;；、|\n]", cell) if len(word := narrow(part)) > 1)


def bought_on(text: str) -> date | None:
    """The first of the month in which the author says they bought; None where no month and year is said."""
    match = _YEAR_MONTH.search(text) if "20" in text else None
    if match is None:
        return None
    year, month = (match["year"], match["month"]) if match["year"] else (match["year2"], match["month2"])
    return date(int(year), int(month), 1)


def months_apart(said: date, since: datetime) -> int:
    """Months between a month that is said and the recorded time of purchase; negative: said to be earlier."""
    return (said.year - since.year) * 12 + said.month - since.month
