"""The second and third fresh wordings of the linking bench: whole stories and families, in files of their own.

Written in one go before the rules they measure were read, by the voice of many kinds of people: short ones, angry ones, old
ones, dialects, forms, and as many of relatives' and strangers' matters. ``second-open`` may be looked at while rules are
made, of ``second-sealed`` only figures are taken. ``third-sealed`` was written later, after ``second-open`` had been looked at
and before the sentences in styles that the model of who speaks then learnt from; of it, too, only figures are taken.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random

from tests.bench import linking_wordings as words

SETS = ("second", "third")
"""What the names of these wordings begin with."""
FOLDER = Path(__file__).parent / "wordings"
FAMILIES = (
    "BODIES", "PHONE_OWN", "ORDER_OWN", "VIN_OWN", "PLATE_OWN", "EMAIL_OWN", "NAME_OWN", "CITY_OWN", "PRODUCT", "DEALER",
    "BOUGHT", "MOVED", "FIRST", "NEUTRAL", "MASKED_PHONE", "TAIL_PHONE", "TAIL_ORDER", "TAIL_VIN", "QUOTED", "THIRD",
    "THEIR_KEY", "DEALER_POSTS",
)  # fmt: skip


@cache
def told(which: str) -> dict[str, tuple[str, ...]]:
    """The wordings of ``second-open``, ``second-sealed`` or ``third-sealed``, by their heading; an empty line is an empty wording."""
    found: dict[str, list[str]] = {}
    lines = (FOLDER / f"{which.replace('-', '_')}.txt").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if line.startswith("[") and line.endswith("]"):
            now = found.setdefault(line[1:-1], [])
        else:
            now.append(line.replace("\\n", "\n"))
    return {name: tuple(each) for name, each in found.items()}


@cache
def _names() -> dict[tuple[str, ...], str]:
    return {getattr(words, name): name for name in FAMILIES}


def pick(r: Random, family: tuple[str, ...], which: str) -> str:
    """One wording instead of one of ``family``; families without a second one stay as they are."""
    name = _names().get(family)
    return r.choice(told(which)[name] if name else family)


def story(r: Random, heading: str, which: str, needed: str = "") -> str:
    """One whole story of ``OWN_STORIES``, ``THIRD_STORIES`` or ``QUOTED_STORIES``; ``needed``: what has to be in it."""
    return r.choice([each for each in told(which)[heading] if needed in each])
