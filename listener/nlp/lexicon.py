"""The word lists that ship with the package, read once.

``lexicons/*.txt``: entries parted by blanks, ``#`` begins a comment line. All of them were written for Listener.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

__all__ = [
    "class_of", "english_weights", "face_classes", "lines_of", "seed_classes", "word_classes", "words_of",
    "words_of_file",
]  # fmt: skip


def words_of(name: str) -> tuple[str, ...]:
    """The entries of ``lexicons/<name>.txt`` in their order, each once."""
    return tuple(dict.fromkeys(word for line in words_of_file(name) for word in line.split()))


def words_of_file(name: str) -> tuple[str, ...]:
    """The lines of ``lexicons/<name>.txt`` without comments and blank ones."""
    return lines_of(f"lexicons/{name}")


def lines_of(path: str) -> tuple[str, ...]:
    """The lines of ``<path>.txt`` inside the package's nlp folder without comments and blank ones."""
    text = resources.files("listener.nlp").joinpath(f"{path}.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line.strip() and not line.startswith("#"))


@cache
def seed_classes() -> dict[str, str]:
    """Seed word → ``+`` or ``-``; a word that stands in both lists is in neither."""
    good, bad = words_of("positive"), words_of("negative")
    unclear = set(good) & set(bad)
    marks = dict.fromkeys(good, "+") | dict.fromkeys(bad, "-")
    return {word: mark for word, mark in marks.items() if word not in unclear}


@cache
def word_classes() -> dict[str, str]:
    """Word of feeling → ``+`` or ``-``: the seed words, and more (``good``, ``bad``) that are no examples to learn."""
    more = dict.fromkeys(words_of("good"), "+") | dict.fromkeys(words_of("bad"), "-")
    return more | seed_classes()


def class_of(word: str) -> str:
    """``+``, ``-`` or "": the class of ``word``, or of what is left of it without degree and particle (太棒了)."""
    classes = word_classes()
    if mark := classes.get(word):
        return mark
    core = word.rstrip("了的过啊呀吧啦") if len(word) > 1 else word
    return classes.get(core) or (classes.get(core[1:], "") if core[:1] in _DEGREES and len(core) > 1 else "")


_DEGREES = frozenset("太很真好超挺蛮巨贼")


@cache
def face_classes() -> dict[str, str]:
    """Bracket face or emoji → ``++``, ``+``, ``0``, ``-``, ``--``."""
    found: dict[str, str] = {}
    for line in words_of_file("faces"):
        mark, *faces = line.split()
        found.update(dict.fromkeys((face.replace("\ufe0f", "") for face in faces), mark))
    return found


@cache
def english_weights() -> dict[str, float]:
    """English word of feeling → weight on the scale of the word weights."""
    lines = (line.split() for line in words_of_file("english"))
    return {word: 6.0 if sign == "+" else -6.0 for sign, *words in lines for word in words}
