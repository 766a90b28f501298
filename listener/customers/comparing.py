"""One candidate against what a mention tells: what agrees, what does not, and how many bits each is worth. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import log2

from listener.customers.attributes import (
    Vocabulary,
    bought_on,
    compare_places,
    compare_words,
    months_apart,
    moved,
    places_of,
    split_words,
)
from listener.customers.gate import Key
from listener.customers.keys import NO_CARD, Card, Digest, compact
from listener.customers.naming import sound, surname
from listener.customers.said import Said
from listener.customers.sieve import MOVED
from listener.customers.weights import AGAINST, AGREE, CELLS, NAME_MEMBER, OWN, SECOND, TRUST, agreeing
from listener.model import Evidence, Party
from listener.text.mask import mask_name, mask_value

__all__ = ["Candidate", "Compared", "Names", "compare", "shifted"]

COMMON_HOLDERS = 60
"""Holders assumed of a name that so many bear that they were not looked up."""

MOST_NAME_BITS = 18.0
"""A name is never worth more: somebody outside the records may bear it too."""

OLD = timedelta(days=4 * 365)
"""A record so old may hold a telephone number that another has by now."""

BEFORE = timedelta(days=3)
"""A complaint may be that much older than the recorded purchase: records are written late."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer who holds a key, with what the records say that is not personal, and the hashes of the name."""

    customer_id: int
    party: Party = Party.CONSUMER
    card: Card = NO_CARD
    region: str = ""
    product: str = ""
    dealer: str = ""
    since: datetime | None = None

    @property
    def bare(self) -> bool:
        """True where the records hold nothing of them that a mention could agree with."""
        return not (self.region or self.product or self.dealer or self.card.name)


class Spoken:
    """A full name that a mention gives, with its hash; those of its sound and its surname are made where one asks."""

    def __init__(self, name: str, own: bool, hashed: int, digest: Digest) -> None:
        self.name, self.own, self.hash = name, own, hashed
        self._digest = digest

    def sounds(self, heard: int) -> bool:
        """Whether it sounds as the hash says."""
        return bool(surname(self.name)) and compact(self._digest("sound", sound(self.name))) == heard

    def family(self) -> int:
        """The hash of its surname; 0 where it has none."""
        family = surname(self.name)
        return compact(self._digest("surname", family)) if family else 0


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a mention gives, and the hash of the surname that is given alone; ``holders`` is how many
    customers bear a name."""

    full: tuple[Spoken, ...] = ()
    surname: str = ""
    surname_hash: int = 0
    holders: Mapping[str, int] = field(default_factory=dict)
    possible: Callable[[], Mapping[int, str]] = dict
    """Hash → what could be a name anywhere in the text; asked only where a name would decide."""


@dataclass(slots=True)
class Compared:
    """What was found: evidence for with its bits, evidence against that differs with its bits."""

    shifts: Mapping[str, float] = field(default_factory=dict)
    support: list[tuple[Evidence, float]] = field(default_factory=list)
    differing: list[tuple[Evidence, float]] = field(default_factory=list)
    named: bool = False
    own_name: bool = False
    somewhere: bool = False
    """The name stands in the text, and nothing says that it is the author's."""
    parts: bool = False
    old: bool = False

    @property
    def personal(self) -> bool:
        """True where something agrees that not any buyer of the product could say: place, dealer, month, surname."""
        return any(evidence.kind in _ATTRIBUTES and evidence.kind != "product" for evidence, _ in self.support)

    @property
    def attributes(self) -> float:
        """Bits of what agrees beside names and identifiers: place, product, dealer, month, surname."""
        return sum(bits for evidence, bits in self.support if evidence.kind in _ATTRIBUTES)

    @property
    def details(self) -> bool:
        """True where the dealer or the month of purchase agrees: who tells of a friend's matter seldom knows these."""
        return any(evidence.kind in ("dealer", "bought") for evidence, _ in self.support)

    @property
    def for_bits(self) -> float:
        """Bits of all that agrees."""
        return sum(bits for _, bits in self.support)

    @property
    def against_bits(self) -> float:
        """Bits of all that differs; never positive."""
        return sum(bits for _, bits in self.differing)


