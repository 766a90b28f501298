"""What holds for every repost: an original that was said earlier, the same in any order, no chain."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from listener.dedupe import SIMILAR, decide, fingerprints, similarity
from listener.model import DedupeDecision, Mention, MentionKey
from listener.text.bare import LOOKED_UP, bare
from tests.factories import HOUR, NOW, analysis, mention

SENTENCES = (
    "上周在高速上刹车踏板突然硬得像石头，踩不下去",
    "会员自动续费从来没提醒过，扣了三个月的钱",
    "门店的阿姨非常热情，教老人家用手机结账",
    "充电桩等了两个月，安装师傅一次都没有来过",
)
texts = st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=3).map("。".join)
edits = st.sampled_from(["{}", "转发//@小李:{}", "{}😡", "{}！！！", "太吓人了//@a:{}"])
worlds = st.lists(st.tuples(texts, edits, st.integers(0, 5)), max_size=6)
anything = st.text(max_size=60) | texts


def mentions(world: list[tuple[str, str, int]]) -> list[Mention]:
    return [
        mention(str(number), text=edit.format(text), published_at=NOW + hours * HOUR)
        for number, (text, edit, hours) in enumerate(world)
    ]


def run(said: list[Mention]) -> dict[MentionKey, DedupeDecision]:
    decisions = decide(said, [fingerprints(each) for each in said], [analysis() for _ in said], {})
    return {each.key: decision for each, decision in zip(said, decisions, strict=True)}


@given(worlds)
def test_an_original_is_earlier_and_no_repost_itself(world: list[tuple[str, str, int]]) -> None:
    said = {each.key: each for each in mentions(world)}
    decisions = run(list(said.values()))
    for key, decision in decisions.items():
        if decision.duplicate_of is not None:
            original = said[decision.duplicate_of]
            assert (original.happened_at, original.key) < (said[key].happened_at, key)
            assert decisions[original.key].duplicate_of is None
            assert decision.similarity >= SIMILAR
            assert decision.reason


@given(worlds, st.randoms(use_true_random=False))
def test_order_does_not_matter(world: list[tuple[str, str, int]], random: Random) -> None:
    said = mentions(world)
    assert run(said) == run(random.sample(said, len(said)))


@given(anything, anything)
def test_similarity_is_a_share(left: str, right: str) -> None:
    assert 0 <= similarity(bare(left), bare(right)) <= 1


@given(texts, edits)
def test_an_edit_leads_to_the_original(text: str, edit: str) -> None:
    first, second = (
        mention("a", text=text, published_at=NOW),
        mention("b", text=edit.format(text), published_at=NOW + HOUR),
    )
    assert run([first, second])[second.key].duplicate_of == first.key


@given(st.text())
def test_any_text_has_fingerprints_or_none(text: str) -> None:
    found = fingerprints(mention(text=text))
    assert found == fingerprints(mention(text=text))
    assert len(found) == len(set(found)) <= LOOKED_UP + 1
    assert all(-(2**63) <= value < 2**63 for value in found)
