"""Importing dealers and service points from a table into ``config/dealers.imported.toml``.

The file is the tables' own: what people write in ``dealers.toml`` stays untouched and wins. A dealer is known by its
name; whoever is not in a table stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from listener.crm.cells import columns, many, party
from listener.errors import BadInput, Mistake
from listener.files.sheets import BadRow, Rejects, Row, read_rows
from listener.files.toml_files import parse, validate
from listener.language import say
from listener.loading import IMPORTED_DEALERS
from listener.model import Party
from listener.settings import Dealer, Dealers
from listener.system_words import in_words
from listener.text.places import place_of

__all__ = ["FIELDS", "DealerCounts", "import_dealers"]

FIELDS: Mapping[str, tuple[str, ...]] = {
    "name": ("名称", "网点名称", "经销商名称", "门店名称", "经销商", "门店", "name"),
    "code": ("编码", "网点编码", "经销商编码", "门店编码", "code"),
    "aliases": ("别名", "简称", "俗称", "aliases"),
    "region": ("地区", "城市", "所在地区", "所在城市", "region"),
    "party": ("类型", "party"),
    "contact": ("负责人", "对接人", "联系人", "contact"),
    "competences": ("受理范围", "业务范围", "能力", "competences"),
    "products": ("产品", "车型", "经营车型", "products"),
    "place": ("坐标", "经纬度", "place"),
    "latitude": ("纬度", "latitude", "lat"),
    "longitude": ("经度", "longitude", "lng", "lon"),
}  # fmt: skip
"""What a column may hold, and the headings by which it is recognised."""

_HEAD = """# 由 listener import dealers 生成，再次导入会改写。手工维护的网点请写在 dealers.toml，同名时以它为准。
# Written by listener import dealers, and again by the next import. Your own entries belong into dealers.toml.
"""

_NUMBER = r"-?\d{1,3}(?:\.\d+)?"
_PLACE = re.compile(rf"({_NUMBER})\s*[,，;； ]\s*({_NUMBER})")


@dataclass
class DealerCounts:
    """What an import did, or would do. ``remarks`` tell each change, ``problems`` the rejected rows."""

    read: int = 0
    new: int = 0
    changed: int = 0
    known: int = 0
    rejected: int = 0
    reject_file: Path | None = None
    remarks: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def import_dealers(
    path: Path, mapping: Mapping[str, str], config_dir: Path, people: Collection[str], *, dry_run: bool = False
) -> DealerCounts:
    """Read the table and write the file; ``people`` are those who may take cases. With ``dry_run`` only count."""
    file = config_dir / IMPORTED_DEALERS
    known = {dealer.name: dealer for dealer in _stored(file)}
    rejects = Rejects.beside(path)
    counts, seen = DealerCounts(), dict(known)
    for dealer, line in _dealers(path, mapping, frozenset(people), rejects):
        counts.read += 1
        before = known.get(dealer.name)
        counts.new += before is None
        counts.changed += before is not None and before != dealer
        counts.known += before == dealer
        counts.remarks += _told(before, dealer, line)
        seen[dealer.name] = dealer
    counts.rejected = rejects.count
    counts.read += rejects.count
    counts.problems = [say(f"第 {row.line} 行：{row.why}", f"line {row.line}: {row.why}") for row in rejects.rows]
    if not dry_run:
        counts.reject_file = rejects.close()
        if counts.new or counts.changed:
            _write(file, list(seen.values()))
    return counts


def _stored(file: Path) -> tuple[Dealer, ...]:
    if not file.exists():
        return ()
    table, text = parse(file)
    return validate(Dealers, table, file, text).dealers


def _told(before: Dealer | None, after: Dealer, line: int) -> Iterator[str]:
    """What an import changes, and what routing will miss."""
    if before is None:
        yield say(f"新增 {after.name}", f"new {after.name}")
    elif before != after:
        names = [name for name in Dealer.model_fields if getattr(before, name) != getattr(after, name)]
        yield say("更新", "change") + f" {after.name}: {'、'.join(names)}"
    if after.place is None and place_of(after.region) is None:
        chinese = f"第 {line} 行：{after.name} 没有坐标，也认不出所在城市，按距离派单时排在最后"
        yield say(chinese, f"line {line}: {after.name} has neither coordinates nor a known city: it comes last")


def _dealers(
    path: Path, given: Mapping[str, str], people: frozenset[str], rejects: Rejects
) -> Iterator[tuple[Dealer, int]]:
    found: dict[str, str] = {}
    lines: dict[str, int] = {}
    for row in read_rows(path):
        if isinstance(row, BadRow):
            rejects.add(row)
            continue
        if not found:
            found = columns(FIELDS, given, list(row.values), str(path), {"name": say("网点名称", "the name")})
            rejects.headings = list(row.values)
        cells = {name: row.values.get(column, "").strip() for name, column in found.items()}
        dealer = _dealer(row, cells, people, lines)
        if isinstance(dealer, BadRow):
            rejects.add(dealer)
        else:
            yield dealer, row.line


def _dealer(row: Row, cells: Mapping[str, str], people: frozenset[str], lines: dict[str, int]) -> Dealer | BadRow:
    raw, name = tuple(row.values.values()), cells["name"]
    first = lines.setdefault(name, row.line)
    place = _place(cells)
    why = ""
    if not name:
        why = say("没有名称", "no name")
    elif first != row.line:
        why = say(f"与第 {first} 行重名", f"stands in line {first} already")
    elif cells.get("party") and not party(cells["party"]):
        why = say(f"类型无效：{cells['party']}", f"no party {cells['party']}")
    elif cells.get("contact") and cells["contact"] not in people:
        why = say(f"people.toml 中没有负责人 {cells['contact']}", f"{cells['contact']} is nobody in people.toml")
    elif place == ():
        why = say("坐标无效（应为 纬度,经度）", "no coordinates (latitude,longitude)")
    if why:
        return BadRow(row.line, why, raw)
    return Dealer(
        name=name,
        code=cells.get("code", ""),
        region=cells.get("region", ""),
        contact=cells.get("contact", ""),
        party=Party(party(cells["party"])) if cells.get("party") else Party.DEALER,
        aliases=tuple(many(cells.get("aliases", ""))),
        competences=tuple(many(cells.get("competences", ""))),
        products=tuple(many(cells.get("products", ""))),
        place=place or None,
    )


def _place(cells: Mapping[str, str]) -> tuple[float, float] | tuple[()] | None:
    """(latitude, longitude); None where none is given, () where what is given is none."""
    told = cells.get("place") or " ".join(cells[n] for n in ("latitude", "longitude") if cells.get(n))
    if not told.strip():
        return None
    found = _PLACE.fullmatch(told.strip())
    if found is None:
        return ()
    latitude, longitude = float(found[1]), float(found[2])
    if abs(latitude) > 90 >= abs(longitude):  # written the other way round
        latitude, longitude = longitude, latitude
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else ()


def _write(file: Path, dealers: list[Dealer]) -> None:
    """The file at once, so that a daemon that reads it meanwhile sees the old one or the new one."""
    text = _HEAD + "".join(_entry(dealer) for dealer in dealers)
    fresh = file.with_name(file.name + ".new")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(file)
    except OSError as error:
        raise BadInput(Mistake(str(file), say("无法写入", "cannot be written") + f" ({in_words(error)})")) from None


def _entry(dealer: Dealer) -> str:
    """One dealer as TOML; JSON's strings and lists are TOML's."""
    facts: dict[str, Any] = {
        name: value
        for name, value in dealer.model_dump(mode="json").items()
        if value not in ("", [], None) and (name, value) != ("party", Party.DEALER.value)
    }
    return "\n[[dealers]]\n" + "".join(
        f"{name} = {json.dumps(value, ensure_ascii=False)}\n".replace("\x7f", "") for name, value in facts.items()
    )
