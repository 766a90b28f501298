"""What is a repost and what is somebody's own matter."""

from __future__ import annotations

import itertools

import pytest

from listener.dedupe import KEPT, MOST_SHARED, Known, decide, fingerprints, kept, likely, similarity
from listener.model import DedupeDecision, Entity, Mention
from listener.text.bare import bare
from tests.factories import HOUR, NOW, analysis, mention

ORIGINAL = (
    "上周三在绕城高速上，晨曜X5的刹车踏板突然硬得像石头，完全踩不下去，仪表弹出制动助力受限。"
    "拖到4S店检查了三天，技师说是电子助力泵的问题，要等配件，到现在没有人给我打过电话。"
)


def said(native_id: str, text: str, hours: float = 0, **changes: object) -> Mention:
    return mention(native_id, text=text, **{"published_at": NOW + hours * HOUR, "author_id": native_id, **changes})


def run(*mentions: Mention, entities: dict[str, tuple[Entity, ...]] | None = None) -> list[DedupeDecision]:
    analyses = [analysis(entities=(entities or {}).get(each.native_id, ())) for each in mentions]
    return decide(mentions, [fingerprints(each) for each in mentions], analyses, {})


def original_of(text: str, original: str = ORIGINAL, **changes: object) -> str:
    """The native id that ``text``, said an hour later, is held to repeat."""
    _, decision = run(said("first", original), said("second", text, 1, **changes))
    return decision.duplicate_of.native_id if decision.duplicate_of else ""


