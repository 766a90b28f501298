"""One pass over a text for all the long patterns that linking asks: which of them may be in it. Pure.

Who speaks, names, parts of identifiers and codes are each a pattern of hundreds of alternatives, and most are in few
texts. Each passes here together with the others (``listener.text.sifted``); only those that may match are tried.
"""

from __future__ import annotations

from typing import Final

from listener.customers import attributes, invites, naming, partial, speaking, voices
from listener.text.sifted import Sieve, relaxed, sieving

__all__ = [
    "ADVERT", "CODE", "FORM", "LOOSE", "MOVED", "NAMED", "PART", "PERSON", "PHONE", "PRONOUN", "SURNAME", "THIRD",
    "may_hold",
]  # fmt: skip

THIRD: Final = 1
PERSON: Final = 2
FORM: Final = 4
PRONOUN: Final = 8
ADVERT: Final = 16
NAMED: Final = 32
LOOSE: Final = 64
SURNAME: Final = 128
CODE: Final = 256
PART: Final = 512
PHONE: Final = 1024
MOVED: Final = 2048


def _patterns() -> tuple[str, ...]:
    """In the order of the bits."""
    return (
        *(sieving(each) for each in (speaking.THIRD_PARTY, voices.BY_PERSON, voices.BY_FORM, voices.THIRD)),
        sieving(speaking.ADVERTISES),
        sieving(naming.OWN),
        _alone(naming.ONE, naming.WORD),
        sieving(naming.SURNAME_OWN),
        f"(?i:{_alone(invites.CODE, '0-9A-Za-z')})",
        sieving(partial.MAYBE),
        sieving(partial.TEN),
        sieving(attributes.MOVED),
    )


def _alone(pattern: str, signs: str) -> str:
    """``pattern`` where none of ``signs`` stands before it or behind it."""
    return f"(?:^|[^{signs}]){relaxed(pattern)}(?:$|[^{signs}])"


_SIEVE = Sieve(_patterns)


def may_hold(text: str) -> int:
    """The bits of what may be in ``text``; of what is missing nothing is."""
    return _SIEVE.passed(text)
