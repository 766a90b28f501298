"""Whom a mention is from. Pure: ``keys``, one look-up, ``decide``.

A link is positive where the platform account is bound, or a unique key (phone, e-mail, order, VIN, plate) agrees, and
nothing speaks against it. A key that several customers hold, somebody speaking for another, or a key of the company's
own makes it unsure: a person decides. Name and city alone link nobody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from listener.model import Analysis, Evidence, IdentityKey, IdentityLink, Judgement, Mention, Party
from listener.text.identifiers import order_number
from listener.text.labels import label
from listener.text.mask import mask_value

STRONG = ("phone", "email", "order", "vin", "plate")
"""Identifiers in a text that may link."""

_OTHERS = "朋友|同事|邻居|亲戚|表[哥弟姐妹]|堂[哥弟姐妹]|闺蜜|同学|室友|客户|老乡"
THIRD_PARTY = re.compile(
    rf"我(?:的|们|有|一个|有个|有一个|家)?(?:{_OTHERS})"
    rf"|(?:帮|替|代)(?:我?(?:{_OTHERS}|家人|家里人|[爸妈]|父母|父亲|母亲|老公|老婆)|人|别人|他人)"
    r"|转发|听说|据说|网友"
)
"""Words by which somebody speaks of another's matter."""

SCORES = {"account": 0.999, "vin": 0.995, "order": 0.995, "phone": 0.99, "email": 0.99, "plate": 0.98}
"""Probability that the holder of the key is the author, where nothing speaks against it."""

AGAINST = 0.4
"""What each contradiction leaves of the score."""


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
    order = mention.fields.get("order", "")
    if order:
        found.append(("order", order_number(order) or order.strip().upper()))
    return list(dict.fromkeys(found))


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
) -> list[IdentityLink]:
    """The links of one mention, the surest first; none without evidence.

    ``reported``: the source is news, which quotes others' identifiers and is nobody's own word.
    """
    held: dict[int, list[Evidence]] = {}
    parties: dict[int, Party] = {}
    for kind, value in values(mention, analysis):
        candidates = found.get(IdentityKey(kind, digest(kind, value)), ())
        for candidate in candidates:
            evidence = held.setdefault(candidate.customer_id, [])
            evidence.append(Evidence(kind, mask_value(kind, value), True))
            parties[candidate.customer_id] = candidate.party
            if len(candidates) > 1:
                evidence.append(Evidence("shared", f"{len(candidates)} 位客户登记了同一{label(kind)}", False))
    if reported:
        for evidence in held.values():
            evidence.append(Evidence("reported", "新闻报道，不是本人发言", False))
    links = [_link(mention, number, evidence, parties[number], len(held)) for number, evidence in held.items()]
    return sorted(links, key=lambda link: (-link.score, link.customer_id))


def _link(mention: Mention, customer: int, evidence: list[Evidence], party: Party, rivals: int) -> IdentityLink:
    evidence = [*evidence, *_against(mention, evidence, party, rivals)]
    score = max(SCORES[e.kind] for e in evidence if e.supports)
    contradictions = sum(not e.supports for e in evidence)
    sure = not contradictions
    return IdentityLink(
        mention=mention.key,
        customer_id=customer,
        judgement=Judgement.POSITIVE if sure else Judgement.UNSURE,
        score=round(score * AGAINST**contradictions, 4),
        evidence=tuple(evidence),
        reason="、".join(dict.fromkeys(_reason(e) for e in evidence if e.supports is sure)),
    )


def _reason(evidence: Evidence) -> str:
    """「手机号 138****8000 一致」, or what speaks against."""
    return f"{label(evidence.kind)} {evidence.detail} 一致" if evidence.supports else evidence.detail


def _against(mention: Mention, evidence: Sequence[Evidence], party: Party, rivals: int) -> list[Evidence]:
    found = []
    bound = any(e.kind == "account" for e in evidence)
    spoken = THIRD_PARTY.search(mention.full_text)
    if spoken and not bound:
        found.append(Evidence("third_party", f"可能在替别人说：「{spoken.group()}」", False))
    if party in (Party.INTERNAL, Party.DEALER) and not bound:
        found.append(Evidence("company_key", "这是内部人员或经销商的号码", False))
    if rivals > 1 and not bound:
        found.append(Evidence("rival", "线索指向多位客户", False))
    return found
