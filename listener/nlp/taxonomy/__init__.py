"""The problems that a mention can complain about: one TOML file a trade, versioned, replaceable by the operator.

A file has ``version``, ``trade`` and ``[[problem]]`` tables: ``code`` (trade.name), ``name`` (Chinese),
``english``, ``words`` (any of them is enough), ``aspects`` (enough in a clause that says something bad);
``ignore`` lists words that contain a problem word and are none (自燃险);
``core.toml`` also has the ``[[cause]]`` tables that are filled in when a case is closed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from listener.errors import BadInput, Mistake

__all__ = ["Problem", "Taxonomy", "load_taxonomy", "shipped_taxonomy"]

_SHIPPED = ("core", "car", "shop", "food", "telecom", "bank", "hotel", "public")
_PROBLEM_KEYS = {"code", "name", "english", "words", "aspects"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of problem; ``words`` and ``aspects`` are lower case."""

    code: str
    name: str
    english: str
    words: tuple[str, ...]
    aspects: tuple[str, ...]

    @property
    def trade(self) -> str:
        return self.code.split(".", 1)[0]


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All problems and causes, and the version of the files they came from."""

    version: str
    problems: tuple[Problem, ...]
    causes: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()

    def name_of(self, code: str, lang: str = "zh") -> str:
        """What a person reads for ``code``; the code itself where it is not known (an older version's)."""
        for problem in self.problems:
            if problem.code == code:
                return problem.name if lang == "zh" else problem.english
        return code

    def only(self, trades: Iterable[str]) -> Taxonomy:
        """The same with the problems of ``trades`` and the common core alone."""
        wanted = {*trades, "core"}
        kept = tuple(problem for problem in self.problems if problem.trade in wanted)
        return Taxonomy(self.version, kept, self.causes, self.ignored)


@cache
def shipped_taxonomy() -> Taxonomy:
    """The taxonomy inside the package."""
    folder = resources.files("listener.nlp.taxonomy")
    return load_taxonomy([Path(str(folder / f"{trade}.toml")) for trade in _SHIPPED])


def load_taxonomy(files: Sequence[Path]) -> Taxonomy:
    """The taxonomy in ``files``; ``BadInput`` names the file, what is wrong in it and how to mend it."""
    problems: dict[str, Problem] = {}
    causes: dict[str, str] = {}
    versions: set[str] = set()
    ignored: list[str] = []
    for path in files:
        tables = _read(path)
        versions.add(str(tables.get("version", "")))
        ignored += _words(tables.get("ignore", ""))
        for table in _tables(path, tables, "problem"):
            problem = _problem(path, table)
            if problem.code in problems:
                raise BadInput(Mistake(str(path), "this code stands twice", "keep one of them", problem.code))
            problems[problem.code] = problem
        for table in _tables(path, tables, "cause"):
            causes[str(table.get("code"))] = str(table.get("name"))
    return Taxonomy("+".join(sorted(versions)), tuple(problems.values()), tuple(causes.items()), tuple(ignored))


def _read(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(Mistake(str(path), f"cannot be read: {error}", "save it as UTF-8 TOML")) from error


def _tables(path: Path, tables: dict[str, object], name: str) -> list[dict[str, object]]:
    found = tables.get(name, [])
    if not isinstance(found, list) or not all(isinstance(table, dict) for table in found):
        raise BadInput(Mistake(str(path), f"[[{name}]] has to be a list of tables", f"write [[{name}]]", name))
    return found


def _problem(path: Path, table: dict[str, object]) -> Problem:
    code = str(table.get("code", ""))
    unknown = sorted(set(table) - _PROBLEM_KEYS)
    if unknown or "." not in code or not table.get("name"):
        what = f"unknown key {unknown[0]}" if unknown else "a problem needs code (trade.name) and name"
        raise BadInput(Mistake(str(path), what, f"known are {', '.join(sorted(_PROBLEM_KEYS))}", code))
    words, aspects = (_words(table.get(key, "")) for key in ("words", "aspects"))
    name = str(table["name"])
    return Problem(code, name, str(table.get("english", name)), words, aspects)


def _words(value: object) -> tuple[str, ...]:
    parts = value if isinstance(value, list) else str(value).split()
    return tuple(dict.fromkeys(str(part).strip().lower() for part in parts if str(part).strip()))
