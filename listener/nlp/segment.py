"""Cut a text into words: the only place that imports jieba (and rjieba, its native twin).

Both engines read the same dictionary and the same HMM; their Han tokens agree (docs/nlp.md has the count),
they differ in how ASCII and digits are grouped, which no feature of ours looks at.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable
from typing import Literal, Protocol

__all__ = ["Engine", "Segmenter"]

Engine = Literal["jieba", "rjieba"]

# Long enough that jieba prefers the added word to any path of shorter ones.
_LONGEST_WORD = 40


class _Cutter(Protocol):
    def cut(self, text: str) -> list[str]: ...

    def add(self, word: str) -> None: ...

    def drop(self, word: str) -> None: ...


class _PythonCutter:
    """jieba on a tokenizer of its own, so that no other user of jieba in the process sees our words."""

    def __init__(self) -> None:
        with warnings.catch_warnings():  # jieba imports pkg_resources where it is there, which warns
            warnings.simplefilter("ignore")
            import jieba

        jieba.setLogLevel(logging.CRITICAL)
        self._tokenizer = jieba.Tokenizer()
        self._tokenizer.initialize()
        self._before: dict[str, int] = {}

    def cut(self, text: str) -> list[str]:
        words: list[str] = self._tokenizer.lcut(text)
        return words

    def add(self, word: str) -> None:
        self._before.setdefault(word, self._tokenizer.FREQ.get(word, 0))
        self._tokenizer.add_word(word)

    def drop(self, word: str) -> None:
        self._tokenizer.add_word(word, self._before.pop(word, 0))


class _NativeCutter:
    """rjieba; a word cannot be taken out of it again, so a drop begins a fresh one (0.25 s)."""

    def __init__(self) -> None:
        import rjieba

        self._make = rjieba.Jieba
        self._words: set[str] = set()
        self._jieba = self._make()

    def cut(self, text: str) -> list[str]:
        words: list[str] = self._jieba.cut(text)
        return words

    def add(self, word: str) -> None:
        self._words.add(word)
        self._jieba.add_word(word, None, None)

    def drop(self, word: str) -> None:
        self._words.discard(word)
        fresh = self._make()
        for kept in sorted(self._words):
            fresh.add_word(kept, None, None)
        self._jieba = fresh


class Segmenter:
    """Cuts texts into words that concatenate to the text again.

    ``engine`` is ``rjieba`` (native, the default) or ``jieba``. Not for use by two threads while words change.
    """

    def __init__(self, words: Iterable[str] = (), engine: Engine = "rjieba") -> None:
        self.engine: Engine = engine
        self._cutter: _Cutter = _PythonCutter() if engine == "jieba" else _NativeCutter()
        self._words: set[str] = set()
        self.add_words(words)

    @property
    def words(self) -> frozenset[str]:
        """The words added by the user."""
        return frozenset(self._words)

    def cut(self, text: str) -> list[str]:
        """The words of ``text``, in order, nothing left out."""
        return self._cutter.cut(text)

    def add_words(self, words: Iterable[str]) -> None:
        """Keep each of ``words`` (brands, products, dealers, topic words) in one piece from now on."""
        for word in sorted({kept for raw in words if (kept := _usable(raw))} - self._words):
            self._cutter.add(word)
            self._words.add(word)

    def replace_words(self, words: Iterable[str]) -> None:
        """Make ``words`` the only added ones, without a restart: what a changed configuration calls."""
        wanted = {kept for raw in words if (kept := _usable(raw))}
        for word in sorted(self._words - wanted):
            self._cutter.drop(word)
        self._words &= wanted
        self.add_words(wanted)


def _usable(word: str) -> str:
    """``word`` as it can stand in the dictionary, or "" where it cannot (blank, one character, a sentence)."""
    word = word.strip()
    return word if 2 <= len(word) <= _LONGEST_WORD and not any(c.isspace() for c in word) else ""
