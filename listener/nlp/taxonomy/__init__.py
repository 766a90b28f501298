"""Problems that a mention can complain about, and their causes: a versioned TOML file a trade, open to the operator.

A file has ``version``, ``trade`` and ``[[problem]]`` tables: ``code`` (trade.name), ``name`` (Chinese),
``english``, ``words`` (any of them is enough), ``aspects`` (enough in a clause that says something bad);
``ignore`` lists words that contain a problem word and are none (自燃险); ``[[cause]]`` tables (``code``, ``name``,
``english``) say why it happened, and are filled in when a case is closed.

The shipped files lie in ``config/taxonomy`` of a checkout and in this folder of an installed package. Files in an
installation's own ``config/taxonomy`` come on top: a code of theirs takes the place of the shipped one, ``off = true``
takes it away, others are added (docs/taxonomy.md).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeVar

from listener.errors import BadInput, Mistake
from listener.files.toml_files import no_toml
from listener.language import say
from listener.system_words import in_words

__all__ = [
    "TRADES",
    "Cause",
    "Problem",
    "Taxonomy",
    "installed_taxonomy",
    "load_taxonomy",
    "shipped_files",
    "shipped_taxonomy",
    "trade_code",
]

TRADES: Mapping[str, str] = {
    "car": "汽车", "shop": "零售电商", "food": "餐饮外卖", "telecom": "通信", "bank": "银行", "hotel": "酒店",
    "public": "公共服务",
}  # fmt: skip
"""The shipped trades, with what a person calls them."""
_CODES = {name: code for code, name in TRADES.items()}
_SHIPPED = ("core", *TRADES)
_PROBLEM_KEYS = {"code", "name", "english", "words", "aspects", "off"}
_CAUSE_KEYS = {"code", "name", "english", "off"}
_FILE_KEYS = {"version", "trade", "ignore", "problem", "cause"}


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


class Cause(NamedTuple):
    """Why a problem happened, as it is named on closing a case."""

    code: str
    name: str
    english: str


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All problems and causes, and the version of the files they came from."""

    version: str
    problems: tuple[Problem, ...]
    causes: tuple[Cause, ...] = ()
    ignored: tuple[str, ...] = ()

    def name_of(self, code: str, lang: str = "zh") -> str:
        """What a person reads for ``code``; the code itself where it is not known (an older version's)."""
        for problem in self.problems:
            if problem.code == code:
                return problem.name if lang == "zh" else problem.english
        return code

    def cause_name(self, code: str, lang: str = "zh") -> str:
        """What a person reads for a cause; what is no code is somebody's own words and stays."""
        found = next((cause for cause in self.causes if cause.code == code), None)
        return code if found is None else found.name if lang == "zh" else found.english

    def cause_code(self, written: str) -> str:
        """The code of a cause that is given by its code or its name; other words stay as they are.

        ``BadInput`` where it looks like a code and is none.
        """
        text = written.strip()
        for cause in self.causes:
            if text.casefold() in (cause.code.casefold(), cause.name.casefold(), cause.english.casefold()):
                return cause.code
        if text and _CODE.fullmatch(text):
            codes = [cause.code for cause in self.causes]
            close = get_close_matches(text, codes, n=1, cutoff=0.6)
            mend = say("可用的代码：", "the codes are: ") + "、".join(codes)
            if close:
                mend = say(f"是不是 {close[0]}？", f"did you mean {close[0]}? ") + mend
            raise BadInput(Mistake(say("原因", "cause"), say(f"没有代码 {text}", f"there is no code {text}"), mend))
        return text


_CODE = re.compile(r"[a-z][a-z0-9]*(?:[._][a-z0-9]+)*", re.IGNORECASE)


def shipped_files() -> list[Path]:
    """The shipped files, the common core first: inside the package, or beside it in a checkout."""
    package = Path(__file__).parent
    checkout = package.parents[2] / "config" / "taxonomy"
    folder = package if (package / "core.toml").exists() else checkout
    return [folder / f"{trade}.toml" for trade in _SHIPPED]


@cache
def shipped_taxonomy() -> Taxonomy:
    """The taxonomy as shipped."""
    return load_taxonomy(shipped_files())


def installed_taxonomy(folder: Path) -> Taxonomy:
    """The shipped taxonomy with the ``*.toml`` files of ``folder`` on top; ``BadInput`` with every mistake in them."""
    shipped = {path.name: path for path in shipped_files()}
    own = [path for path in sorted(folder.glob("*.toml")) if path.read_bytes() != _bytes_of(shipped.get(path.name))]
    return load_taxonomy(shipped_files(), own) if own else shipped_taxonomy()


def _bytes_of(path: Path | None) -> bytes:
    return path.read_bytes() if path else b""