class TestReposts:
    @pytest.mark.parametrize(
        "text",
        [
            ORIGINAL,
            f"转发微博 //@车友小李:{ORIGINAL}",
            f"//@老张-杭州：转发//@momo: {ORIGINAL}",
            f"回复@老张：{ORIGINAL}",
            f"RT @wang_2020: {ORIGINAL}",
            f"太吓人了//@老王:{ORIGINAL}",
            f"帮我转！{ORIGINAL} @朔岳汽车",
            f"{ORIGINAL}😡😡🙏🏻[怒][允悲]",
            ORIGINAL.replace("，", "😡，"),
            ORIGINAL[: len(ORIGINAL) * 6 // 10] + "…",
            ORIGINAL[: len(ORIGINAL) * 6 // 10] + "...全文",
            ORIGINAL.replace("车", "車").replace("问题", "問題").replace("电话", "電話").replace("没", "沒"),
            ORIGINAL.replace("晨曜X5", "晨曜Ｘ５"),
            ORIGINAL.replace("，", " ").replace("。", "\n\n"),
            f"【网传】{ORIGINAL} https://t.example/a1B2 网页链接",
            ORIGINAL.replace("突然", "忽然", 0).replace("石头", "石投"),
        ],
    )
    def test_a_text_passed_on(self, text: str) -> None:
        assert original_of(text) == "first"

    def test_a_title_that_the_copy_leaves_out_is_not_a_word_in_another_words_place(self) -> None:
        titled = f"晨曜刹车完全踩不下去，没人管\n{ORIGINAL}\n录音我有，请把钱退给我，不然我就去12315投诉。"
        assert original_of(f"【网友投稿】{ORIGINAL}……（全文见原帖）", titled) == "first"

    def test_the_reason_and_the_similarity_are_told(self) -> None:
        _, decision = run(said("a", ORIGINAL), said("b", ORIGINAL, 1))
        assert (decision.reason, decision.similarity) == ("与更早的信息相似 100%", 1.0)

    def test_what_two_people_may_say_in_the_same_words_is_short(self) -> None:
        short = "刹车完全踩不下去没人管"
        assert similarity(bare(short), bare(short)) == 0.0
        assert similarity(bare(short + "了"), bare(short + "了")) == 1.0

    def test_a_quarter_of_a_repost_may_be_comment_and_no_more(self) -> None:
        said_first, comment = "晨曜的刹车踏板突然硬得像石头完全踩不下去仪表弹出制动助力受限", "天气很好哈哈风景这边独好"
        assert original_of(f"{said_first}。{comment[:10]}", said_first) == "first"
        assert original_of(f"{said_first}。{comment}", said_first) == ""

    def test_a_name_that_forwarding_adds_is_no_own_matter(self) -> None:
        text = f"王女士{ORIGINAL}"
        name: tuple[Entity, ...] = (Entity("name", "王女士", 0, 3),)
        _, decision = run(said("first", ORIGINAL), said("second", text, 1), entities={"second": name})
        assert decision.duplicate_of is not None

    def test_an_excerpt_is_one_piece_for_the_most_part(self) -> None:
        pieces = "突然硬得像石头完全踩不下去", "技师说是电子助力泵要等"
        assert similarity(bare(pieces[0] + pieces[1][:5]), bare(ORIGINAL.replace("，", ""))) > 0.7
        assert similarity(bare("".join(pieces)), bare(ORIGINAL.replace("，", ""))) == 0.0

    def test_of_two_that_said_the_same_the_earlier_is_the_original(self) -> None:
        late = said("late", ORIGINAL, 9)
        known = [
            Known(key=said(who, "").key, mention_id=0, text=ORIGINAL, author=who, happened_at=NOW + hours * HOUR)
            for who, hours in (("b", 2), ("a", 1))
        ]
        prints = fingerprints(late)
        (decision,) = decide([late], [prints], [analysis()], dict.fromkeys(prints, known))
        assert decision.duplicate_of == known[1].key

    def test_the_title_counts(self) -> None:
        assert original_of(ORIGINAL, title="刹车失灵") == "first"

    def test_an_excerpt_of_a_long_article(self) -> None:
        article = ORIGINAL + "".join(f"第{n}段讲的是别的事情，与车主的投诉没有关系。" for n in "甲乙丙丁戊己庚辛")
        assert original_of(ORIGINAL[:60], article) == "first"

    def test_all_lead_to_the_first(self) -> None:
        decisions = run(said("a", ORIGINAL), said("b", f"转发//@a:{ORIGINAL}", 1), said("c", f"转发//@b:{ORIGINAL}", 2))
        assert [d.duplicate_of and d.duplicate_of.native_id for d in decisions] == [None, "a", "a"]

    def test_the_earliest_is_the_original_in_any_order(self) -> None:
        three = [said("a", ORIGINAL, 2), said("b", ORIGINAL, 0), said("c", ORIGINAL, 1)]
        for order in itertools.permutations(three):
            found = {m.native_id: d.duplicate_of for m, d in zip(order, run(*order), strict=True)}
            assert found["b"] is None
            assert found["a"] == found["c"] == three[1].key

    def test_of_equal_times_one_is_the_original(self) -> None:
        pair = [said("a", ORIGINAL), said("b", ORIGINAL)]
        for order in (pair, pair[::-1]):
            found = {m.native_id: d.duplicate_of for m, d in zip(order, run(*order), strict=True)}
            assert found == {"a": None, "b": pair[0].key}


class TestOwnMatters:
    @pytest.mark.parametrize("text", ["不错", "很好，下次还来", "刹车失灵没人管", "👍" * 14, "转发微博", ""])
    def test_texts_too_short_to_tell(self, text: str) -> None:
        assert original_of(text, text) == ""
        assert fingerprints(said("a", text)) == []

    @pytest.mark.parametrize(
        "text",
        [
            f"我的车也是这样，到现在没人管//@老王:{ORIGINAL}",
            f"{ORIGINAL} 我家的也一样，上周刚去修过",
            f"{ORIGINAL[:40]}……看到这里忍不住了，本人上个月提的车，同样的毛病，店里说是正常现象",
            "我的晨曜X5刹车也硬过一次，在小区坡道上踩不下去，溜了半米才刹住，4S店说要等配件，没有人给我打过电话。",
        ],
    )
    def test_own_words_in_the_first_person(self, text: str) -> None:
        assert original_of(text) == ""

    @pytest.mark.parametrize(
        ("was", "now"),
        [("三天", "十三个月"), ("晨曜X5", "晨曜X7"), ("4S", "5S"), ("晨曜", "白露"), ("没有人", "每天都有专人")],
    )
    def test_other_facts_in_the_same_words(self, was: str, now: str) -> None:
        assert original_of(ORIGINAL.replace(was, now)) == ""

    @pytest.mark.parametrize("own", ["订单号SY2610330187", "电话13800138000", "车牌浙A·D10236", "me@example.com"])
    def test_other_identifiers(self, own: str) -> None:
        text = ORIGINAL + own
        place = (Entity("order", own, len(ORIGINAL), len(text)),)
        _, decision = run(said("a", ORIGINAL), said("b", text, 1), entities={"b": place})
        assert decision.duplicate_of is None

    def test_the_same_identifiers_are_no_others(self) -> None:
        text = ORIGINAL + "订单号SY2610330187"
        place = (Entity("order", "SY2610330187", len(ORIGINAL) + 3, len(text)),)
        _, decision = run(said("a", text), said("b", text, 1), entities={"a": place, "b": place})
        assert decision.duplicate_of is not None

    @pytest.mark.parametrize("field", ["outside_number", "order"])
    def test_a_complaint_with_its_own_number(self, field: str) -> None:
        assert original_of(ORIGINAL, fields={field: "17380001"}) == ""

    def test_another_dealer_that_the_analysis_knows(self) -> None:
        text = "城西中心" + ORIGINAL
        _, decision = run(said("a", ORIGINAL), said("b", text, 1), entities={"b": (Entity("dealer", "x", 0, 4),)})
        assert decision.duplicate_of is None

    def test_a_common_sentence_scattered_over_a_long_text(self) -> None:
        article = "刹车，甲乙丙丁戊己庚辛，没有人给我打，天地玄黄宇宙洪荒，电话过来，日月盈昃，要等配件的，寒来暑往"
        assert original_of("刹车没有人给我打电话过来要等配件的", article) == ""

    def test_two_texts_put_together(self) -> None:
        other = "会员自动续费从来没提醒过，扣了我三个月，每月十五块，取消的按钮找了半天藏在第五层菜单里，把钱退回来。"
        assert original_of(ORIGINAL[:40] + other) == ""


def _known(stored: Mention) -> Known:
    return Known(
        key=stored.key,
        mention_id=7,
        text=stored.full_text,
        author=stored.author_id,
        happened_at=stored.happened_at,
    )


class TestStored:
    def test_one_stored_before_is_found(self) -> None:
        stored = said("stored", ORIGINAL, -10)
        known = _known(stored)
        new = said("new", f"转发//@x:{ORIGINAL}")
        found = {value: [known] for value in fingerprints(stored)}
        (decision,) = decide([new], [fingerprints(new)], [analysis()], found)
        assert decision.duplicate_of == stored.key

    def test_a_stored_later_one_is_no_original(self) -> None:
        known = _known(said("s", ORIGINAL, 24))
        new = said("new", ORIGINAL)
        (decision,) = decide([new], [fingerprints(new)], [analysis()], {v: [known] for v in fingerprints(new)})
        assert decision.duplicate_of is None

    def test_a_mention_captured_again_is_not_its_own_repost(self) -> None:
        again = said("a", ORIGINAL)
        known = _known(again)
        (decision,) = decide([again], [fingerprints(again)], [analysis()], {v: [known] for v in fingerprints(again)})
        assert decision.duplicate_of is None


SHORT = "2.0动力还是弱了点，应该提2.5的"


class TestHowPeoplePassOn:
    @pytest.mark.parametrize(
        "text",
        [
            "0的，动力还是弱了点，应该提2.5",  # the number in front is cut
            "动力还是弱😂了点，应该提2.5的",
            "应该提2.5的，2.0动力还是弱了点",
            "2.0动力还是弱了点，应",
        ],
    )
    def test_cut_and_moved(self, text: str) -> None:
        assert original_of(text, SHORT) == "first"

    @pytest.mark.parametrize(
        "text",
        [
            "20😡26年[泪]6月提车，十天就漏油，气死，4S店不认",
            "气死，4S店不认，2026年6月提车，十天就漏油",
            "RT@小李: 2026年6月提車，十天就漏油，氣死，4S店不認",
            "转自@小李：2026年6月提车，十天就漏油，气死，4S店不认",
            "26年6月提车，十天就漏油，气死，4S店不认",
        ],
    )
    def test_a_picture_in_a_number_a_short_clause_moved_a_beginning_lost(self, text: str) -> None:
        assert original_of(text, "2026年6月提车，十天就漏油，气死，4S店不认") == "first"

    def test_the_larger_part_of_a_short_text(self) -> None:
        assert original_of("十大坑爹户型不能买搂", "十大“坑爹”户型不能买，搂住千万别掉坑里！") == "first"
        assert original_of("十大坑爹户型不能买搂", "十大坑爹户型不能买搂") == ""  # two people's own words
        assert original_of("十大坑爹户型不能买搂", "十大坑爹户型不能买搂" + "，这篇文章说了很多别的事情" * 3) == ""

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ("吴先生：您反映的问题已收到，我们将尽快与您联系。", "刘先生：您反映的问题已收到，我们将尽快与您联系。"),
            ("今天李女士反映其购买的空调多次维修不好要求退货", "今天王女士反映其购买的空调多次维修不好要求退货"),
            ("投诉小鹿洗衣机：买了第二天就坏了，售后一直推脱", "投诉青禾电饭煲：买了第二天就坏了，售后一直推脱"),
            ("售后一直推脱不处理，买了第二天就坏的是小鹿洗衣机", "售后一直推脱不处理，买了第二天就坏的是青禾电饭煲"),
            ("这家的售后很负责任，下次还会再来的朋友推荐的", "这家的售后很不负责任，下次还会再来的朋友推荐的"),
            ("城西店的师傅修了三次都没有修好空调", "城东店的师傅修了三次都没有修好空调"),
            ("投诉编号13的洗衣机买了就坏售后一直推脱", "投诉编号3的洗衣机买了就坏售后一直推脱"),
        ],
    )  # fmt: skip
    def test_a_template_filled_in_otherwise(self, first: str, second: str) -> None:
        assert original_of(second, first) == ""


