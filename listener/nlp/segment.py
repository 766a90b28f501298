"""Cut a text into words: the only place that imports jieba (and rjieba, its native twin).

Both engines read the same dictionary and the same HMM, and give the same tokens (docs/nlp.md has the count).
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from typing import Any, Final, Literal, Protocol

from listener.nlp.lattice import Lattice, frequencies
from listener.text.sign import Sign

__all__ = ["Engine", "Segmenter"]

Engine = Literal["jieba", "rjieba"]

# Long enough that jieba prefers the added word to any path of shorter ones.
_LONGEST_WORD: Final = 40
# Runs of single characters whose cutting by jieba's HMM is kept.
_RUNS_KEPT: Final = 20_000


class _Cutter(Protocol):
    def cut(self, text: str) -> list[str]: ...

    def add(self, words: Sequence[str]) -> None: ...

    def drop(self, words: Sequence[str]) -> None: ...


class _PythonCutter:
    """jieba's dictionary and HMM, walked by ``lattice``: the tokens of ``jieba.lcut``, in half of its time.

    On a tokenizer of its own, so that no other user of jieba in the process sees our words. The dictionary is read from
    jieba's package: jieba's cache in the shared temporary folder, which anybody can write, is neither read nor written.
    """

    def __init__(self) -> None:
        with warnings.catch_warnings():  # jieba imports pkg_resources where it is there, which warns
            warnings.simplefilter("ignore")
            import jieba
            from jieba import finalseg

        tokenizer = jieba.Tokenizer()
        with tokenizer.get_dict_file() as dictionary:
            tokenizer.FREQ, tokenizer.total = frequencies(dictionary.read().decode("utf-8"))
        tokenizer.initialized = True
        self._tokenizer = tokenizer
        self._total: int = tokenizer.total
        self._before: dict[str, int | None] = {}
        self._words: set[str] = set()
        self._recognise = lru_cache(maxsize=_RUNS_KEPT)(lambda run: tuple(finalseg.cut(run)))
        self._renew()

    def _renew(self) -> None:
        """After the dictionary changed."""
        self._lattice = Lattice(self._tokenizer.FREQ, self._tokenizer.total, self._recognise)

    def cut(self, text: str) -> list[str]:
        return self._lattice.cut(text)

    def add(self, words: Sequence[str]) -> None:
        known = self._tokenizer.FREQ
        for word in words:
            for end in range(1, len(word) + 1):
                self._before.setdefault(word[:end], known.get(word[:end]))
            self._tokenizer.add_word(word)
        self._words.update(words)
        self._renew()

    def drop(self, words: Sequence[str]) -> None:
        """Undo everything that was added, and add anew what stays: jieba itself only lowers a word to nothing, which
        leaves its total changed and splits the word for ever."""
        for key, frequency in self._before.items():
            if frequency is None:
                del self._tokenizer.FREQ[key]
            else:
                self._tokenizer.FREQ[key] = frequency
        self._before, self._tokenizer.total = {}, self._total
        kept = sorted(self._words.difference(words))
        self._words = set()
        self.add(kept)


class _NativeCutter:
    """rjieba, its ASCII tokens cut as jieba cuts them; a word cannot be taken out of it again, so a drop begins a fresh
    one (0.25 s)."""

    def __init__(self) -> None:
        self._make = _native_jieba()
        self._words: set[str] = set()
        self._jieba = self._make()

    def cut(self, text: str) -> list[str]:
        words: list[str] = self._jieba.cut(text)
        return self._regrouped(words) if _MARKED.within(text) and _REGROUPED.search(text) else words

    def _regrouped(self, words: list[str]) -> list[str]:
        """jieba parts ``2.0T`` and ``2100-2200`` as its HMM module parts what is not Han."""
        found: list[str] = []
        for word in words:
            if len(word) > 1 and word.isascii() and not self._jieba.has_word(word):
                found += [part for part in _ASCII_PARTS.split(word) if part]
            else:
                found.append(word)
        return found

    def add(self, words: Sequence[str]) -> None:
        self._words.update(words)
        for word in words:
            self._jieba.add_word(word, None, None)

    def drop(self, words: Sequence[str]) -> None:
        self._words.difference_update(words)
        self._jieba = self._make()
        self.add(sorted(self._words))


def _native_jieba() -> Any:
    """rjieba's class. The package makes a segmenter of its own as it is imported, 24 MB that nobody would use: so only
    the library in it is loaded, unless somebody has imported the package already."""
    name = "rjieba.rjieba"
    if name not in sys.modules:
        package = find_spec("rjieba")
        for folder in package.submodule_search_locations or () if package else ():
            spec = PathFinder.find_spec(name, [folder])
            if spec and spec.loader:
                spec.loader.exec_module(library := module_from_spec(spec))
                return library.Jieba
    return import_module("rjieba").Jieba


# Where jieba and rjieba part ASCII differently: marks that belong to a word for both, beside more of a word.
_MARKED: Final = Sign(r"[+#&._%\-]")
_REGROUPED: Final = re.compile(r"[+#&._%\-][a-zA-Z0-9+#&._%\-]")
_ASCII_PARTS: Final = re.compile(r"([a-zA-Z0-9]+(?:\.\d+)?%?)")  # jieba.finalseg.re_skip


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
        if fresh := sorted({kept for raw in words if (kept := _usable(raw))} - self._words):
            self._cutter.add(fresh)
            self._words.update(fresh)

    def replace_words(self, words: Iterable[str]) -> None:
        """Make ``words`` the only added ones, without a restart: what a changed configuration calls."""
        wanted = {kept for raw in words if (kept := _usable(raw))}
        if gone := sorted(self._words - wanted):
            self._cutter.drop(gone)
        self._words &= wanted
        self.add_words(wanted)


def _usable(word: str) -> str:
    """``word`` as it can stand in the dictionary, or "" where it cannot (blank, one character, a sentence)."""
    word = word.strip()
    return word if 2 <= len(word) <= _LONGEST_WORD and not any(c.isspace() for c in word) else ""
