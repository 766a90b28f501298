"""Who speaks in one mention, and whose its numbers are: wordings, forms and the learnt model weighed together. Pure.

Wordings (``speaking``) and forms (``voices``) are sure where they are known; the model (``hearing``) has heard neither
and judges any text. Where both say the same, little is asked of the model; where a word speaks of another, much is.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from listener.customers.hearing import Plain, number_own, of_oneself, plain, telling
from listener.customers.said import STRONG, Said, Shown
from listener.customers.sieve import PRONOUN
from listener.customers.speaking import called_own, first_person, others_words, third_party
from listener.customers.voices import filed, others_matter

__all__ = ["Heard", "Voice"]

WORDED: Final = 0.5
"""Log odds by which a text is the author's own matter, where a word of oneself (我, 请联系…, 投诉：) and none of
another is in it."""
UNWORDED: Final = 2.0
"""The same, where it has neither."""
OTHERS_WORDS: Final = 2.0
"""The same, where a word or form speaks of another, and a word of oneself does too: 「朋友推荐我买的」."""
ONLY_OTHERS: Final = 3.3
"""The same, where only another is spoken of: 「表姑去年买的」."""
DETAILS: Final = 0.5
"""Less that is asked of a text without words where the dealer or the month agrees: tellers seldom know."""
CALLED_OWN: Final = 1.2
"""Less that is asked where another is spoken of, but an identifier called one's own: 「朋友也这样，我的订单号…」."""
SURE: Final = 0.3
"""More that is asked where nothing but an identifier agrees."""
QUOTED: Final = -1.0
"""Log odds below which a number is taken for a quoted one, and where a word calls it so, QUOTED_WORDS."""
QUOTED_WORDS: Final = 1.2
OTHERS: Final = 0.0
"""Log odds below which the matter is called another's; between, nobody can see who speaks."""
_ASKED: Final = {
    (False, True): WORDED, (False, False): UNWORDED, (True, True): OTHERS_WORDS, (True, False): ONLY_OTHERS
}  # fmt: skip
"""(another is spoken of, there is a word of oneself) → log odds."""
FEWEST: Final = 8
"""Chinese characters that the model needs; shorter texts and other languages are left to the words alone."""
FEWEST_WITH_ORDER: Final = 2
"""The same beside an order number or a VIN, which nobody else writes down: 「什么时候发 …」「退钱 …」."""

_LONG_ENOUGH, _ENOUGH_WITH_ORDER = (
    re.compile(rf"(?:[\u4e00-\u9fff][^\u4e00-\u9fff]*){{{fewest}}}") for fewest in (FEWEST, FEWEST_WITH_ORDER)
)


class Heard(NamedTuple):
    """``third``: words of another's matter, "" where there are none; ``mine``: the author's own, ``surely``: by far."""

    third: str
    mine: bool
    surely: bool


class Voice:
    """What can be heard in one mention; the model is only asked where it matters, and everything once.

    Remembered by hand: compiled, ``cached_property`` remembers nothing (``listener.native``).
    """

    def __init__(self, said: Said) -> None:
        self._said = said
        self._known_plain: Plain | None = None
        self._known_odds: float | None = None
        self._known_words: str | None = None
        self._known_readable: bool | None = None
        self._known_oneself: bool | None = None

    @property
    def _plain(self) -> Plain:
        if self._known_plain is None:
            shown = [(start, end, each.kind) for each in self._said.values for start, end in each.places]
            self._known_plain = plain(self._said.text, shown)
        return self._known_plain

    @property
    def _readable(self) -> bool:
        if self._known_readable is None:
            told = any(each.kind in ("order", "vin") for each in self._said.values)
            self._known_readable = (_ENOUGH_WITH_ORDER if told else _LONG_ENOUGH).search(self._said.text) is not None
        return self._known_readable

    @property
    def _odds(self) -> float:
        if self._known_odds is None:
            self._known_odds = of_oneself(self._plain)
        return self._known_odds

    @property
    def _words(self) -> str:
        if self._known_words is None:
            said = self._said
            self._known_words = third_party(said.text) or others_matter(said.text, third=said.may & PRONOUN != 0)
        return self._known_words

    @property
    def _of_oneself(self) -> bool:
        """Whether a word of oneself is in it."""
        if self._known_oneself is None:
            said = self._said
            self._known_oneself = bool(said.own_places) or first_person(said.text) or filed(said.text)
        return self._known_oneself

    def heard(self, *, details: bool, own: bool) -> Heard:
        """Whose matter it is. ``details``: dealer or month agree; ``own``: an identifier is called one's own."""
        if not self._readable:
            mine = not self._words and (self._of_oneself or details or own)
            return Heard(self._words, mine, mine)
        if self._odds >= ONLY_OTHERS + SURE:
            return Heard("", True, True)
        words = self._words
        asked = _ASKED[bool(words), self._of_oneself]
        if asked == UNWORDED and (details or own):
            asked -= DETAILS
        elif asked == OTHERS_WORDS and own:
            asked -= CALLED_OWN
        if self._odds >= asked:
            return Heard("", True, self._odds >= asked + SURE)
        if words or self._odds < OTHERS:
            return Heard(words or telling(self._plain) or self._said.text[:12], False, False)
        return Heard("", False, False)

    def worded(self) -> Heard:
        """``heard`` by the words alone, where nothing depends on it: the model is spared."""
        return Heard(self._words, False, False)

    def others(self, shown: Shown, own: bool | None = None) -> str:
        """The words that call an identifier somebody else's; "" where it may be the author's.

        ``own`` is what ``called_own`` says, where that is known.
        """
        text = self._said.text
        if shown.kind not in QUOTABLE or not shown.places:
            return ""
        if self.called_own(shown) if own is None else own:
            return others_words(shown.kind, shown.value, text, shown.places)
        odds = number_own(self._plain, [(*place, shown.kind) for place in shown.places]) if self._readable else QUOTED
        if odds >= QUOTED_WORDS:
            return others_words(shown.kind, shown.value, "", ())  # nobody owns a service number, whatever is said
        words = others_words(shown.kind, shown.value, text, shown.places)
        if words or odds >= QUOTED:
            return words
        start, end = shown.places[0]
        return text[max(0, start - 8) : start].strip() or text[end : end + 8]

    def called_own(self, shown: Shown) -> bool:
        """True where the text calls the identifier the speaker's own."""
        return called_own(self._said.text, shown.places)


QUOTABLE: Final = frozenset(STRONG) - {"order", "vin", "plate"}
"""Identifiers of the company's people that complaints quote."""
