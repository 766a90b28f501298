"""All that a mention tells of its author, read once: identifiers, parts of them, names, places, who speaks. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from listener.customers.attributes import EMPTY, Vocabulary, cities, places_of, places_said
from listener.customers.naming import NameSaid, full_name, names_in, own_surname
from listener.customers.partial import Loose, loosely_written, narrow, partials, readable
from listener.customers.sieve import LOOSE, NAMED, PART, PHONE, SURNAME, may_hold
from listener.customers.speaking import others_words
from listener.model import Analysis, Entity, Mention
from listener.text.identifiers import email, order_number, phone, plate, vin

__all__ = ["STRONG", "Said", "Shown", "account", "read"]

STRONG = ("phone", "email", "order", "vin", "plate")
"""Identifiers in a text that may link."""

_READERS = {"phone": phone, "email": email, "vin": vin, "plate": plate}


class Shown(NamedTuple):
    """An identifier as a mention shows it: its places in the text; ``told``: it stands in a column of its own."""

    kind: str
    value: str
    places: tuple[tuple[int, int], ...] = ()
    told: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What a mention tells; ``parts`` are identifiers in part."""

    text: str
    values: tuple[Shown, ...]
    parts: tuple[Loose, ...]
    names: tuple[NameSaid, ...]
    surname: str
    places: frozenset[str]
    own_places: frozenset[str]
    products: tuple[str, ...]
    dealers: tuple[str, ...]
    narrow: str = ""
    may: int = -1
    """What may be in the text: ``listener.customers.sieve``."""

    @property
    def cities(self) -> list[str]:
        """The cities it names, its own first."""
        return list(dict.fromkeys([*cities(self.own_places), *cities(self.places)]))


def account(platform: str, author_id: str) -> str:
    """The normalised form of a platform account."""
    return f"{platform}:{author_id}"


def read(mention: Mention, analysis: Analysis, words: Vocabulary = EMPTY) -> Said:
    """What the mention tells, its products and dealers by ``words`` too."""
    told = mention.fields
    fields = tuple((name, told[name]) for name in _TOLD if told.get(name)) if told else ()
    who = account(mention.platform, mention.author_id) if mention.author_id else ""
    return _read(mention.full_text, who, mention.author_name, analysis.entities, fields, words)


_TOLD = ("order", "phone", "email", "vin", "plate", "name", "region", "product", "dealer")
"""Columns of an import that tell of the author."""


def _read(
    original: str,
    who: str,
    author: str,
    entities: tuple[Entity, ...],
    fields: tuple[tuple[str, str], ...],
    words: Vocabulary,
) -> Said:
    text, told = readable(original), dict(fields)
    bare = "".join(text.casefold().split())
    may = may_hold(text)
    parts = partials(text) if may & PART else []
    values = _values(text, who, entities, told, may)
    products = _named("product", entities, told, words.said("product", bare))
    places, own = places_said(text, products)
    if told.get("region"):
        own = own | places_of(told["region"])
    return Said(
        text=text,
        values=values,
        parts=tuple(part for part in parts if not others_words(part.kind, "", text, [(part.start, part.end)])),
        names=tuple(
            _with_told(names_in(text, own=may & NAMED != 0, loose=may & LOOSE != 0), told.get("name", ""), author)
        ),
        surname=own_surname(text) if may & SURNAME else "",
        places=places | own,
        own_places=own,
        products=products,
        dealers=_named("dealer", entities, told, words.said("dealer", bare)),
        narrow=bare,
        may=may,
    )


def _named(kind: str, entities: Iterable[Entity], told: Mapping[str, str], known: Iterable[str]) -> tuple[str, ...]:
    """The narrow names of a kind that a mention gives."""
    found = [narrow(entity.value) for entity in entities if entity.kind == kind]
    if told.get(kind):
        found.append(narrow(told[kind]))
    return tuple(dict.fromkeys([*found, *sorted(known)])) if found or known else ()


def _with_told(names: Iterable[NameSaid], told: str, author: str) -> Iterable[NameSaid]:
    """The names of a text, the one that stands in a column, and a display name that is a person's."""
    found = {name.name: name.own for name in names}
    if told and full_name(told):
        found[full_name(told)] = True
    displayed = full_name(author) if author else ""
    if displayed:
        found.setdefault(displayed, False)
    if not found:
        return ()
    return [NameSaid(name, own) for name, own in sorted(found.items(), key=lambda each: not each[1])][:4]


def _values(text: str, who: str, entities: Iterable[Entity], told: Mapping[str, str], may: int) -> tuple[Shown, ...]:
    """Every identifier, each once with all its places; those in columns of their own last."""
    places: dict[tuple[str, str], list[tuple[int, int]]] = {}
    if who:
        places["account", who] = []
    for entity in entities:
        if entity.kind in STRONG:
            places.setdefault((entity.kind, entity.value), []).append((entity.start, entity.end))
    for loose in loosely_written(text) if may & PHONE else ():
        known = places.setdefault((loose.kind, loose.value), [])
        if not any(start < loose.end and loose.start < end for start, end in known):
            known.append((loose.start, loose.end))
    columns: set[tuple[str, str]] = set()
    if told:
        columns = {(kind, value) for kind in STRONG if told.get(kind) and (value := _cell(kind, told[kind]))}
        for each in sorted(columns):
            places.setdefault(each, [])
    return tuple(Shown(kind, value, tuple(at), (kind, value) in columns) for (kind, value), at in places.items())


def _cell(kind: str, cell: str) -> str:
    """An identifier from a column, as customers' are read too; "" where it is none."""
    if kind == "order":
        return order_number(cell) or cell.strip().upper()
    return _READERS[kind](cell) or ""
