"""Categories, their clause and target, remedies, and the taxonomy files."""

from __future__ import annotations

from pathlib import Path

import pytest

from listener.errors import BadInput
from listener.nlp.analyse import Analyser
from listener.nlp.category import categories, denied
from listener.nlp.clauses import clauses
from listener.nlp.cues import Cue, Hit, aliases
from listener.nlp.taxonomy import load_taxonomy, shipped_taxonomy


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return Analyser(products=[("星途T5", []), ("星途T7", [])])


def codes(analyser: Analyser, text: str) -> list[str]:
    return [category.code for category in analyser.analyse(text).categories]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("发动机烧机油严重", "car.engine"),
        ("变速箱顿挫明显", "car.transmission"),
        ("刹车踩下去异响，刹车失灵", "car.brake"),
        ("中控黑屏", "car.electrics"),
        ("续航缩水一半", "car.battery"),
        ("迟迟不发货", "shop.delivery"),
        ("衣服掉色起球", "shop.product"),
        ("外卖超时送达", "food.delivery"),
        ("菜里吃出虫子", "food.safety"),
        ("宽带故障没人修", "telecom.network"),
        ("信用卡被盗刷", "bank.money"),
        ("凌晨卡里被刷了两笔外币", "bank.money"),
        ("楼下取款机坏了三天没人修", "bank.channel"),
        ("网银打不开，工资发不出去", "bank.channel"),
        ("我妈的定期买成了保险", "bank.insurance"),
        ("到店没房，只好另找一家", "hotel.booking"),
        ("房卡能打开别人的门，门锁坏了", "hotel.safety"),
        ("阿姨未经同意进房，翻了我的箱子", "hotel.service"),
        ("发票开错抬头，催了几回都不重开", "core.invoice"),
        ("同一单扣了两次钱", "core.charge"),
        ("说好的免费升级没有了", "core.promise"),
        ("房间霉味很重", "hotel.room"),
        ("夜间施工噪音扰民", "public.noise"),
        ("拖欠工资半年", "public.wages"),
        ("方向盘变得很沉重", "car.steering"),
    ],
)
def test_problem(analyser: Analyser, text: str, code: str) -> None:
    assert code in codes(analyser, text)


@pytest.mark.parametrize(
    "text", ["没有异响，不漏油", "变速箱很平顺，发动机安静", "怕烧机油", "买了自燃险", "如果漏油怎么办"]
)
def test_what_is_denied_or_supposed_is_no_problem(analyser: Analyser, text: str) -> None:
    assert codes(analyser, text) == []


def test_each_problem_has_its_clause_and_target(analyser: Analyser) -> None:
    analysis = analyser.analyse("星途T5的变速箱顿挫，星途T7的中控黑屏")
    found = {c.code: c for c in analysis.categories}
    assert found["car.transmission"].target == "星途T5"
    assert found["car.electrics"].target == "星途T7"
    assert found["car.electrics"].clause == "星途t7的中控黑屏"


def test_at_most_five_codes(analyser: Analyser) -> None:
    text = "烧机油，顿挫，刹车失灵，跑偏，爆胎，中控黑屏，续航缩水，不召回，不发货，被盗刷"
    assert len(codes(analyser, text)) == 5


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("要求退车退款", "退货、退款"),
        ("希望厂家尽快赔偿", "赔偿"),
        ("请给我换一台新的", "换货"),
        ("必须道歉", "道歉"),
        ("要求给个说法", "解释"),
        ("今天天气好", ""),
    ],
)
def test_remedy(analyser: Analyser, text: str, remedy: str) -> None:
    assert set(analyser.analyse(text).remedy.split("、")) == set(remedy.split("、"))


def test_denied_looks_at_its_own_clause_only() -> None:
    assert denied("没有异响", 2)
    assert not denied("没有理由，异响", 5)
    assert denied("没有出现过异响", 5)


def test_clauses_keep_numbers_and_places() -> None:
    text = "花了12.98万，还是坏。怎么办?"
    found = clauses(text)
    assert [c.text for c in found] == ["花了12.98万", "还是坏", "怎么办"]
    assert all(text[c.start : c.end] == c.text for c in found)
    assert max(len(c.text) for c in clauses("无" * 1000)) <= 120


