"""What holds for every link: evidence behind it, never surer for a contradiction, the same in any order."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from listener.customers.match import STRONG, Candidate, decide
from listener.model import Entity, IdentityKey, IdentityLink, Judgement, Party
from tests.factories import analysis, mention

Holders = dict[IdentityKey, list[Candidate]]

candidates = st.lists(st.sampled_from([1, 2, 3]), unique=True, max_size=3).map(
    lambda numbers: [Candidate(n, Party.DEALER if n == 3 else Party.CONSUMER) for n in numbers]
)
identifiers = st.tuples(st.sampled_from(STRONG), st.sampled_from("AB"))
texts = st.sampled_from(["我的车没人管", "我朋友的车", "听说没人管", ""])
worlds = st.dictionaries(identifiers, candidates)
named = st.lists(identifiers, unique=True, max_size=5)


def digest(kind: str, value: str) -> str:
    return f"{kind}-{value}"


def holders(world: dict[tuple[str, str], list[Candidate]]) -> Holders:
    return {IdentityKey(kind, digest(kind, value)): found for (kind, value), found in world.items()}


def run(
    text: str, named: list[tuple[str, str]], found: Holders, reported: bool = False, repost: bool = False
) -> list[IdentityLink]:
    """The links of a mention that names these, all of them at the end of its text."""
    entities = tuple(Entity(kind, value, len(text), len(text) + 1) for kind, value in named)
    said = mention(text=text, author_id="")
    return decide(said, analysis(entities=entities), digest, found, reported=reported, repost=repost)


def scores(links: list[IdentityLink]) -> dict[int, float]:
    return {link.customer_id: link.score for link in links}


def sure(links: list[IdentityLink]) -> set[int]:
    return {link.customer_id for link in links if link.judgement is Judgement.POSITIVE}


@given(texts, named, worlds, st.booleans())
def test_every_link_has_evidence_and_says_so(
    text: str, named: list[tuple[str, str]], world: dict[tuple[str, str], list[Candidate]], reported: bool
) -> None:
    links = run(text, named, holders(world), reported)
    held = {candidate.customer_id for key in named for candidate in world.get(key, [])}
    assert {link.customer_id for link in links} == held
    for link in links:
        assert any(evidence.supports for evidence in link.evidence)
        if link.judgement is Judgement.POSITIVE:
            assert all(evidence.supports for evidence in link.evidence)
        assert 0 < link.score < 1
        assert link.reason


@given(named, worlds)
def test_a_contradiction_never_raises_a_score(
    named: list[tuple[str, str]], world: dict[tuple[str, str], list[Candidate]]
) -> None:
    plain = scores(run("我的车没人管", named, holders(world)))
    shared = {key: [*found, Candidate(9)] for key, found in world.items() if found}
    for contradicted in (
        run("我朋友的车", named, holders(world)),
        run("我的车没人管", named, holders(world), reported=True),
        run("我的车没人管", named, holders(world), repost=True),
        run("我的车没人管", named, holders(world | shared)),
    ):
        for customer, score in scores(contradicted).items():
            assert score <= plain.get(customer, 1)


@given(named, worlds)
def test_a_key_that_turns_out_to_be_everybodys_makes_none_of_its_holders_sure(
    named: list[tuple[str, str]], world: dict[tuple[str, str], list[Candidate]]
) -> None:
    before = sure(run("我的车没人管", named, holders(world)))
    for key in named:
        crowd = [*world.get(key, []), *map(Candidate, range(20, 30))]
        after = run("我的车没人管", named, holders(world | {key: crowd}))
        assert not {link.customer_id for link in after} & set(range(20, 30))
        assert sure(after) & {candidate.customer_id for candidate in world.get(key, [])} <= before


@given(texts, named, worlds, st.randoms(use_true_random=False))
def test_order_does_not_matter(
    text: str, named: list[tuple[str, str]], world: dict[tuple[str, str], list[Candidate]], random: Random
) -> None:
    before = run(text, named, holders(world))
    mixed = random.sample(named, len(named))
    after = run(text, mixed, {k: random.sample(v, len(v)) for k, v in reversed(holders(world).items())})
    assert [(a.customer_id, a.judgement, a.score, set(a.evidence)) for a in before] == [
        (b.customer_id, b.judgement, b.score, set(b.evidence)) for b in after
    ]


@given(named, worlds)
def test_who_holds_nothing_but_a_quoted_number_is_never_sure(
    named: list[tuple[str, str]], world: dict[tuple[str, str], list[Candidate]]
) -> None:
    phones = [(kind, value) for kind, value in named if kind in ("phone", "email")]
    for link in run("打客服电话", phones, holders(world)):
        assert link.judgement is Judgement.UNSURE
