"""The language of what users read: Chinese unless English was asked for.

Both wordings stand side by side where they are said: ``say("未知的键", "unknown key")``.
The choice is made once, by the command line or the configuration, like a locale.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

LANGUAGES = ("zh", "en")

_chosen = ["zh"]
"""One for the whole process: threads speak like the command that started them."""


def choose(language: str) -> None:
    """Speak ``language`` (``zh`` or ``en``) from here on."""
    _chosen[0] = language


def chosen() -> str:
    """The language spoken now."""
    return _chosen[0]


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak ``language`` inside a ``with`` block."""
    before = chosen()
    choose(language)
    try:
        yield
    finally:
        choose(before)


def say(chinese: str, english: str) -> str:
    """The wording in the language chosen."""
    return english if chosen() == "en" else chinese