class TestWhatIsLookedUp:
    def test_no_print_is_kept_more_often_than_the_limit(self) -> None:
        values = list(range(20))
        held = {0: 5, 1: MOST_SHARED, 2: MOST_SHARED - 1}
        first, second = kept([values, values], [DedupeDecision(), DedupeDecision()], held)
        assert first == (0, *range(2, KEPT + 2))
        assert second == (0, *range(3, KEPT + 3))

    def test_a_repost_is_kept_under_none(self) -> None:
        assert kept([[1, 2]], [DedupeDecision(mention("a").key)], {}) == [()]

    def test_the_rarest_shared_prints_are_looked_at_first(self) -> None:
        holders = {1: list(range(30)), 2: [77], 3: [*range(100, 130), 77]}
        assert likely([1, 2, 3, 4], holders)[0] == 77
        assert len(likely([1, 2, 3, 4], holders)) <= 8
        assert likely([9], holders) == []

    def test_a_copy_of_one_of_many_fillings_is_found(self) -> None:
        world = [said(f"m{n:03}", f"{ORIGINAL}工单编号{n}号，请尽快回复", n / 100) for n in range(80)]
        world.append(said("copy", f"{ORIGINAL}工单编号70号，请尽快回复", 5))
        assert [d.duplicate_of for d in run(*world)] == [None] * 80 + [world[70].key]