@dataclass
class _Draft:
    """A taxonomy while its files are read; ``places`` says in which file of this round a code stands."""

    problems: dict[str, Problem] = field(default_factory=dict)
    causes: dict[str, Cause] = field(default_factory=dict)
    versions: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    places: dict[str, Path] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def add(self, path: Path) -> None:
        """One file; its mistakes are kept."""
        try:
            tables = _read(path)
            if unknown := sorted(set(tables) - _FILE_KEYS):
                known = ", ".join(sorted(_FILE_KEYS))
                raise BadInput(
                    Mistake(str(path), _unknown(unknown[0]), say("可用：", "known are ") + known, unknown[0])
                )
            self.versions.append(str(tables.get("version", "")))
            self.ignored += _words(tables.get("ignore", ""))
            for table in _tables(path, tables, "problem"):
                problem = _problem(path, table)
                self._keep(path, problem.code, problem, self.problems, table)
            for table in _tables(path, tables, "cause"):
                cause = _cause(path, table)
                self._keep(path, "cause " + cause.code, cause, self.causes, table)
        except BadInput as error:
            self.mistakes += error.mistakes

    def _keep(self, path: Path, name: str, found: Kept, kept: dict[str, Kept], table: Mapping[str, object]) -> None:
        if name in self.places:
            what = say("此代码写了两次", "this code stands twice")
            also = say(f"另见 {self.places[name]}", f"see also {self.places[name]}")
            raise BadInput(Mistake(str(path), what, say("只留一处；", "keep one of them; ") + also, found.code))
        self.places[name] = path
        if table.get("off"):
            kept.pop(found.code, None)
        else:
            kept[found.code] = found


Kept = TypeVar("Kept", Problem, Cause)


def trade_code(word: str) -> str:
    """The code of a trade, given by its code or by what a person calls it (银行); any other word as it is."""
    return _CODES.get(word, word.lower() if word.lower() in TRADES else word)


def load_taxonomy(files: Sequence[Path], own: Sequence[Path] = ()) -> Taxonomy:
    """The taxonomy in ``files``, those of ``own`` on top; ``BadInput`` names file, code, what is wrong and the mend."""
    draft = _Draft()
    for path in files:
        draft.add(path)
    draft.places.clear()  # the second round may say anew what the first said
    for path in own:
        draft.add(path)
    if draft.mistakes:
        raise BadInput(draft.mistakes[0], *draft.mistakes[1:])
    version = "+".join(dict.fromkeys(version for version in draft.versions if version))
    return Taxonomy(version, tuple(draft.problems.values()), tuple(draft.causes.values()), tuple(draft.ignored))


def _read(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        why = say("无法读取：", "cannot be read: ") + in_words(error)
        raise BadInput(Mistake(str(path), why, say("存成 UTF-8 的 TOML", "save it as UTF-8 TOML"))) from error
    except tomllib.TOMLDecodeError as error:
        raise BadInput(no_toml(path, error)) from error


def _tables(path: Path, tables: dict[str, object], name: str) -> list[dict[str, object]]:
    found = tables.get(name, [])
    if not isinstance(found, list) or not all(isinstance(table, dict) for table in found):
        raise BadInput(
            Mistake(str(path), say(f"应写成 [[{name}]]", f"[[{name}]] has to be a list of tables"), f"[[{name}]]", name)
        )
    return found


def _problem(path: Path, table: dict[str, object]) -> Problem:
    code = str(table.get("code", ""))
    unknown = sorted(set(table) - _PROBLEM_KEYS)
    if not unknown and table.get("off") and code:
        return Problem(code, "", "", (), ())
    if unknown or not _CODE.fullmatch(code) or "." not in code or not table.get("name"):
        needed = say("问题要有 code（行业.名称，小写英文）和 name", "a problem needs code (trade.name) and name")
        raise BadInput(_wrong_table(path, code, unknown, needed, _PROBLEM_KEYS))
    words, aspects = (_words(table.get(key, "")) for key in ("words", "aspects"))
    name = str(table["name"])
    return Problem(code, name, str(table.get("english", name)), words, aspects)


def _cause(path: Path, table: dict[str, object]) -> Cause:
    code, name = str(table.get("code", "")), str(table.get("name", ""))
    unknown = sorted(set(table) - _CAUSE_KEYS)
    if unknown or not _CODE.fullmatch(code) or not (name or table.get("off")):
        chinese = "原因要有 code（字母、数字、_ 和 .）和 name"
        needed = say(chinese, "a cause needs code (letters, digits, _ and .) and name")
        raise BadInput(_wrong_table(path, code, unknown, needed, _CAUSE_KEYS))
    return Cause(code, name, str(table.get("english", name)))


def _wrong_table(path: Path, code: str, unknown: Sequence[str], needed: str, keys: Collection[str]) -> Mistake:
    mend = say("可用：", "known are ") + ", ".join(sorted(keys))
    return Mistake(str(path), _unknown(unknown[0]) if unknown else needed, mend, code)


def _unknown(key: str) -> str:
    return say(f"没有 {key} 这一项", f"unknown key {key}")


def _words(value: object) -> tuple[str, ...]:
    parts = value if isinstance(value, list) else str(value).split()
    return tuple(dict.fromkeys(str(part).strip().lower() for part in parts if str(part).strip()))
