"""Every turn of speech that any step asks for, found in one pass: phrases, remedies, complaint cues, severity cues."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cache, partial
from operator import attrgetter
from typing import Any, Final, NamedTuple

from listener.nlp.category import denied
from listener.nlp.complaint_cues import CHATTY, FAMILIES, FORMAL, Family
from listener.nlp.grievances import GRIEVANCES
from listener.nlp.kinds import KINDS
from listener.nlp.looks import LOOKS
from listener.nlp.patterns import Found, PatternBook
from listener.nlp.phrases import GRIPES, PHRASES, TURNS
from listener.nlp.remedy import REMEDIES
from listener.nlp.severity_cues import RAISING, SAFETY

__all__ = ["Wording", "phrases_in", "ready", "remedy_of", "wording_of"]

_MOST_REMEDIES: Final = 3


class Wording(NamedTuple):
    """What was found, list by list; ``names`` are those of ``KINDS`` and ``LOOKS`` that occur; ``formal`` and
    ``chatty`` count different words."""

    phrases: Sequence[Found[float]]
    remedies: Sequence[Found[str]]
    families: Sequence[Found[Family]]
    safety: Sequence[Found[str]]
    raising: Sequence[Found[tuple[str, float]]]
    turns: Sequence[Found[None]]
    names: Collection[str]
    formal: int
    chatty: int


@cache
def _book() -> PatternBook[Any]:
    """All patterns, in the order of ``Wording``."""
    lists: list[Sequence[tuple[str, Any]]] = [
        PHRASES,
        REMEDIES,
        [*FAMILIES, *GRIEVANCES],
        [(pattern, "safety") for pattern in SAFETY],
        RAISING,
        [(TURNS, None)],
        [(FORMAL, None)],
        [(CHATTY, None)],
    ]
    return PatternBook(lists, [*KINDS, *LOOKS])


def ready() -> None:
    """Read all patterns now; they are read once."""
    _book()


class _Last:
    """The last text and its wording, since several steps ask for the same. To keep more costs more than it spares:
    what is found then lies in memory that no cache holds."""

    def __init__(self) -> None:
        self.known: tuple[str, Wording] | None = None


_LAST: Final = _Last()


def wording_of(text: str) -> Wording:
    """The wording of normalised ``text``; the last one is kept, with its text as one pair, since threads may ask."""
    known = _LAST.known
    if known is not None and known[0] == text:
        return known[1]
    found = _find(text)
    _LAST.known = (text, found)
    return found


def _find(text: str) -> Wording:
    (phrases, remedies, families, safety, raising, turns, formal, chatty), names = _book().find(text)
    counts = _different(text, formal), _different(text, chatty)
    return _wording((phrases, remedies, families, safety, raising, turns, names, *counts))


def _different(text: str, found: Sequence[Found[Any]]) -> int:
    """How many different pieces of ``text`` were found."""
    return len({text[start:end] for _, start, end in found}) if len(found) > 1 else len(found)


# A NamedTuple's own __new__ is Python code.
_wording: Final[Callable[[tuple[Any, ...]], Wording]] = partial(tuple.__new__, Wording)


def phrases_in(text: str) -> list[Found[float]]:
    """The phrases that occur in ``text``, longest first where they overlap, in the order of the text; then, where
    none stands, what is told of defects, refusals and silence (``GRIPES``), unless it is denied or supposed."""
    wording = wording_of(text)
    gripes = [
        Found(GRIPES[name], start, end)
        for (name, _, _), start, end in wording.families
        if name in GRIPES and not denied(text, start)
    ]
    candidates = [*wording.phrases, *gripes] if gripes else wording.phrases
    if len(candidates) < 2:
        return list(candidates)
    taken: list[Found[float]] = []
    covered = bytearray(len(text))
    own = len(wording.phrases)
    places = sorted([(at >= own, f.start - f.end, f.start, at) for at, f in enumerate(candidates)])
    for _, _, start, at in places:
        end = candidates[at].end
        if 1 not in covered[start:end]:
            covered[start:end] = b"\1" * (end - start)
            taken.append(candidates[at])
    return sorted(taken, key=_start_of)


_start_of: Final = attrgetter("start")


def remedy_of(text: str) -> str:
    """The remedies asked for, in the order of the text, at most three, parted by 、; "" where none is."""
    found = wording_of(text).remedies
    if not found:
        return ""
    remedies = sorted(found, key=lambda f: f.end)
    return "、".join(list(dict.fromkeys(f.payload for f in remedies))[:_MOST_REMEDIES])
