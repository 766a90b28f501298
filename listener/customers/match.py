"""Whom a mention is from. Pure: ``keys``, one look-up, ``decide``.

    read (said) ─▶ keyed hashes (keys) ─▶ [look-up: who holds them] ─▶ compare ─▶ posterior ─▶ gate (gate)

The posterior is over {each candidate, nobody} (``listener.customers.weights``). A link is positive where nobody has to
look at it: the platform account is bound, or a unique identifier agrees (or a part of one together with the full name),
nothing speaks against it, and the posterior is high. A key that several customers hold, a number that the text calls
somebody else's, somebody speaking for another, a namesake, or a contradiction makes it unsure: a person decides. A
name, whatever city and product agree with it, links nobody by itself.

Doubts about a rival are no evidence for a candidate: in each candidate's posterior the others count with all that
speaks for them and nothing that speaks against. So no contradiction ever raises a score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import log2
from typing import NamedTuple

from listener.customers.attributes import EMPTY, Vocabulary
from listener.customers.comparing import Candidate, Compared, Names, Spoken, compare, shifted
from listener.customers.gate import CUSTOMERS, SOFT, Key, Speech, against
from listener.customers.keys import (
    EXACT,
    MOST_ALIKE,
    MOST_HOLDERS,
    Asked,
    Digest,
    compact,
    hashed,
    mention_keys,
    own_hash,
)
from listener.customers.naming import possible_names
from listener.customers.said import STRONG, Said, account, read
from listener.customers.sieve import ADVERT
from listener.customers.speaking import advertises, dealer_name
from listener.customers.voice import Voice
from listener.customers.weights import AUTOMATIC, MEMBER, PROPOSED
from listener.model import Analysis, Evidence, IdentityKey, IdentityLink, Judgement, Mention
from listener.text.labels import label

__all__ = [
    "MOST_ALIKE",
    "MOST_HOLDERS",
    "STRONG",
    "Candidate",
    "Question",
    "account",
    "answer",
    "decide",
    "keys",
    "question",
    "values",
    "without_rejected",
]

MOST_PROPOSED = 8
"""Candidates kept for a person to choose from."""


def values(mention: Mention, analysis: Analysis) -> list[tuple[str, str]]:
    """(kind, normalised value) of every whole identifier in the mention that may identify its author."""
    return [(shown.kind, shown.value) for shown in read(mention, analysis).values]


class Question(NamedTuple):
    """What a mention tells, and by which keyed hashes it asks who said so."""

    said: Said
    keys: list[tuple[Asked, IdentityKey]]


def question(mention: Mention, analysis: Analysis, digest: Digest, words: Vocabulary = EMPTY) -> Question:
    """What is to be looked up for a mention, whole identifiers first; ``answer`` takes it with what was found."""
    said = read(mention, analysis, words)
    asked = mention_keys(said)
    return Question(said, list(zip(asked, hashed([each[:2] for each in asked], digest), strict=True)))


def keys(mention: Mention, analysis: Analysis, digest: Digest, words: Vocabulary = EMPTY) -> list[IdentityKey]:
    """The keyed hashes under which the mention's author may be found, whole identifiers first."""
    return [key for _, key in question(mention, analysis, digest, words).keys]


@dataclass(slots=True)
class _Found:
    """What the look-up gave of one candidate."""

    candidate: Candidate
    keys: list[Key] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)


def decide(
    mention: Mention,
    analysis: Analysis,
    digest: Digest,
    found: Mapping[IdentityKey, Sequence[Candidate]],
    *,
    reported: bool = False,
    repost: bool = False,
    words: Vocabulary = EMPTY,
) -> list[IdentityLink]:
    """The links of one mention, the surest first; none without evidence.

    ``reported``: the source is news, which quotes others' identifiers and is nobody's own word. ``repost``: the words
    are another author's. ``words`` are the products and dealers of the records, with their frequencies.
    """
    asked = question(mention, analysis, digest, words)
    return answer(mention, asked, digest, found, reported=reported, repost=repost, words=words)


