"""The keyed hashes by which a mention and a customer are found together. Pure.

    identifiers as they are     account phone email order vin plate
    parts of identifiers        phone_mask (138****8000)  order_tail  vin_tail  plate_mask
    a name, alone and with      name  name_region  name_product  name_dealer  sound_region  sound_dealer
    a name and a part           name_phone4  surname_phone4  name_order4  name_vin4  name_email
    to find a mistyped digit    name_phone7  name_phone8

A value never leaves here: only its hash does. The index keeps 64 bits, which say where a key lies: first its kind, so
that the few accounts are a few pages; then, of keys with a name, 16 bits of how the name sounds, so that all that a
mention asks by one name lies together. From a disk a page is what costs (``place``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from listener.customers.attributes import cities, places_of, split_words
from listener.customers.invites import codes_in
from listener.customers.naming import plain_name, possible_names, sound, surname
from listener.customers.partial import email_mask, phone_parts, plate_mask
from listener.customers.said import Said
from listener.customers.sieve import CODE
from listener.model import IdentityKey

__all__ = [
    "EXACT", "MOST_ALIKE", "MOST_HOLDERS", "Card", "Digest", "card", "compact", "customer_keys", "hashed",
    "mention_keys", "place",
]  # fmt: skip

EXACT = ("account", "phone", "email", "order", "vin", "plate")
"""Kinds of keys that are a whole identifier."""

MOST_HOLDERS = 8
"""An identifier that more customers hold names nobody: a hotline, or what was typed where one was demanded."""

MOST_ALIKE = 24
"""A part or a name that more customers share is not looked through; together with a city or a product it still is."""

Digest = Callable[[str, str], str]
Pair = tuple[str, str]
_BETWEEN = "\x1f"


class Asked(NamedTuple):
    """A key that a mention asks by, and what it was made from: the kind of evidence and the value behind it."""

    kind: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Card:
    """Hashes by which a candidate's name is compared without being read; 0 where the records have none."""

    name: int = 0
    sound: int = 0
    surname: int = 0


NO_CARD = Card()
"""Of a customer without a name."""


def compact(digest: str) -> int:
    """64 bits of a keyed hash as the signed integer that the index holds; never 0."""
    try:
        number = int(digest[:16], 16) if len(digest) >= 16 else _folded(digest)
    except ValueError:
        number = _folded(digest)
    return (number - (1 << 63)) or 1


def place(key: IdentityKey) -> int:
    """Where a key lies in the index, as the signed integer that it holds: 4 bits of the kind, 60 of the hash.

    Of keys with a name these are 16 of how it sounds and 44 of the key: two of a thousand people of one sound, with
    a dozen keys each, share a place once in a million times, and the name is compared besides.
    """
    kind = _KINDS.get(key.kind)
    if kind is None:
        return compact(key.digest)
    try:
        number = int(key.digest[:15], 16) if len(key.digest) >= 15 else _folded(key.digest) >> 4
    except ValueError:
        number = _folded(key.digest) >> 4
    return ((kind << 60) | number) - (1 << 63)


NAMED = frozenset(
    {
        "name", "name_region", "name_product", "name_dealer", "sound_region", "sound_dealer", "name_phone4",
        "name_phone7", "name_phone8", "name_order4", "name_vin4", "name_email",
    }
)  # fmt: skip
"""Kinds of keys whose value begins with a name, or with how it sounds."""

_KINDS: Mapping[str, int] = {
    "account": 0, "phone": 1, "order": 2, "vin": 3, "plate": 4, "email": 5, **dict.fromkeys(NAMED, 6),
    "surname_phone4": 7, "phone_mask": 8, "order_tail": 9, "vin_tail": 10, "plate_mask": 11,
}  # fmt: skip
"""The kinds that the index holds, in its order."""


def hashed(pairs: Iterable[tuple[str, str]], digest: Digest) -> list[IdentityKey]:
    """The keys of (kind, value) as they are looked up; those with a name have its sound's hash before their own."""
    families: dict[str, str] = {}
    keys = []
    for kind, value in pairs:
        told = digest(kind, value)
        if kind in NAMED:
            head = value.partition(_BETWEEN)[0]
            family = families.get(head)
            if family is None:
                heard = sound(head) if kind[0] == "n" and surname(head) else head
                family = families[head] = digest("sound", heard)[:_FAMILY]
            told = family + told
        keys.append(IdentityKey(kind, told))
    return keys


def own_hash(key: IdentityKey) -> int:
    """The 64 bits of a name that ``card`` has too, from the key of kind ``name``."""
    return compact(key.digest[_FAMILY:])


_FAMILY = 4
"""Hexadecimal digits of a name's sound."""