def test_bare_leaves_what_was_said() -> None:
    assert bare("转发微博 //@老张-杭州：轉發 //@a: 刹车，失靈！！[怒] https://t.example/x").text == "刹车失灵"
    assert bare("找@朔岳汽车 投诉刹车失灵").text == "找投诉刹车失灵"
    assert bare("@朔岳汽车刹车失灵，没人管").text == "朔岳汽车刹车失灵没人管"


def test_numbers_are_told_apart_by_what_parts_them() -> None:
    found = bare("1、刹车2次，2.5升")
    assert found.numbers == {"1", "刹车2次"[2:3], "2", "5升"[:1]}
    assert found.inner_numbers == {"2", "5"}
    assert found.places()[:2] == [(0, "1"), (1, "刹车2次")]


def test_similarity_is_a_share_of_the_later_text() -> None:
    words = "甲乙丙丁戊己庚辛壬癸子丑"
    assert similarity(bare(""), bare("刹车失灵")) == 0
    assert similarity(bare(words), bare("天地玄黄宇宙洪荒日月盈昃")) == 0
    assert similarity(bare(words), bare(words)) == 1
    assert similarity(bare(words + "天地玄黄"), bare(words)) == pytest.approx(0.75)
    assert similarity(bare("刹车失灵没人管啊"), bare("刹车失灵没人管啊")) == 0