_ATTRIBUTES = frozenset({"region", "product", "dealer", "bought", "surname"})


def compare(
    candidate: Candidate,
    keys: Sequence[Key],
    sources: Mapping[str, str],
    said: Said,
    names: Names,
    words: Vocabulary,
    happened_at: datetime,
) -> Compared:
    """``keys`` are the whole identifiers that agree, ``sources`` the parts and names by which the candidate was found
    (kind of evidence → the value behind it)."""
    found = Compared(words.shifts)
    _identifiers(found, keys, words.customers)
    _parts(found, sources, {key.kind for key in keys})
    _name(found, candidate, sources, names, words.customers)
    _place(found, candidate, said, words)
    for kind, recorded, named in (
        ("product", candidate.product, said.products),
        ("dealer", candidate.dealer, said.dealers),
    ):
        _word(found, kind, recorded, said.narrow, named, words)
    _time(found, candidate, said, happened_at)
    if not found.named and candidate.card.name and _decisive(found, keys):
        _somewhere(found, candidate, names, words.customers)
    return found


def _decisive(found: Compared, keys: Sequence[Key]) -> bool:
    """Whether a name would decide: only a part agrees, others hold the identifier too, or nothing else agrees."""
    return found.parts or found.attributes == 0 or any(key.holders > 1 for key in keys)


def _somewhere(found: Compared, candidate: Candidate, names: Names, customers: int) -> None:
    """The records' name anywhere in the text, however it is introduced: 「我刘思远倒要问问」."""
    name = names.possible().get(candidate.card.name)
    if name is None:
        return
    bits = log2(max(2.0, NAME_MEMBER * customers / (names.holders.get(name, COMMON_HOLDERS) + 1)))
    found.named = found.somewhere = True
    found.differing = [each for each in found.differing if each[0].kind not in ("other_name", "other_given_name")]
    _yes(found, "name", mask_name(name), max(1.0, min(MOST_NAME_BITS, bits) + AGREE["display_name"]))


def _yes(found: Compared, kind: str, detail: str, bits: float) -> None:
    if found.shifts:  # what agrees never speaks against
        bits = max(0.0, bits + found.shifts.get(kind, 0.0))
    found.support.append((Evidence(kind, detail, True), bits))


def _no(found: Compared, kind: str, detail: str) -> None:
    found.differing.append((Evidence(kind, detail, False), shifted(kind, found.shifts)))


def shifted(kind: str, shifts: Mapping[str, float]) -> float:
    """Bits of what speaks against, as this installation's rulings moved them; never positive."""
    bits = AGAINST.get(kind, 0.0)
    return min(0.0, bits + shifts.get(kind, 0.0)) if shifts else bits


def _identifiers(found: Compared, keys: Sequence[Key], customers: int) -> None:
    """The surest one makes up for how improbable any one customer is; each further one adds less."""
    worth = sorted(keys, key=lambda key: (-_trust(key), key.kind, key.value))
    for place, key in enumerate(worth):
        bits = log2(customers) + _trust(key) if not place else min(SECOND, _trust(key))
        _yes(found, key.kind, _masked(key), max(bits, 0.0))


def _masked(key: Key) -> str:
    if key.kind == "phone" and len(key.value) == _MOBILE and key.value.startswith("+861"):
        return f"{key.value[3:6]}****{key.value[-4:]}"
    return mask_value(key.kind, key.value)


_MOBILE = 14
"""Characters of a mainland mobile number in E.164."""


def _trust(key: Key) -> float:
    bits = TRUST[key.kind] + (OWN if key.own or key.told else 0.0)
    return bits + AGAINST["quoted"] if key.others else bits


def _parts(found: Compared, sources: Mapping[str, str], whole: Collection[str]) -> None:
    """Parts of identifiers, the best of each family; none where the whole agrees."""
    if not sources:
        return
    best: dict[str, tuple[float, str]] = {}
    for source, value in sources.items():
        family = source.partition("_")[0]
        bits = _NEAR if source == "phone_near" else log2(CELLS[source]) if source in CELLS else 0.0
        if bits and family not in whole:
            best[family] = max(best.get(family, (0.0, "")), (bits, f"{source}\x1f{value}"))
    for bits, told in sorted(best.values(), reverse=True):
        source, _, value = told.partition("\x1f")
        found.parts = True
        _yes(found, source, _shown(source, value), bits)