def _folded(digest: str) -> int:
    return int.from_bytes(hashlib.blake2b(digest.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def card(name: str, digest: Digest) -> Card:
    """The card of a customer's name."""
    plain = plain_name(name)
    if not plain:
        return Card()
    family = surname(plain)
    return Card(
        compact(digest("name", plain)),
        compact(digest("sound", sound(plain))) if family else 0,
        compact(digest("surname", family)) if family else 0,
    )


def customer_keys(
    identifiers: Iterable[Pair], name: str, *, region: str = "", product: str = "", dealer: str = ""
) -> Iterator[Pair]:
    """(kind, value) of every key under which a customer is found; the caller hashes them."""
    plain = plain_name(name)
    family = surname(plain)
    for kind, value in identifiers:
        if kind in EXACT:
            yield kind, value
        yield from _parts(kind, value, plain, family)
    if plain:
        yield "name", plain
        yield from _with_attributes(plain, cities(places_of(region)), split_words(product), split_words(dealer))


def _parts(kind: str, value: str, name: str, family: str) -> Iterator[Pair]:
    """The parts of one identifier, alone and with the name."""
    if kind == "phone" and (parts := phone_parts(value)):
        mask, head, tail8, tail4 = parts
        yield "phone_mask", mask
        if name:
            yield "name_phone4", name + _BETWEEN + tail4
            yield "name_phone7", name + _BETWEEN + head
            yield "name_phone8", name + _BETWEEN + tail8
        if family:
            yield "surname_phone4", family + _BETWEEN + tail4
    elif kind == "plate":
        yield "plate_mask", plate_mask(value)
    elif kind in ("order", "vin") and len(value) >= 8:
        yield f"{kind}_tail", value[-6:]
        if name:
            yield f"name_{kind}4", name + _BETWEEN + value[-4:]
    elif kind == "email" and name:
        yield "name_email", name + _BETWEEN + email_mask(value)


def _with_attributes(
    name: str, places: Sequence[str], products: Sequence[str], dealers: Sequence[str]
) -> Iterator[Pair]:
    heard = sound(name) if surname(name) else ""
    for place in places[:3]:
        yield "name_region", name + _BETWEEN + place
        if heard:
            yield "sound_region", heard + _BETWEEN + place
    for dealer in dealers[:3]:
        yield "name_dealer", name + _BETWEEN + dealer
        if heard:
            yield "sound_dealer", heard + _BETWEEN + dealer
    for product in products[:5]:
        yield "name_product", name + _BETWEEN + product


def mention_keys(said: Said) -> list[Asked]:
    """Every key that a mention asks by, each once; ``source`` is the kind of evidence that an answer is."""
    found = [Asked(shown.kind, shown.value, shown.kind) for shown in said.values]
    for part in said.parts:
        if part.kind in ("phone_mask", "plate_mask"):
            found.append(Asked(part.kind, part.value, part.kind))
        elif part.kind in ("order_tail", "vin_tail") and len(part.value) >= 6:
            found.append(Asked(part.kind, part.value[-6:], part.kind))
    for name in said.names:
        found += _asked_by_name(said, name.name)
    if said.parts and not said.names:
        for possible in possible_names(said.text)[:MOST_ASKED]:
            found += _asked_by_part(said, possible)
    if said.may & CODE:
        found += [Asked("code", code, "code") for code in codes_in(said.text)]
    if said.surname:
        found += [
            Asked("surname_phone4", said.surname + _BETWEEN + part.value[-4:], "phone_tail")
            for part in said.parts
            if part.kind in ("phone_tail", "phone_mask")
        ]
    return list(dict.fromkeys(found))


def _asked_by_name(said: Said, name: str) -> list[Asked]:
    found = [Asked("name", name, "name")]
    for kind, value in _with_attributes(name, said.cities, said.products, said.dealers):
        found.append(Asked(kind, value, "sound" if kind.startswith("sound") else "name"))
    found += _asked_by_part(said, name)
    for shown in said.values:
        if shown.kind == "phone" and (parts := phone_parts(shown.value)):
            found.append(Asked("name_phone7", name + _BETWEEN + parts[1], "phone_near"))
            found.append(Asked("name_phone8", name + _BETWEEN + parts[2], "phone_near"))
            found.append(Asked("name_phone4", name + _BETWEEN + parts[3], "phone_tail"))
    return found


def _asked_by_part(said: Said, name: str) -> list[Asked]:
    """A name together with each part of an identifier."""
    found = []
    for part in said.parts:
        if part.kind in _NAMED_PARTS:
            kind, source = _NAMED_PARTS[part.kind]
            tail = part.value if part.kind == "email_mask" else part.value[-4:]
            found.append(Asked(kind, name + _BETWEEN + tail, source))
    return found


MOST_ASKED = 12
"""What could be a name in a text that names nobody and tells a part of an identifier; asked for together with it."""

_NAMED_PARTS: Mapping[str, Pair] = {
    "phone_tail": ("name_phone4", "phone_tail"),
    "phone_mask": ("name_phone4", "phone_tail"),
    "order_tail": ("name_order4", "order_part"),
    "vin_tail": ("name_vin4", "vin_part"),
    "email_mask": ("name_email", "email_mask"),
}
