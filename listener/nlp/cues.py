"""All words looked for, in one pass: an automaton over the taxonomy, places, products and dealers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from listener.nlp.lexicon import words_of_file
from listener.nlp.taxonomy import Taxonomy
from listener.text.automaton import Automaton

__all__ = ["Cue", "CueFinder", "Hit", "aliases"]


class Cue(NamedTuple):
    """What a word stands for. ``kind``: problem, aspect, place, product, dealer; ``value``: code or name."""

    kind: str
    value: str


class Hit(NamedTuple):
    """A word found, with everything that it stands for."""

    word: str
    cues: tuple[Cue, ...]
    start: int
    end: int


class CueFinder:
    """Finds every cue word of a text; of words that overlap the longer one that begins first."""

    def __init__(
        self, taxonomy: Taxonomy, products: Mapping[str, str] | None = None, dealers: Mapping[str, str] | None = None
    ) -> None:
        cues: dict[str, list[Cue]] = {}
        for problem in taxonomy.problems:
            for kind, words in (("problem", problem.words), ("aspect", problem.aspects)):
                for word in words:
                    cues.setdefault(word, []).append(Cue(kind, problem.code))
        for word in taxonomy.ignored:
            cues.setdefault(word, [])
        for word, place in place_words().items():
            cues.setdefault(word, []).append(Cue("place", place))
        for kind, names in (("product", products or {}), ("dealer", dealers or {})):
            for alias, name in names.items():
                cues.setdefault(alias, []).append(Cue(kind, name))
        cues.pop("", None)  # an alias of which nothing is visible
        self._cues = [(word, tuple(found)) for word, found in cues.items()]
        self._words = Automaton(list(cues), longest=True)

    def find(self, text: str) -> list[Hit]:
        """The hits in order."""
        cues = self._cues
        return [Hit(*cues[number], start, end) for number, start, end in self._words.find(text)]


def place_words() -> dict[str, str]:
    """How a place is written → its name with the province in front (``广东省深圳市``)."""
    found: dict[str, str] = {}
    for line in words_of_file("places"):
        province, *cities = line.split()
        short = _short(province)
        for way in (province, short, short + "省" if province.endswith("省") else province):
            found[way] = province
        for marked in cities:
            city = marked.rstrip("*")
            name = province + city + _ENDING.get(city, "市")
            for way in (city + "市", city + _ENDING.get(city, "市")) if marked.endswith("*") else (city, city + "市"):
                found[way] = name
            full = name.removeprefix(province)
            for way in (short + city, short + full, province + city, province + full):
                found[way] = name
    return found


# Prefectures that are no 市.
_ENDING = dict.fromkeys(
    ["延边", "恩施", "湘西", "凉山", "黔东南", "黔南", "黔西南", "楚雄", "红河", "文山", "西双版纳", "大理", "德宏",
     "怒江", "迪庆", "昌吉", "伊犁", "海北", "玉树"], "州"
) | dict.fromkeys(["阿克苏", "喀什", "和田", "塔城"], "地区")  # fmt: skip


def _short(province: str) -> str:
    for ending in ("壮族自治区", "回族自治区", "维吾尔自治区", "特别行政区", "自治区", "省", "市"):
        if province.endswith(ending):
            return province.removesuffix(ending)
    return province


def aliases(named: Iterable[tuple[str, Iterable[str]]]) -> dict[str, str]:
    """Alias → name, lower case, the name being an alias of itself; blanks and single characters left out."""
    found: dict[str, str] = {}
    for name, others in named:
        for alias in (name, *others):
            if len(alias.strip()) > 1:
                found.setdefault(alias.strip().lower(), name)
    return found
