"""One pass over a text for several of the patterns that linking asks: which of them may be in it. Pure.

Names, parts of identifiers, codes and adverts are each a pattern of many alternatives, and most are in few texts. They
pass here together (``listener.text.sifted``), and only those that may match are tried. They go in two sieves, and the
longest patterns (``speaking``, ``voices``) in one each: a joined one needs a state for every mixture of what each has
seen so far, and making these takes longer than a second pass (1.1 and 1.1 µs a text; all in one 8 to 40).
"""

from __future__ import annotations

from typing import Final

from listener.customers import attributes, invites, naming, partial, speaking, voices
from listener.text.sifted import Sieve, relaxed, sieving

__all__ = ["ADVERT", "CODE", "LOOSE", "MOVED", "NAMED", "PART", "PHONE", "PRONOUN", "SURNAME", "may_hold"]

NAMED: Final = 1
LOOSE: Final = 2
SURNAME: Final = 4
PRONOUN: Final = 8
ADVERT: Final = 16
CODE: Final = 32
PART: Final = 64
PHONE: Final = 128
MOVED: Final = 256


def _of_names() -> tuple[str, ...]:
    """In the order of the bits."""
    return sieving(naming.OWN), _alone(naming.ONE, naming.WORD), sieving(naming.SURNAME_OWN)


def _of_others() -> tuple[str, ...]:
    """In the order of the bits, behind those of names."""
    return (
        sieving(voices.THIRD),
        sieving(speaking.ADVERTISES),
        f"(?i:{_alone(invites.CODE, '0-9A-Za-z')})",
        sieving(partial.MAYBE),
        sieving(partial.TEN),
        sieving(attributes.MOVED),
    )


def _alone(pattern: str, signs: str) -> str:
    """``pattern`` where none of ``signs`` stands before it or behind it."""
    return f"(?:^|[^{signs}]){relaxed(pattern)}(?:$|[^{signs}])"


_NAMES, _OTHERS = Sieve(_of_names), Sieve(_of_others)


def may_hold(text: str) -> int:
    """The bits of what may be in ``text``; of what is missing nothing is."""
    return _NAMES.passed(text) | _OTHERS.passed(text) << 3