def answer(
    mention: Mention,
    asking: Question,
    digest: Digest,
    found: Mapping[IdentityKey, Sequence[Candidate]],
    *,
    reported: bool = False,
    repost: bool = False,
    words: Vocabulary = EMPTY,
) -> list[IdentityLink]:
    """``decide`` for a mention whose question was asked already."""
    said = asking.said
    answered = [
        (asked, holders)
        for asked, key in asking.keys
        if (holders := found.get(key, ())) and len(holders) <= (MOST_HOLDERS if asked.kind in EXACT else MOST_ALIKE)
    ]
    if not answered:
        return []
    voice = Voice(said)
    pool = _pool(said, answered, voice)
    names = _names(asking, digest, answered)
    compared = {
        number: compare(each.candidate, each.keys, each.sources, said, names, words, mention.happened_at)
        for number, each in pool.items()
    }
    speech = Speech(
        repost=repost,
        reported=reported,
        dealer=dealer_name(mention.author_name) or (advertises(said.text) if said.may & ADVERT else ""),
    )
    return _links(mention, pool, compared, speech, words.customers, voice)


def _pool(said: Said, answered: Sequence[tuple[Asked, Sequence[Candidate]]], voice: Voice) -> dict[int, _Found]:
    shown = {(each.kind, each.value): each for each in said.values}
    pool: dict[int, _Found] = {}
    for asked, holders in answered:
        key = None
        if asked.kind in EXACT:
            one = shown[asked.kind, asked.value]
            key = Key(
                asked.kind,
                asked.value,
                others=voice.others(one, own := voice.called_own(one)),
                own=own,
                told=one.told,
                holders=len(holders),
            )
        for candidate in holders:
            held = pool.setdefault(candidate.customer_id, _Found(candidate))
            if key is not None:
                held.keys.append(key)
            else:
                held.sources.setdefault(asked.source, asked.value)
    return pool


def _names(asking: Question, digest: Digest, answered: Sequence[tuple[Asked, Sequence[Candidate]]]) -> Names:
    said = asking.said
    holders = {asked.value: len(held) for asked, held in answered if asked.kind == "name"}
    hashes = {asked.value: own_hash(key) for asked, key in asking.keys if asked.kind == "name"}
    full = tuple([Spoken(name, own, hashes[name], digest) for name, own in said.names])
    alone = compact(digest("surname", said.surname)) if said.surname else 0
    return Names(full, said.surname, alone, holders, _Possible(said.text, digest))


class _Possible:
    """Hash → name of all that could be a name in a text; hashed once, where somebody asks."""

    def __init__(self, text: str, digest: Digest) -> None:
        self._text, self._digest = text, digest
        self._found: dict[int, str] | None = None

    def __call__(self) -> Mapping[int, str]:
        if self._found is None:
            self._found = {compact(self._digest("name", name)): name for name in possible_names(self._text)}
        return self._found


def _links(
    mention: Mention,
    pool: Mapping[int, _Found],
    compared: Mapping[int, Compared],
    speech: Speech,
    customers: int,
    voice: Voice,
) -> list[IdentityLink]:
    prior = log2(MEMBER / (1 - MEMBER)) - log2(customers)
    weights = {number: 2.0 ** min(60.0, prior + each.for_bits) for number, each in compared.items()}
    whole = sum(weight for number, weight in weights.items() if _competes(pool[number]))
    combined = _combined(pool, compared)
    alone = len(pool) == 1
    links = []
    for number, one in pool.items():
        this, own, bound = compared[number], weights[number], _bound(one)
        doubts = _doubts(one, this, speech, voice, number in combined)
        if not (alone or bound) and _rivals(number, pool, combined):
            doubts.append(Evidence("rival", "线索指向多位客户", False))
        others = whole - own if _competes(one) else whole
        if not bound:
            own *= 2.0 ** _doubt_bits(this, doubts)
        links.append(_link(mention, number, this, doubts, own / (1.0 + own + max(0.0, others)), bound=bound))
    links.sort(key=lambda link: (-link.score, link.customer_id))
    return [link for link in links if link.score >= PROPOSED or pool[link.customer_id].keys][:MOST_PROPOSED]