_NEAR = 13.0
"""Bits of a phone number that differs in one place: one in 10,000 numbers is so near, one in ten mistyped ones is."""


def _shown(source: str, value: str) -> str:
    """A part as it may be shown: it hides most of the value already."""
    last = value.rpartition("\x1f")[2]
    if source == "phone_mask":
        return f"{last[:3]}****{last[3:]}"
    if source == "phone_near":
        return f"***{last[-4:]}"
    return last if source in ("plate_mask", "email_mask") else f"***{last[-4:]}"


def _name(found: Compared, candidate: Candidate, sources: Mapping[str, str], names: Names, customers: int) -> None:
    card = candidate.card
    for spoken in names.full:
        name, own = spoken.name, spoken.own
        if (card.name and card.name == spoken.hash) or (not card.name and sources.get("name", "").startswith(name)):
            holders = names.holders.get(name, COMMON_HOLDERS)
            bits = min(MOST_NAME_BITS, log2(max(2.0, NAME_MEMBER * customers / (holders + 1))))
            found.named, found.own_name = True, own
            _yes(found, "name", mask_name(name), max(1.0, bits if own else bits + AGREE["display_name"]))
            return
    if not card.name:
        return
    for spoken in names.full:
        if card.sound and spoken.sounds(card.sound):
            _yes(found, "sound", mask_name(spoken.name), AGREE["sound"])
            return
        if spoken.own and card.surname and (family := spoken.family()):
            kind = "other_given_name" if family == card.surname else "other_name"
            _no(found, kind, f"文中姓名 {mask_name(spoken.name)} 与档案不符")
            return
    if names.surname and card.surname:
        if names.surname_hash == card.surname:
            _yes(found, "surname", names.surname, AGREE["surname"])
        else:
            _no(found, "other_name", f"文中姓氏「{names.surname}」与档案不符")


def _place(found: Compared, candidate: Candidate, said: Said, words: Vocabulary) -> None:
    if not said.places or not candidate.region:
        return
    agrees = compare_places(candidate.region, said.own_places or said.places)
    if agrees:
        place = min(places_of(candidate.region), default="")
        _yes(found, "region", candidate.region, min(6.0, agreeing("region", words.share("region", place, 0.0))))
    elif agrees is False and not (said.may & MOVED and moved(said.text)):
        named = said.own_places or (said.places if len(said.cities) <= 1 else frozenset())
        if named:
            _no(found, "other_city", f"文中地点 {'、'.join(sorted(named)[:2])}，档案 {candidate.region}")


def _word(found: Compared, kind: str, recorded: str, text: str, named: Sequence[str], words: Vocabulary) -> None:
    if not recorded:
        return
    agrees = compare_words(recorded, text, named)
    if agrees:
        share = max((words.share(kind, word, 0.0) for word in split_words(recorded)), default=0.0)
        most = 4.0 if kind == "dealer" else 5.0
        _yes(found, kind, recorded[:40], min(most, agreeing(kind, share)))
    elif agrees is False:
        said = "、".join(named[:2])
        _no(found, f"other_{kind}", f"文中「{said}」，档案 {recorded[:40]}")


def _time(found: Compared, candidate: Candidate, said: Said, happened_at: datetime) -> None:
    since = candidate.since
    if since is None:
        return
    bought = bought_on(said.text)
    found.old = happened_at - since > OLD
    if bought is not None and abs(months_apart(bought, since)) <= 1:
        _yes(found, "bought", f"{bought:%Y-%m}", AGREE["bought"])
    elif happened_at < since - BEFORE or (bought is not None and months_apart(bought, since) < -1):
        when = bought or happened_at
        _no(found, "before_purchase", f"所说时间 {when:%Y-%m} 早于购买时间 {since:%Y-%m}")
    elif bought is not None:  # they may have bought again, or the number may be another's by now
        _no(found, "other_purchase", f"所说购买时间 {bought:%Y-%m}，档案 {since:%Y-%m}")
