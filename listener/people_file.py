"""People from an Excel or CSV file into people.toml: read, compared, shown, then written. Nothing is guessed.

    姓名 邮箱 角色 班组 企业微信 上级 代理人 班次 休假 语言      one row a person, the name is the key

Who is not in the file stays, unless ``remove`` is asked for. The old file is kept beside the new one.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from listener.errors import BadInput, Mistake
from listener.files.sheets import BadRow, plain_heading, read_rows
from listener.language import say
from listener.loading import Environment, load
from listener.settings import MAIL, Person
from listener.text.labels import ROLES

__all__ = ["Change", "Plan", "plan", "write"]

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "name": ("姓名", "名字", "name"),
    "mail": ("邮箱", "电子邮箱", "邮件", "mail", "email", "e-mail"),
    "role": ("角色", "岗位", "role"),
    "team": ("班组", "部门", "组", "team"),
    "wecom": ("企业微信", "企业微信账号", "wecom"),
    "by": ("通知方式", "by"),
    "lead": ("上级", "负责人", "直接上级", "lead"),
    "deputy": ("代理人", "deputy"),
    "shifts": ("班次", "排班", "shifts"),
    "away": ("休假", "请假", "away"),
    "language": ("语言", "language"),
}
"""What a column may hold, and the headings by which it is recognised."""

_LISTS = ("shifts", "away", "by")
_LANGUAGES = {"中文": "zh", "英文": "en", "english": "en", "chinese": "zh"}


@dataclass(frozen=True, slots=True)
class Change:
    """What the file does to one person: ``what`` is new, changed, removed or same; ``fields`` are (name, old, new)."""

    name: str
    what: str
    fields: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """The people as they will be, and each change."""

    people: tuple[dict[str, object], ...]
    changes: tuple[Change, ...] = field(default=())

    @property
    def empty(self) -> bool:
        """True where the file changes nothing."""
        return all(change.what == "same" for change in self.changes)


def plan(file: Path, present: Sequence[Person], *, remove: bool = False) -> Plan:
    """What ``file`` would change; ``BadInput`` with every row that cannot be used."""
    read = _rows(file)
    before = {person.name: _plain(person) for person in present}
    after = {name: {**before.get(name, {}), **values} for name, values in read.items()}
    changes = [_change(name, before.get(name), values) for name, values in after.items()]
    left = {name: values for name, values in before.items() if name not in after}
    changes += [Change(name, "removed" if remove else "same") for name in left]
    kept = [] if remove else list(left.values())
    return Plan((*kept, *after.values()), tuple(changes))


def _rows(file: Path) -> dict[str, dict[str, object]]:
    """The rows by name; only the columns that the file has, so that what it does not know stays."""
    found: dict[str, dict[str, object]] = {}
    mistakes: list[Mistake] = []
    for row in read_rows(file):
        if isinstance(row, BadRow):
            mistakes.append(Mistake(str(file), row.why, line=row.line))
            continue
        values = _values(row.values)
        if not values.get("name"):
            mistakes.append(Mistake(str(file), say("缺少姓名", "has no name"), line=row.line))
            continue
        mistakes += _wrong(file, row.line, values, found)
        found[str(values["name"])] = values
    if mistakes:
        raise BadInput(mistakes[0], *mistakes[1:])
    if not found:
        raise BadInput(Mistake(str(file), say("没有人员", "holds nobody"), "、".join(h[0] for h in HEADINGS.values())))
    return found


def _values(cells: Mapping[str, str]) -> dict[str, object]:
    known = {heading: name for name, headings in HEADINGS.items() for heading in headings}
    values: dict[str, object] = {}
    for heading, cell in cells.items():
        name, text = known.get(plain_heading(heading).lower()), cell.strip()
        if name in _LISTS:
            values[name] = [
                part.strip() for part in text.replace("；", ";").replace("，", ";").split(";") if part.strip()
            ]
        elif name == "role":
            values[name] = {word: code for code, words in ROLES.items() for word in (code, *words)}.get(text, text)
        elif name == "language":
            values[name] = _LANGUAGES.get(text.lower(), text)
        elif name:
            values[name] = text
    return {name: value for name, value in values.items() if value or name not in ("role", "language", "by")}


def _wrong(file: Path, line: int, values: dict[str, object], found: Mapping[str, object]) -> list[Mistake]:
    mistakes = []
    if values["name"] in found:
        what = say(f"{values['name']} 出现了两次", f"{values['name']} stands twice")
        mistakes.append(Mistake(str(file), what, line=line))
    try:
        Person.model_validate({"mail": "nobody@example.com", **values})
    except ValidationError as error:
        for one in error.errors():
            name = str(one["loc"][0]) if one["loc"] else ""
            heading = HEADINGS[name][0] if name in HEADINGS else name
            mistakes.append(Mistake(str(file), f"{heading}：{one['input']!r} {one['msg']}", line=line))
    return mistakes


def _plain(person: Person) -> dict[str, object]:
    """A person as the file writes them; what is at its default is left out."""
    values: dict[str, object] = {"name": person.name, "mail": person.mail, "role": person.role}
    for name in ("team", "wecom", "lead", "deputy"):
        values |= {name: getattr(person, name)} if getattr(person, name) else {}
    if person.by != (MAIL,):
        values["by"] = list(person.by)
    if person.language != "zh":
        values["language"] = person.language
    if person.away:
        values["away"] = [f"{first}..{last}" if first != last else f"{first}" for first, last in person.away]
    if person.shifts:
        values["shifts"] = [_shift(days, opens, closes) for days, opens, closes in person.shifts]
    return values


def _shift(days: frozenset[int], opens: object, closes: object) -> str:
    until = "24:00" if str(closes).startswith("23:59:59") else f"{closes:%H:%M}"
    return f"{min(days)}-{max(days)} {opens:%H:%M}-{until}"


def _change(name: str, before: dict[str, object] | None, after: dict[str, object]) -> Change:
    if before is None:
        return Change(name, "new", tuple((key, "", _shown(value)) for key, value in after.items() if value))
    pairs = [(key, _shown(before.get(key)), _shown(after.get(key))) for key in HEADINGS]
    changed = tuple((key, old, new) for key, old, new in pairs if old != new)
    return Change(name, "changed" if changed else "same", changed)


def _shown(value: object) -> str:
    return "；".join(map(str, value)) if isinstance(value, list) else str(value or "")


def write(config_dir: Path, found: Plan, environment: Environment | None = None) -> Path:
    """Write people.toml, the old one kept as people.toml.bak; ``BadInput`` where the whole would not load then."""
    target = config_dir / "people.toml"
    text = _heading(target) + "\n".join(_table(person) for person in found.people)
    with tempfile.TemporaryDirectory() as name:
        tried = Path(name) / "config"
        shutil.copytree(config_dir, tried)
        (tried / "people.toml").write_text(text, encoding="utf-8")
        load(tried, environment=environment)
    if target.exists():
        shutil.copy2(target, target.with_suffix(".toml.bak"))
    made = target.with_suffix(".toml.new")
    made.write_text(text, encoding="utf-8")
    made.replace(target)
    return target


def _heading(target: Path) -> str:
    """The comments above the first person, which stay."""
    if not target.exists():
        return ""
    lines = target.read_text(encoding="utf-8-sig").splitlines()
    kept = []
    for line in lines:
        if not line.startswith("#") and line.strip():
            break
        kept.append(line)
    return "\n".join(kept).rstrip("\n") + "\n\n" if kept else ""


def _table(person: Mapping[str, object]) -> str:
    rows = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in person.items() if value]
    return "[[people]]\n" + "\n".join(rows) + "\n"