def test_shipped_taxonomy_is_whole() -> None:
    taxonomy = shipped_taxonomy()
    trades = {problem.trade for problem in taxonomy.problems}
    assert trades == {"core", "car", "shop", "food", "telecom", "bank", "hotel", "public"}
    assert taxonomy.version
    assert len(taxonomy.causes) >= 5
    assert taxonomy.name_of("car.engine") == "发动机"
    assert taxonomy.name_of("car.engine", "en") == "engine"
    assert taxonomy.name_of("gone.code") == "gone.code"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("[[problem]]\ncode='x.y'\n", "问题要有 code"),
        ("[[problem]]\ncode='x.y'\nname='n'\nword='typo'\n", "没有 word 这一项"),
        ("problem = 3", "应写成 \\[\\[problem"),
        ("not toml", "不是有效的 TOML"),
        ("[[problem]]\ncode='x.y'\nname='n'\n[[problem]]\ncode='x.y'\nname='m'\n", "两次|twice"),
    ],
)
def test_a_bad_taxonomy_file_is_named(tmp_path: Path, content: str, what: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match=what) as caught:
        load_taxonomy([path])
    assert "own.toml" in str(caught.value)


def test_own_taxonomy_is_used(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text("version='1'\n[[problem]]\ncode='gym.card'\nname='年卡'\nwords='年卡退不了'\n", encoding="utf-8")
    analyser = Analyser(taxonomy=load_taxonomy([path]))
    assert codes(analyser, "年卡退不了，气人") == ["gym.card"]


def test_a_trade_that_the_text_is_hardly_about_comes_last(analyser: Analyser) -> None:
    text = "车停在小区，没有充电，车底冒白烟，一股塑料烧焦的味道，消防来了两台车，车现在没人敢动"
    assert codes(analyser, text)[0].startswith("car.")
    assert codes(analyser, "外卖里吃出塑料，饭也是凉的，菜没熟")[0].startswith("food.")


def told(text: str, *cues: tuple[str, str, str], weights: tuple[tuple[int, int, float], ...] = ()) -> list[str]:
    """``code clause`` of a text in which each cue (word, kind, code) stands once."""
    hits = [Hit(word, (Cue(kind, code),), text.index(word), text.index(word) + len(word)) for word, kind, code in cues]
    return [f"{each.code} {each.clause}" for each in categories(text, clauses(text), hits, weights)]


def test_the_surer_of_two_words_tells_the_clause_and_each_further_one_counts_half() -> None:
    bad = tuple((at, at + 1, -5.0) for at in (0, 3, 6, 9))
    aspect, problem = ("甲", "aspect", "x.a"), ("乙", "problem", "x.a")
    assert told("甲的，乙的", aspect, problem, weights=bad) == ["x.a 乙的"]
    assert told("甲连不上", aspect) == ["x.a 甲连不上"] and told("甲连上了", aspect) == []
    three = [(word, "aspect", "x.a") for word in "甲丙丁"]
    assert told("甲的，丙的，丁的，戊己", *three, ("戊", "problem", "x.b"), ("己", "aspect", "x.b"), weights=bad) == [
        "x.b 戊己",
        "x.a 甲的",
    ]


def test_what_only_names_a_matter_is_no_problem_where_good_is_said_of_it() -> None:
    assert told("甲的，乙的", ("甲", "problem", "x.a"), weights=((0, 1, 6.0),)) == []
    assert told("甲的，乙的", ("甲", "problem", "x.a"), weights=((3, 4, 6.0),)) == ["x.a 甲的"]


def test_danger_is_no_lesser_than_a_trades_own_code_and_other_common_ones_are() -> None:
    own, danger = ("乙", "problem", "x.b"), ("甲", "problem", "core.safety")
    common = ("甲", "problem", "core.quality")
    assert told("甲，乙", danger, own) == ["core.safety 甲", "x.b 乙"]
    assert told("甲，乙", common, own) == ["x.b 乙", "core.quality 甲"]


def test_what_a_problem_is_of_is_named_before_it_rather_than_behind() -> None:
    text = "星途T5和变速箱顿挫的星途T7"
    hits = [
        Hit("星途T5", (Cue("product", "星途T5"),), 0, 4),
        Hit("顿挫", (Cue("problem", "x.a"),), 8, 10),
        Hit("星途T7", (Cue("product", "星途T7"),), 11, 15),
    ]
    assert [each.target for each in categories(text, clauses(text), hits, ())] == ["星途T5"]


def test_one_character_is_no_alias() -> None:
    assert aliases([("车", ["晨", " 晨曜X5 "]), ("别的", ["晨曜x5"])]) == {"晨曜x5": "车", "别的": "别的"}
