"""Whom a mention is from. Pure: ``keys``, one look-up, ``decide``.

A link is positive where the platform account is bound, or a unique key (phone, e-mail, order, VIN, plate) agrees, and
nothing speaks against it (``listener.customers.gate``). A key that several customers hold, a number that the text calls
somebody else's, somebody speaking for another, or a key of the company's own makes it unsure: a person decides. Name
and city alone link nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from listener.customers.gate import CUSTOMERS, Key, against, called_own, others_words, third_party
from listener.model import Analysis, Evidence, IdentityKey, IdentityLink, Judgement, Mention, Party
from listener.text.identifiers import order_number
from listener.text.labels import label
from listener.text.mask import mask_value

STRONG = ("phone", "email", "order", "vin", "plate")
"""Identifiers in a text that may link."""

SCORES = {"account": 0.999, "vin": 0.995, "order": 0.995, "phone": 0.99, "email": 0.99, "plate": 0.98}
"""Probability that the holder of the key is the author, where nothing speaks against it."""

AGAINST = 0.4
"""What each contradiction leaves of the score."""

MOST_HOLDERS = 5
"""A key that more customers hold names nobody: a hotline, or what was typed where a number was demanded."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer who holds a key."""

    customer_id: int
    party: Party = Party.CONSUMER


Digest = Callable[[str, str], str]


def values(mention: Mention, analysis: Analysis) -> list[tuple[str, str]]:
    """(kind, normalised value) of everything in the mention that may identify its author."""
    found = [(e.kind, e.value) for e in analysis.entities if e.kind in STRONG]
    if mention.author_id:
        found.insert(0, ("account", account(mention.platform, mention.author_id)))
    if order := _told_order(mention):
        found.append(("order", order))
    return list(dict.fromkeys(found))


def _told_order(mention: Mention) -> str:
    """The order number that stands in a column of its own, as customers' orders are read too; "" where none does."""
    order = mention.fields.get("order", "").strip()
    return order_number(order) or order.upper()


def account(platform: str, author_id: str) -> str:
    """The normalised form of a platform account."""
    return f"{platform}:{author_id}"


def keys(mention: Mention, analysis: Analysis, digest: Digest) -> list[IdentityKey]:
    """The keyed hashes of ``values``."""
    return [IdentityKey(kind, digest(kind, value)) for kind, value in values(mention, analysis)]


def decide(
    mention: Mention,
    analysis: Analysis,
    digest: Digest,
    found: Mapping[IdentityKey, Sequence[Candidate]],
    *,
    reported: bool = False,
    repost: bool = False,
) -> list[IdentityLink]:
    """The links of one mention, the surest first; none without evidence.

    ``reported``: the source is news, which quotes others' identifiers and is nobody's own word. ``repost``: the words
    are another author's.
    """
    held: dict[int, list[Key]] = {}
    parties: dict[int, Party] = {}
    for key, candidates in _agreeing(mention, analysis, digest, found):
        for candidate in candidates:
            held.setdefault(candidate.customer_id, []).append(key)
            parties[candidate.customer_id] = candidate.party
    spoken = third_party(mention.full_text) if held else ""
    links = []
    for number, keys in held.items():
        doubts = [Evidence("reported", "新闻报道，不是本人发言", False)] if reported else []
        rivals = _rivals(number, held, parties)
        doubts += against(keys, parties[number], spoken=spoken, repost=repost, rivals=rivals)
        links.append(_link(mention, number, keys, doubts))
    return sorted(links, key=lambda link: (-link.score, link.customer_id))


def _agreeing(
    mention: Mention, analysis: Analysis, digest: Digest, found: Mapping[IdentityKey, Sequence[Candidate]]
) -> list[tuple[Key, Sequence[Candidate]]]:
    """The mention's identifiers that somebody holds, as the text presents them, with their holders."""
    agreeing = []
    for kind, value in values(mention, analysis):
        candidates = found.get(IdentityKey(kind, digest(kind, value)), ())
        if 0 < len(candidates) <= MOST_HOLDERS:
            agreeing.append((_key(mention, analysis, kind, value, len(candidates)), candidates))
    return agreeing


def _key(mention: Mention, analysis: Analysis, kind: str, value: str, holders: int) -> Key:
    text = mention.full_text
    places = [(e.start, e.end) for e in analysis.entities if (e.kind, e.value) == (kind, value)]
    return Key(
        kind,
        value,
        others=others_words(kind, value, text, places),
        own=called_own(text, places),
        told=kind == "order" and value == _told_order(mention),
        holders=holders,
    )


def _rivals(number: int, held: Mapping[int, Sequence[Key]], parties: Mapping[int, Party]) -> bool:
    """True where another customer may be meant as well: by a key of their own, or by any where this one has none."""
    alone = any(key.decides for key in held[number])
    return any(
        (key.decides if alone else key.speaks)
        for other, keys in held.items()
        if other != number and parties[other] in CUSTOMERS
        for key in keys
    )


def _link(mention: Mention, customer: int, keys: Sequence[Key], doubts: Sequence[Evidence]) -> IdentityLink:
    evidence = (*(Evidence(key.kind, mask_value(key.kind, key.value), True) for key in keys), *doubts)
    told = doubts or evidence
    return IdentityLink(
        mention=mention.key,
        customer_id=customer,
        judgement=Judgement.UNSURE if doubts else Judgement.POSITIVE,
        score=round(max(SCORES[key.kind] for key in keys) * AGAINST ** len(doubts), 4),
        evidence=evidence,
        reason="、".join(dict.fromkeys(_reason(each) for each in told)),
    )


def _reason(evidence: Evidence) -> str:
    """「手机号 138****8000 一致」, or what speaks against."""
    return f"{label(evidence.kind)} {evidence.detail} 一致" if evidence.supports else evidence.detail