def _doubts(one: _Found, this: Compared, speech: Speech, voice: Voice, combined: bool) -> list[Evidence]:
    """What speaks against one candidate, rivals aside."""
    corroborated = (this.named and not this.somewhere) or (
        len(one.keys) > 1 and len({key.kind for key in one.keys if key.speaks}) > 1
    )
    if _bound(one):
        return []
    forbidden = speech.reported or speech.repost or speech.dealer or one.candidate.party not in CUSTOMERS
    hopeful = not forbidden and (combined or any(key.decides for key in one.keys))
    own = any(key.own for key in one.keys)
    heard = voice.heard(details=this.details, own=own) if hopeful else voice.worded()
    return against(
        one.keys,
        one.candidate.party,
        replace(speech, third=heard.third) if heard.third else speech,  # replacing takes long
        differing=[evidence for evidence, _ in this.differing],
        corroborated=corroborated,
        combined=combined,
        supported=corroborated or this.named or this.attributes > 0,
        mine=heard.mine,
        surely=heard.surely,
        bare=one.candidate.bare,
        old=this.old and not this.personal,
    )


def _doubt_bits(this: Compared, doubts: Sequence[Evidence]) -> float:
    """Bits of all that speaks against; what differs counts once, also where it is a doubt."""
    bits = this.against_bits
    for each in doubts:
        if each.kind not in SOFT and each.kind != "quoted":
            bits += shifted(each.kind, this.shifts)
    if this.differing and doubts:
        bits -= sum(worth for evidence, worth in this.differing if evidence in doubts and evidence.kind not in SOFT)
    return bits


def _competes(one: _Found) -> bool:
    """The company's own side is nobody's rival: its numbers are quoted in complaints, unless its account speaks."""
    return one.candidate.party in CUSTOMERS or _bound(one)


def _bound(one: _Found) -> bool:
    return any(key.kind == "account" and key.decides for key in one.keys)


def _combined(pool: Mapping[int, _Found], compared: Mapping[int, Compared]) -> set[int]:
    """Whom the full name and a part of an identifier, or a shared identifier, name together, where that is one."""
    found = {
        number
        for number, each in compared.items()
        if (each.named and (each.parts or any(key.speaks for key in pool[number].keys)))
        or (each.parts and each.attributes >= PART_NEEDS and not each.differing)
    }
    return found if len(found) == 1 else set()


PART_NEEDS = 4.0
"""Bits of place, product, dealer, month that a part of an identifier needs to name somebody without the name."""


def _rivals(number: int, pool: Mapping[int, _Found], combined: set[int]) -> bool:
    """True where another customer may be meant as well: by a key of their own, or by any where this one has none."""
    alone = number in combined or any(key.decides for key in pool[number].keys)
    return any(
        (other in combined or any(key.decides if alone else key.speaks for key in one.keys))
        for other, one in pool.items()
        if other != number and one.candidate.party in CUSTOMERS
    )


def _link(
    mention: Mention, customer: int, compared: Compared, doubts: Sequence[Evidence], score: float, *, bound: bool
) -> IdentityLink:
    supporting = [evidence for evidence, _ in compared.support]
    noted = [evidence for evidence, _ in compared.differing if evidence not in doubts]
    evidence = (*supporting, *doubts, *noted)
    positive = not doubts and (bound or score >= AUTOMATIC)
    told = supporting if positive else (doubts or evidence)
    return IdentityLink(
        mention=mention.key,
        customer_id=customer,
        judgement=Judgement.POSITIVE if positive else Judgement.UNSURE,
        score=min(0.9999, max(0.0001, round(score, 4))),
        evidence=evidence,
        reason="、".join(dict.fromkeys(_reason(each) for each in told)),
    )


def _reason(evidence: Evidence) -> str:
    """「手机号 138****8000 一致」, or what speaks against."""
    return f"{label(evidence.kind)} {evidence.detail} 一致" if evidence.supports else evidence.detail


def without_rejected(links: Sequence[IdentityLink], rejected: Mapping[int, frozenset[str]]) -> list[IdentityLink]:
    """The links without those that people rejected for this author by the same evidence.

    ``rejected`` maps a customer to the evidence (``kind:detail``) that was known then; with more a person looks again.
    """
    kept = []
    for link in links:
        known = rejected.get(link.customer_id)
        if known is None:
            kept.append(link)
        elif {f"{each.kind}:{each.detail}" for each in link.evidence if each.supports} - known:
            doubt = Evidence("rejected_before", "此前已由人工否定，现有新线索", False)
            evidence = (*link.evidence, doubt)
            kept.append(replace(link, judgement=Judgement.UNSURE, evidence=evidence, reason=doubt.detail))
    return kept
